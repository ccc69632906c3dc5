//! Extended attributes and ACLs: exactly LOWER's, whatever UPPER hands down.

use crate::carry::failure;
use crate::ground::{Ground, Item, Mount, list_with, open};
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Code, Filter, Outcome, Side, Store};
use boatlift_testkit::trees::{acl, set_attribute};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";

fn attribute(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = [0; 1 << 16];
    let len = rustix::fs::lgetxattr(path, name, &mut value).ok()?;
    Some(value[..len].to_vec())
}

#[test]
fn attributes_and_acls_come_with_a_file() {
    let ground = Ground::new();
    let from = ground.lower.join("f");
    fs::write(&from, b"x").expect("a file");
    fs::set_permissions(&from, fs::Permissions::from_mode(0o750)).expect("a mode");
    let large = vec![7; 3000];
    set_attribute(&from, "user.large", &large).expect("an attribute");
    set_attribute(&from, "user.empty", b"").expect("an attribute");
    set_attribute(&from, ACCESS, &acl(1234, 6, 4)).expect("an ACL");
    assert!(ground.step_now(Step::Carry, "f").is_good());
    let to = ground.upper.join("f");
    assert_eq!(attribute(&to, "user.large"), Some(large));
    assert_eq!(attribute(&to, "user.empty"), Some(vec![]));
    assert_eq!(attribute(&to, ACCESS), attribute(&from, ACCESS));
    let mode = |path| fs::metadata(path).expect("a look").mode() & 0o7777;
    assert_eq!(mode(&to), mode(&from));
}

#[test]
fn what_the_directory_hands_down_does_not_stay() {
    let ground = Ground::new();
    set_attribute(&ground.upper, DEFAULT, &acl(4321, 7, 7)).expect("a default ACL");
    fs::set_permissions(&ground.upper, fs::Permissions::from_mode(0o2775)).expect("setgid");
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    for (name, mode) in [("a", 0o640), ("b", 0o600), ("d/c", 0o664)] {
        fs::write(ground.lower.join(name), name).expect("a file");
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(ground.lower.join(name), permissions).expect("a mode");
    }
    ground.mirror();
    for (name, mode) in [("a", 0o640), ("b", 0o600), ("d/c", 0o664), ("d", 0o755)] {
        let to = ground.upper.join(name);
        assert_eq!(fs::metadata(&to).expect("a look").mode() & 0o7777, mode, "{name}");
        assert_eq!((attribute(&to, ACCESS), attribute(&to, DEFAULT)), (None, None), "{name}");
    }
}

#[test]
fn setting_attributes_removes_what_lower_has_not() {
    let ground = Ground::new();
    for side in [&ground.lower, &ground.upper] {
        fs::create_dir(side.join("d")).expect("a directory");
    }
    let (from, to) = (ground.lower.join("d"), ground.upper.join("d"));
    set_attribute(&from, "user.ours", b"1").expect("an attribute");
    set_attribute(&from, DEFAULT, &acl(7, 5, 5)).expect("a default ACL");
    set_attribute(&to, "user.theirs", b"2").expect("an attribute");
    set_attribute(&to, ACCESS, &acl(8, 7, 0)).expect("an ACL");
    let outcome = ground.step_now(Step::SetAttributes, "d/");
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    assert_eq!(attribute(&to, "user.ours"), Some(b"1".to_vec()));
    assert_eq!(attribute(&to, DEFAULT), attribute(&from, DEFAULT));
    assert_eq!((attribute(&to, "user.theirs"), attribute(&to, ACCESS)), (None, None));
    let mode = |path| fs::metadata(path).expect("a look").mode();
    assert_eq!(mode(&to), mode(&from));
}

#[test]
fn a_listing_that_is_asked_tells_attributes_apart() {
    let ground = Ground::new();
    for side in [&ground.lower, &ground.upper] {
        fs::create_dir(side.join("d")).expect("a directory");
        fs::write(side.join("f"), b"x").expect("a file");
        set_attribute(&side.join("f"), "user.a", b"1").expect("an attribute");
        set_attribute(&side.join("f"), "user.b", b"2").expect("an attribute");
    }
    let digests = |side: &Path| -> Vec<_> {
        let (items, _) = list_with(side, Side::Lower, Filter::default(), Detail::Attributes);
        let digest = |item: &Item| {
            let facets = item.lower.clone().expect("facets");
            let told = crate::ground::facets(&facets).decode().attributes;
            let looked = open(side).look(item.key.as_key(), Detail::Attributes).expect("a look");
            assert_eq!(looked, Some(facets.clone()), "a look says the same");
            told.expect("a digest")
        };
        items.iter().map(digest).collect()
    };
    let before = digests(&ground.lower);
    assert_eq!(before, digests(&ground.upper));
    assert_ne!(before[0], before[1], "none is not the same as some");
    set_attribute(&ground.upper.join("f"), "user.b", b"3").expect("an attribute");
    assert_ne!(before[1], digests(&ground.upper)[1]);
}

#[test]
fn looking_compares_attributes_where_the_entry_tells_them() {
    let ground = Ground::new();
    for side in [&ground.lower, &ground.upper] {
        fs::write(side.join("f"), b"x").expect("a file");
        boatlift_testkit::trees::stamp(&side.join("f"), 1, 1).expect("a time");
    }
    set_attribute(&ground.lower.join("f"), "user.a", b"1").expect("an attribute");
    let item = ground.item("f");
    assert!(ground.step(Step::Look, &item).is_good());
    let key = item.key.as_key();
    let lower = open(&ground.lower).look(key, Detail::Attributes).expect("a look");
    let outcome = ground.step(Step::Look, &Item { lower, ..item.clone() });
    assert_eq!(failure(&outcome), Some(Code::LookDiffers), "{outcome:?}");
}

#[test]
fn a_file_whose_attributes_are_refused_is_placed_and_failed() {
    let ground = Ground::new();
    // A ramfs takes no attributes of users.
    let Some(_mount) = Mount::new("ramfs", "mode=700", &ground.upper) else { return };
    fs::write(ground.lower.join("plain"), b"content").expect("a file");
    fs::write(ground.lower.join("rich"), b"content").expect("a file");
    set_attribute(&ground.lower.join("rich"), "user.a", b"1").expect("an attribute");
    let plain = ground.step_now(Step::Carry, "plain");
    assert!(plain.is_good(), "{plain:?}");
    let rich = ground.step_now(Step::Carry, "rich");
    assert_eq!(failure(&rich), Some(Code::AttributesRefused), "{rich:?}");
    let content = fs::read(ground.upper.join("rich")).expect("the content is there");
    assert_eq!(content, b"content");
}
