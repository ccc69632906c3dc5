//! Listings: complete, in order, and without our own names.

use crate::ground::{Free, Ground, Item, facets, list, list_with, open};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::store::{Detail, ListRequest, Listed};
use boatlift_core::{Code, Filter, Kind, Side, Store};
use std::fs;
use std::sync::Arc;

fn keys(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.key.to_string()).collect()
}

#[test]
fn directories_sort_with_their_slash_and_our_own_names_are_left_out() {
    let ground = Ground::new();
    for directory in ["a", "a.c", ".boatlift", "a/.boatlift", "a/b"] {
        fs::create_dir(ground.lower.join(directory)).expect("a directory");
    }
    for file in ["a-b", "a0", "a/x", ".boatlift/mark", ".boatlift-tmp-1", "a/.boatlift-tmp-2"] {
        fs::write(ground.lower.join(file), "").expect("a file");
    }
    let listed = keys(&list(&ground.lower, Side::Lower));
    assert_eq!(listed, ["a-b", "a.c/", "a/", "a/.boatlift/", "a/b/", "a/x", "a0"]);
}

#[test]
fn a_filter_leaves_names_out_and_does_not_enter_their_directories() {
    let ground = Ground::new();
    for directory in ["cache", "keep", "keep/cache"] {
        fs::create_dir(ground.lower.join(directory)).expect("a directory");
        fs::write(ground.lower.join(directory).join("f.o"), "").expect("a file");
        fs::write(ground.lower.join(directory).join("f.c"), "").expect("a file");
    }
    let filter = Filter::new(&["- cache/", "- *.o"]).expect("a filter");
    let (items, holes) = list_with(&ground.lower, Side::Upper, filter, Detail::Basic);
    assert_eq!(keys(&items), ["keep/", "keep/f.c"]);
    assert_eq!(holes, []);
    assert!(items.iter().all(|item| item.lower.is_none() && item.upper.is_some()));
}

#[test]
fn a_listing_and_a_look_say_the_same_of_everything() {
    let ground = Ground::new();
    boatlift_testkit::trees::build_everything(&ground.lower).expect("a tree");
    let store = open(&ground.lower);
    for detail in [Detail::Basic, Detail::Attributes] {
        let (items, _) = list_with(&ground.lower, Side::Lower, Filter::default(), detail);
        assert!(items.len() > 300);
        for item in items {
            let looked = store.look(item.key.as_key(), detail).expect("a look");
            assert_eq!(looked, item.lower, "{}", item.key);
        }
    }
}

#[test]
fn facets_tell_what_a_kind_has_and_nothing_else() {
    let ground = Ground::new();
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    fs::write(ground.lower.join("f"), b"12345").expect("a file");
    fs::hard_link(ground.lower.join("f"), ground.lower.join("g")).expect("a link");
    fs::File::create(ground.lower.join("h")).and_then(|f| f.set_len(1 << 20)).expect("a hole");
    std::os::unix::fs::symlink("f", ground.lower.join("s")).expect("a link");
    for item in list(&ground.lower, Side::Lower) {
        let encoded = item.lower.expect("facets");
        let told = facets(&encoded).decode();
        let key = item.key.to_string();
        let expected = match key.as_str() {
            "d/" => (Kind::Directory, None, None, None, None),
            "f" | "g" => (Kind::File, Some(5), Some(2), None, None),
            "h" => (Kind::File, Some(1 << 20), None, Some(0), None),
            _ => (Kind::Symlink, None, None, None, Some(&b"f"[..])),
        };
        let found = (told.kind, told.size, told.links, told.allocated, told.target);
        assert_eq!(found, expected, "{key}");
        assert_eq!((told.device, told.device_node, told.linked), (None, None, None));
        assert!(told.inode.is_some() && told.mtime.is_some() && told.ctime.is_some());
    }
}

/// Runs this test again in a process that may open few files.
#[test]
fn a_tree_deeper_than_the_descriptors_we_may_have_is_listed_whole() {
    const FEW: &str = "BOATLIFT_TEST_FEW_DESCRIPTORS";
    if std::env::var_os(FEW).is_none() {
        let name = "listing::a_tree_deeper_than_the_descriptors_we_may_have_is_listed_whole";
        let again = std::process::Command::new("sh")
            .args(["-c", "ulimit -n 200 && exec \"$@\"", "sh"])
            .arg(std::env::current_exe().expect("this program"))
            .args([name, "--exact"])
            .env(FEW, "1")
            .output()
            .expect("a process");
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let ground = Ground::new();
    let mut path = ground.lower.clone();
    let depth = 400;
    for _ in 0..depth {
        fs::write(path.join("a"), "").expect("a file before");
        fs::write(path.join("z"), "").expect("a file after");
        path.push("d");
        fs::create_dir(&path).expect("a directory");
    }
    assert_eq!(list(&ground.lower, Side::Lower).len(), depth * 3);
}

#[test]
fn a_directory_that_became_a_link_during_the_listing_is_a_hole() {
    let ground = Ground::new();
    for directory in ["a", "b"] {
        fs::create_dir(ground.lower.join(directory)).expect("a directory");
        fs::write(ground.lower.join(directory).join("f"), "").expect("a file");
    }
    // Enough to look at for the listing to ask its pace between the names and `b`.
    for number in 0..1000 {
        fs::write(ground.lower.join(format!("a/{number}")), "").expect("a file");
    }
    struct Swap<'a>(&'a Ground, std::sync::Once);
    impl Pace for Swap<'_> {
        fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
            self.1.call_once(|| {
                fs::rename(self.0.lower.join("b"), self.0.lower.join("c")).expect("a rename");
                std::os::unix::fs::symlink("/etc", self.0.lower.join("b")).expect("a link");
            });
            Ok(())
        }
    }
    let request = ListRequest { filter: Arc::default(), detail: Detail::Basic, side: Side::Lower };
    let mut listing = open(&ground.lower).list(request).expect("a listing");
    let (mut found, mut holes) = (Vec::new(), Vec::new());
    let pace = Swap(&ground, std::sync::Once::new());
    while let Some(listed) = listing.next(&pace).expect("a step") {
        match listed {
            Listed::Page(page) => found.extend(page.iter().map(|entry| entry.key.to_string())),
            Listed::Hole(hole) => holes.push(hole),
        }
    }
    assert!(found.iter().all(|key| key.starts_with("a/")), "nothing beyond the link");
    assert_eq!(holes.len(), 1);
    assert_eq!(holes[0].under.to_string(), "b/");
    assert_eq!(holes[0].error.code, Code::ListingFailed);
}

#[test]
fn a_listing_stops_when_it_is_told_to() {
    struct Stop;
    impl Pace for Stop {
        fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
            Err(Stopped)
        }
    }
    let ground = Ground::new();
    fs::write(ground.lower.join("f"), "").expect("a file");
    let request = ListRequest { filter: Arc::default(), detail: Detail::Basic, side: Side::Lower };
    let mut listing = open(&ground.lower).list(request).expect("a listing");
    assert_eq!(listing.next(&Stop).map_err(|e| e.code).err(), Some(Code::Interrupted));
    let listed = listing.next(&Free).expect("it goes on where it stopped");
    assert!(matches!(listed, Some(Listed::Page(page)) if page.len() == 1));
}
