//! Pipes, sockets and devices.

use crate::ground::{Ground, facets, is_root};
use boatlift_core::lane::Step;
use boatlift_core::{Kind, Outcome};
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use std::fs;
use std::os::unix::fs::MetadataExt;

#[test]
fn pipes_sockets_and_devices_are_made_or_skipped_with_the_reason() {
    let ground = Ground::new();
    let kinds = [
        ("block", FileType::BlockDevice, Kind::BlockDevice),
        ("char", FileType::CharacterDevice, Kind::CharDevice),
        ("fifo", FileType::Fifo, Kind::Fifo),
        ("socket", FileType::Socket, Kind::Socket),
    ];
    for (name, file_type, kind) in kinds {
        let mode = Mode::from_raw_mode(0o640);
        let made = mknodat(CWD, ground.lower.join(name), file_type, mode, makedev(7, 250));
        if made.is_err() && !is_root() {
            continue;
        }
        made.expect("a node");
        boatlift_testkit::trees::stamp(&ground.lower.join(name), 3, 4).expect("a time");
        let outcome = ground.step_now(Step::Carry, name);
        assert!(matches!(outcome, Outcome::Done(_)), "{name}: {outcome:?}");
        let (from, to) = (ground.item(name).lower, ground.item(name).upper);
        let (from, to) = (from.expect("LOWER's"), to.expect("UPPER's"));
        let (from, to) = (facets(&from).decode(), facets(&to).decode());
        assert_eq!((to.kind, to.mode, to.mtime), (kind, from.mode, from.mtime));
        assert_eq!(to.device_node, from.device_node);
        assert!(ground.step_now(Step::Look, name).is_good());
        let again = fs::symlink_metadata(ground.upper.join(name)).expect("a look").ino();
        assert!(matches!(ground.step_now(Step::CompareAndCarry, name), Outcome::Same(_)));
        let now = fs::symlink_metadata(ground.upper.join(name)).expect("a look").ino();
        assert_eq!(again, now, "an equal node is not made again");
    }
}
