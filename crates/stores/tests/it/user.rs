//! What a user may do, and what is told of the rest. Root becomes one for these tests,
//! on one thread; a user stays what it is.

use crate::carry::failure;
use crate::ground::{Free, Ground, Item, facets, is_root, list_with, open};
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Code, Filter, Outcome, PageBuilder, Side, Store, Turn};
use rustix::process::{Gid, Uid};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

const USER: u32 = 12_345;
const OTHER_GROUP: u32 = 12_346;

/// Runs `act` on a thread of its own that is no root.
fn as_user(act: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            if is_root() {
                let (user, group) = (Uid::from_raw(USER), Gid::from_raw(USER));
                rustix::thread::set_thread_groups(&[Gid::from_raw(OTHER_GROUP)]).expect("groups");
                rustix::thread::set_thread_res_gid(group, group, group).expect("a group");
                rustix::thread::set_thread_res_uid(user, user, user).expect("a user");
            }
            act();
        });
        user.join().expect("what a user does");
    });
}

/// A ground that belongs to the user.
fn ground() -> Ground {
    let ground = Ground::new();
    for path in [ground.top.path(), &ground.lower, &ground.upper] {
        give(path);
    }
    ground
}

fn give(path: &Path) {
    if is_root() {
        std::os::unix::fs::lchown(path, Some(USER), Some(USER)).expect("an owner");
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn an_unreadable_directory_is_listed_with_a_hole_below_it() {
    let ground = ground();
    for name in ["a", "closed", "z"] {
        fs::create_dir(ground.lower.join(name)).expect("a directory");
        fs::write(ground.lower.join(name).join("f"), b"x").expect("a file");
        give(&ground.lower.join(name));
    }
    chmod(&ground.lower.join("closed"), 0o300);
    chmod(&ground.lower.join("z"), 0o400);
    as_user(|| {
        let (items, holes) =
            list_with(&ground.lower, Side::Lower, Filter::default(), Detail::Basic);
        let keys: Vec<String> = items.iter().map(|item| item.key.to_string()).collect();
        assert_eq!(keys, ["a/", "a/f", "closed/", "z/"]);
        let under: Vec<String> = holes.iter().map(|hole| hole.under.to_string()).collect();
        assert_eq!(under, ["closed/", "z/f/"]);
        assert!(holes.iter().all(|hole| hole.error.code == Code::ListingFailed));
    });
    chmod(&ground.lower.join("closed"), 0o700);
    chmod(&ground.lower.join("z"), 0o700);
}

#[test]
fn an_unreadable_file_is_denied_and_the_others_arrive() {
    let ground = ground();
    for (name, mode) in [("closed", 0o000), ("open", 0o444)] {
        fs::write(ground.lower.join(name), b"x").expect("a file");
        give(&ground.lower.join(name));
        chmod(&ground.lower.join(name), mode);
    }
    boatlift_testkit::trees::set_attribute(&ground.lower.join("open"), "user.a", b"1")
        .expect("an attribute");
    as_user(|| {
        let closed = ground.step_now(Step::Carry, "closed");
        assert_eq!(failure(&closed), Some(Code::Denied), "{closed:?}");
        let opened = ground.step_now(Step::Carry, "open");
        assert!(matches!(opened, Outcome::Done(_)), "{opened:?}");
        let copy = fs::metadata(ground.upper.join("open")).expect("the copy");
        assert_eq!(copy.mode() & 0o7777, 0o444);
    });
}

#[test]
fn a_user_keeps_the_group_where_a_member_and_the_rest_without_complaint() {
    if !is_root() {
        return;
    }
    let ground = ground();
    for (name, user, group) in
        [("member", USER, OTHER_GROUP), ("stranger", USER, 999), ("root's", 0, 0)]
    {
        fs::write(ground.lower.join(name), b"x").expect("a file");
        chown(ground.lower.join(name), Some(user), Some(group)).expect("an owner");
    }
    as_user(|| {
        for (name, group) in [("member", OTHER_GROUP), ("stranger", USER), ("root's", USER)] {
            let outcome = ground.step_now(Step::Carry, name);
            assert!(matches!(outcome, Outcome::Done(_)), "{name}: {outcome:?}");
            let copy = fs::metadata(ground.upper.join(name)).expect("the copy");
            assert_eq!((copy.uid(), copy.gid()), (USER, group), "{name}");
            assert!(ground.step_now(Step::Look, name).is_good());
        }
    });
}

#[test]
fn a_read_only_directory_of_ones_own_still_takes_its_files() {
    let ground = ground();
    for side in [&ground.lower, &ground.upper] {
        fs::create_dir(side.join("d")).expect("a directory");
        give(&side.join("d"));
    }
    fs::write(ground.lower.join("d/f"), b"x").expect("a file");
    give(&ground.lower.join("d/f"));
    fs::write(ground.upper.join("d/old"), b"x").expect("a file");
    chmod(&ground.lower.join("d"), 0o555);
    chmod(&ground.upper.join("d"), 0o555);
    as_user(|| {
        let carried = ground.step_now(Step::Carry, "d/f");
        assert!(matches!(carried, Outcome::Done(_)), "{carried:?}");
        let removed = ground.step_now(Step::Remove, "d/old");
        assert!(matches!(removed, Outcome::Done(_)), "{removed:?}");
        assert!(ground.step_now(Step::SetAttributes, "d/").is_good());
        let mode = fs::metadata(ground.upper.join("d")).expect("a look").mode();
        assert_eq!(mode & 0o7777, 0o555);
    });
    chmod(&ground.lower.join("d"), 0o755);
    chmod(&ground.upper.join("d"), 0o755);
}

#[test]
fn devices_are_skipped_with_the_reason() {
    let ground = ground();
    let Some(lower) = open(Path::new("/dev")).look(crate::ground::key("null"), Detail::Basic).ok()
    else {
        return;
    };
    let item = Item { lower: lower.clone(), ..ground.item("null") };
    if lower.is_none_or(|lower| facets(&lower).decode().device_node.is_none()) {
        return;
    }
    as_user(|| {
        let lane = open(&ground.upper).lane_from(open(Path::new("/dev"))).expect("a lane");
        let mut page = PageBuilder::new();
        page.push(&item.entry());
        let turn = Turn { page: &page.take(), steps: &[(0, Step::Carry)], owners: false };
        let outcomes = lane.carry(&turn, &Free);
        let reason = "a character device, which only root can make";
        assert_eq!(outcomes, [(0, Outcome::Skipped(reason.into()))]);
    });
}
