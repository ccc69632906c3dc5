//! Mode, owner, group, times and ACLs.

use crate::clusters::old;
use crate::ground::{Ground, Item, all_good, facets, list, write};
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Filter, Outcome, Store};
use hdfs_native::acl::AclEntry;

#[test]
fn owner_group_mode_and_times_of_files_and_directories_are_kept() {
    let ground = Ground::new();
    write(&*ground.lower.open(), "d/a", b"content");
    let admin = &ground.lower.admin;
    for (name, owner, mode) in [("d", "hive", 0o1770), ("d/a", "spark", 0o600)] {
        let path = ground.lower.at(name);
        let owned = ground.lower.ask(admin.set_owner(&path, Some(owner), Some("users")));
        owned.expect("an owner");
        ground.lower.ask(admin.set_permission(&path, mode)).expect("a mode");
    }
    let path = ground.lower.at("d");
    ground.lower.ask(admin.set_times(&path, 1_234_567, u64::MAX)).expect("a time");
    let items = [ground.item("d/"), ground.item("d/a")];
    all_good(&ground.steps(Step::MakeDirectory, &items[..1]));
    all_good(&ground.steps(Step::Carry, &items[1..]));
    all_good(&ground.steps(Step::SetAttributes, &items[..1]));
    all_good(&ground.steps(Step::Look, &items));
    for key in ["d/", "d/a"] {
        let item = ground.item(key);
        assert_eq!(item.lower, item.upper, "{key}");
    }
}

#[test]
fn another_owner_alone_is_seen_set_and_looked_at() {
    let ground = Ground::new();
    write(&*ground.lower.open(), "a", b"content");
    all_good(&[ground.step_now(Step::Carry, "a")]);
    let before = ground.item("a");
    let path = ground.lower.at("a");
    let owned = ground.lower.admin.set_owner(&path, Some("hive"), None);
    ground.lower.ask(owned).expect("an owner");
    let changed = ground.item("a");
    assert_ne!(before.lower, changed.lower, "a listing shows it");
    let looked = ground.steps(Step::Look, std::slice::from_ref(&changed));
    assert!(matches!(&looked[0], Outcome::Failed(error) if error.to_string().contains("owner")));
    let set = ground.steps(Step::SetAttributes, std::slice::from_ref(&changed));
    assert!(matches!(&set[0], Outcome::Done(_)), "{set:?}");
    all_good(&ground.steps(Step::Look, &[changed]));
}

#[test]
fn the_roots_own_attributes_are_aligned() {
    let ground = Ground::new();
    let path = ground.lower.path.clone();
    let admin = &ground.lower.admin;
    ground.lower.ask(admin.set_owner(&path, Some("hive"), Some("users"))).expect("an owner");
    ground.lower.ask(admin.set_permission(&path, 0o770)).expect("a mode");
    ground.lower.ask(admin.set_times(&path, 86_400_000, u64::MAX)).expect("a time");
    let lane = crate::ground::lane(ground.lower.open(), ground.upper.open());
    for _ in 0..2 {
        assert_eq!(lane.align_roots(true), Ok(()));
    }
    let seen = |side: &crate::ground::Directory| {
        let status = side.ask(side.admin.get_file_info(&side.path)).expect("a status");
        (status.owner, status.group, status.permission, status.modification_time)
    };
    assert_eq!(seen(&ground.upper), ("hive".into(), "users".into(), 0o770, 86_400_000));
    assert_eq!(seen(&ground.lower), seen(&ground.upper));
}

#[test]
fn acls_are_seen_carried_changed_and_taken_away() {
    let ground = Ground::new();
    write(&*ground.lower.open(), "d/a", b"content");
    let (file, directory) = (ground.lower.at("d/a"), ground.lower.at("d"));
    let admin = &ground.lower.admin;
    let named =
        |scope: &str, who: &str| vec![AclEntry::new("user", scope, "r-x", Some(who.to_owned()))];
    let set = ground.lower.ask(admin.modify_acl_entries(&file, named("access", "hive")));
    set.expect("a NameNode that keeps ACLs");
    let set = admin.modify_acl_entries(&directory, named("default", "spark"));
    ground.lower.ask(set).expect("a default ACL");
    carry_all(&ground);
    for name in ["d", "d/a"] {
        assert_eq!(acl(&ground.upper, name), acl(&ground.lower, name), "{name}");
        assert!(!acl(&ground.upper, name).0.is_empty());
    }
    ground.lower.ask(admin.remove_acl(&file)).expect("no ACL");
    let changed = ground.item("d/a");
    all_good(&ground.steps(Step::SetAttributes, std::slice::from_ref(&changed)));
    all_good(&ground.steps(Step::Look, &[changed]));
    assert_eq!(acl(&ground.upper, "d/a"), acl(&ground.lower, "d/a"));
    write(&*ground.lower.open(), "d/b", b"born in a directory with a default ACL");
    ground.lower.ask(admin.remove_acl(&ground.lower.at("d/b"))).expect("no ACL");
    all_good(&[ground.step_now(Step::Carry, "d/b")]);
    assert_eq!(acl(&ground.upper, "d/b"), acl(&ground.lower, "d/b"));
}

#[test]
fn a_first_acl_alone_is_seen_by_a_listing_of_hadoop_2() {
    let directory = crate::ground::Directory::on(old());
    let store = directory.open();
    write(&*store, "a", b"content");
    let look = || store.look(boatlift_core::Key::new(b"a"), Detail::Basic).expect("a look");
    let before = look();
    let entry = AclEntry::new("user", "access", "r--", Some("hive".to_owned()));
    let path = directory.at("a");
    directory.ask(directory.admin.modify_acl_entries(&path, vec![entry])).expect("an ACL");
    assert_ne!(look(), before);
}

fn carry_all(ground: &Ground) {
    let (items, _) = list(&*ground.lower.open(), Filter::default(), Detail::Attributes);
    let upper = ground.upper.open();
    let told = |item: &Item| facets(item.lower.as_ref().expect("LOWER")).decode().attributes;
    assert!(items.iter().all(|item| told(item).is_some()));
    let (directories, files): (Vec<_>, Vec<_>) =
        items.iter().cloned().partition(|item| item.key.as_key().is_directory());
    all_good(&ground.steps(Step::MakeDirectory, &directories));
    all_good(&ground.steps(Step::Carry, &files));
    all_good(&ground.steps(Step::SetAttributes, &directories));
    all_good(&ground.steps(Step::Look, &items));
    let (arrived, _) = list(&*upper, Filter::default(), Detail::Attributes);
    let comparable = |items: Vec<Item>| {
        let facets = |item: Item| {
            let lower = item.lower.expect("facets");
            let told = facets(&lower).decode();
            (item.key, told.attributes, told.mode, told.size, told.mtime)
        };
        items.into_iter().map(facets).collect::<Vec<_>>()
    };
    assert_eq!(comparable(arrived), comparable(items));
}

fn acl(side: &crate::ground::Directory, name: &str) -> (Vec<AclEntry>, u16) {
    let path = side.at(name);
    let status = side.ask(side.admin.get_acl_status(&path)).expect("an ACL");
    (status.entries, status.permission & 0o7777)
}
