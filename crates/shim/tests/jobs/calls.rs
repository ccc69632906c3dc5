//! The calls themselves, one way after another, from `calls.c`.

use crate::scene::{Ears, Scene};
use boatlift_shim::wire::Operation;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

fn scene_with(directories: &[&str], files: &[&str]) -> Scene {
    let mut scene = Scene::new(Ears::Ring(4096));
    for name in directories {
        std::fs::create_dir(scene.root.join(name)).expect("a directory");
    }
    for name in files {
        std::fs::write(scene.root.join(name), "content").expect("a file");
    }
    scene.told().expect(&[]);
    scene
}

/// The lines of one kind, without names that the C library made up.
fn written(scene: &mut Scene) -> BTreeSet<String> {
    scene.told().lines()
}

#[test]
fn every_way_to_open() {
    let mut scene = scene_with(&["d"], &[]);
    scene.call("ways-to-open");
    let lines = written(&mut scene);
    for name in
        ["creat", "d/openat", "d/up", "empty", "openat2", "fopen", "fopen-append", "freopen"]
    {
        assert!(lines.contains(&format!("Written {name}")), "{name} is missing of {lines:#?}");
    }
    assert!(lines.contains("Written fdopen"), "{lines:#?}");
    for (name, stem) in [("mkstemp", "temp-"), ("mkostemp", "kept-"), ("mkstemps", "stem-")] {
        let made = format!("Written {stem}");
        let renamed = format!("Renamed {name} < {stem}");
        for expected in [made, renamed] {
            assert!(lines.iter().any(|line| line.starts_with(&expected)), "{expected}: {lines:#?}");
        }
    }
}

#[test]
fn the_last_descriptor_is_told_and_no_other() {
    let mut scene = scene_with(&[], &[]);
    scene.call("descriptors");
    let told = scene.told();
    told.expect_last_sizes();
    let names = ["dup", "dup2", "dup3", "fcntl", "range", "range2", "twice"];
    for name in names {
        let path = scene.root.join(name);
        let mut ours = told.events.iter().filter(|event| event.path == path);
        assert_eq!(ours.clone().count(), 2, "{name}: opened, and written once");
        assert!(ours.all(|event| event.pid != 0));
    }
    assert_eq!(told.lines().len(), names.len());
}

#[test]
fn names_from_anywhere() {
    let mut scene = scene_with(&["d", "e"], &[]);
    scene.call("names");
    let lines = written(&mut scene);
    for expected in [
        "Made d/made",
        "Made d/gone",
        "Removed d/gone",
        "Written d/a",
        "Renamed e/b < d/a",
        "Linked d/hard < e/b",
        "Linked hard2 < e/b",
        "Made d/soft",
        "Made soft2",
        "Exchanged y < x",
        "Renamed d/by-number < x",
        "Removed y",
        "Removed d/hard",
        "Removed d/made",
        "Made fifo",
        "Made node",
        "Renamed after < before",
        "Written after",
    ] {
        assert!(lines.contains(expected), "{expected} is missing of {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("Linked tmpfile < ")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("Renamed mkdtemp < ")), "{lines:#?}");
}

#[test]
fn attributes_by_name_and_by_descriptor() {
    let files: Vec<String> =
        (0..10).map(|n| format!("f{n}")).chain((0..6).map(|n| format!("g{n}"))).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut scene = scene_with(&[], &files);
    scene.call("attributes");
    let lines = written(&mut scene);
    // Extended attributes of users need a file system that has them.
    for name in files.iter().filter(|name| **name != "f9" && **name < "g4") {
        assert!(lines.contains(&format!("Changed {name}")), "{name} is missing of {lines:#?}");
    }
    for name in ["g4", "g5"] {
        assert!(lines.contains(&format!("Written {name}")), "{name} is missing of {lines:#?}");
    }
}

#[test]
fn copies_that_the_kernel_makes() {
    let expected =
        ["Written copy_file_range", "Written from", "Written sendfile", "Written splice"];
    scene_with(&[], &[]).expect_of_call("kernel-copies", &expected);
}

#[test]
fn a_mapping_is_told_when_it_is_written_back_and_when_it_ends() {
    let expected = ["Changed mapped", "Written mapped", "Written mapped-to-the-end (ending)"];
    scene_with(&[], &[]).expect_of_call("mapped", &expected);
}

#[test]
fn threads_with_small_stacks_lose_nothing() {
    let mut scene = scene_with(&[], &[]);
    scene.call("threads");
    let lines = written(&mut scene);
    assert_eq!(lines.len(), 800);
    scene.call("appending-threads");
    let told = scene.told();
    let written = told.events.iter().filter(|event| event.operation == Operation::Written);
    assert_eq!(written.count(), 800);
    told.expect_last_sizes();
}

#[test]
fn a_thread_is_cancelled_within_a_call() {
    scene_with(&[], &[]).expect_of_call("cancelled", &["Made fifo", "Written after"]);
}

#[test]
fn a_handler_of_signals_needs_no_large_stack() {
    scene_with(&[], &[]).expect_of_call("signals", &["Written handled"]);
}

#[test]
fn forked_children_tell_of_their_own() {
    let mut scene = scene_with(&[], &[]);
    scene.call("forks");
    let told = scene.told();
    let lines = told.lines();
    for number in 0..40 {
        let closed = format!("Written child{number}");
        let ending = format!("{closed} (ending)");
        assert!(lines.contains(&closed) || lines.contains(&ending), "{number}: {lines:#?}");
    }
    told.expect_last_sizes();
    let mut numbers = BTreeSet::new();
    let numbered = told.events.iter().filter(|event| event.operation != Operation::Opened);
    for event in numbered {
        assert!(numbers.insert((event.producer, event.sequence)), "{event:?} is there twice");
    }
}

#[test]
fn the_child_of_a_vfork_leaves_its_parents_files_alone() {
    let mut scene = scene_with(&[], &[]);
    scene.call("vforks");
    let told = scene.told();
    let lines = told.lines();
    assert!(lines.contains("Written of-the-parent"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("Written of-the-child")), "{lines:#?}");
    told.expect_last_sizes();
}

#[test]
fn programs_started_in_any_way_tell_of_what_they_inherit() {
    scene_with(&[], &[]).expect_of_call("spawns", &["Written spawned"]);
    scene_with(&[], &[]).expect_of_call("executes", &["Written closed-by-exec (ending)"]);
}

#[test]
fn files_that_are_never_closed_are_told_at_the_end() {
    let expected = ["Written in-a-buffer (ending)", "Written open-to-the-end (ending)"];
    scene_with(&[], &[]).expect_of_call("never-closes", &expected);
    scene_with(&[], &[]).expect_of_call("ends-at-once", &["Written left-open (ending)"]);
}

#[test]
fn a_process_that_is_killed_was_heard_to_open() {
    let mut scene = scene_with(&[], &[]);
    let ended = scene.command(crate::scene::calls()).arg("kills").status().expect("it ran");
    assert!(!ended.success());
    let told = scene.told();
    assert_eq!(told.events.len(), 1);
    assert_eq!(told.events[0].operation, Operation::Opened);
    assert_eq!(told.events[0].path, scene.root.join("killed"));
}

#[test]
fn errno_stays_what_the_c_library_made_it() {
    for ears in [Ears::Ring(8), Ears::Spool] {
        Scene::new(ears).call("errnos");
    }
    let scene = Scene::new(Ears::Spool);
    std::fs::create_dir(scene.spool()).expect("a directory in the way");
    scene.call("errnos");
}

#[test]
fn the_longest_paths_go_by_the_spool() {
    let mut scene = scene_with(&[], &[]);
    scene.call("long-paths");
    let told = scene.told();
    let longest = told.events.iter().map(|event| event.path.as_os_str().len()).max();
    assert!(longest.is_some_and(|longest| longest > 14 * 256), "{longest:?}");
    assert_eq!(told.lines().len(), 14 + 3);
    told.expect_last_sizes();
}

#[test]
fn a_process_without_a_descriptor_to_spare_is_heard() {
    let mut scene = scene_with(&["through"], &[]);
    std::os::unix::fs::symlink("through", scene.root.join("link")).expect("a link");
    std::fs::write(scene.root.join("link/removed"), "x").expect("a file");
    // To find out where `..` leads there is no descriptor: it is told as it was typed.
    let removed = "Removed through/../link/removed";
    scene.expect_of_call("too-many-files", &[removed, "Written first", "Written last"]);
}

#[test]
fn names_are_bytes() {
    let mut scene = scene_with(&[], &[]);
    let names: [&[u8]; 8] =
        [b"\"", b"\\", b"\n", b"\xff\xfe", b"-rf", b"a%20b#", b" end ", &[b'n'; 255]];
    for name in names {
        let mut command = scene.command("dash");
        crate::scene::quiet(command.args(["-c", "echo x > \"./$0\""]).arg(OsStr::from_bytes(name)));
        let told = scene.told();
        let path = scene.root.join(OsStr::from_bytes(name));
        assert!(told.events.iter().any(|event| event.path == path), "{name:?}");
    }
}

#[test]
fn links_and_dots_lead_where_the_system_says() {
    let mut scene = scene_with(&["d", "d/e"], &[]);
    std::os::unix::fs::symlink(scene.root.join("d"), scene.path("way-in")).expect("a link");
    std::os::unix::fs::symlink(scene.path("lib"), scene.root.join("way-out")).expect("a link");
    scene.script(
        "dash",
        "echo 1 > ../way-in/a; mv ../way-in/a ../way-in/e/b; rm ../way-in/e/../e/b
         mkdir ../way-in/m; cd d/e; echo 1 > ../../up; cd ../..; mkdir ./d/./n//; mv up ../outside
         mv ../outside in; echo 1 > way-out/x; rm d/../way-out/x; echo 1 > ../neighbour",
    );
    let outside = scene.path("outside");
    let lines = scene.told().lines();
    let expected = [
        "Made d/m".to_owned(),
        "Made d/n".to_owned(),
        "Removed d/e/b".to_owned(),
        "Renamed d/e/b < d/a".to_owned(),
        format!("Renamed in < {}", outside.display()),
        format!("Renamed {} < up", outside.display()),
        "Written d/a".to_owned(),
        "Written up".to_owned(),
        // Opened through a link below the root: the reader finds out where it leads.
        "Written way-out/x".to_owned(),
    ];
    assert_eq!(lines, BTreeSet::from(expected));
}
