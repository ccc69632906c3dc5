//! A power cut: whatever was never synced is gone. UPPER and the state lie on a file
//! system in a file; the file is copied while it is mounted, which keeps what the kernel
//! had been made to write, and the copy takes its place.

use crate::damage::Mounted;
use crate::harness::{Place, Running, many_files, need_root, quick};
use boatlift_testkit::dice::Dice;
use boatlift_testkit::trees::{Edits, random_edits};
use rustix::process::Signal;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Nothing is written before somebody asks for it: no early allocation at a rename, no
/// commit of the file system's own for ten minutes.
const OPTIONS: &str = "loop,noauto_da_alloc,commit=600";

/// A place whose UPPER and state lie on a file system that can lose its power.
struct Machine {
    place: Place,
    image: PathBuf,
    disk: PathBuf,
    mounted: Option<Mounted>,
}

impl Machine {
    fn new() -> Machine {
        let mut place = Place::new();
        let image = place.top.path().join("image");
        File::create(&image).expect("an image").set_len(256 << 20).expect("its size");
        let mut make = Command::new("mkfs.ext4");
        make.args(["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"]).arg(&image);
        assert!(make.status().expect("mkfs.ext4").success());
        let disk = place.top.path().join("disk");
        fs::create_dir(&disk).expect("a directory");
        let mounted = Some(power_on(&image, &disk));
        place.upper = disk.join("upper");
        place.state = disk.join("state");
        fs::create_dir(&place.upper).expect("UPPER");
        assert!(Command::new("sync").arg("-f").arg(&disk).status().expect("sync").success());
        Machine { place, image, disk, mounted }
    }

    /// Cuts the power, and switches it on again.
    fn cut(&mut self) {
        let survived = self.image.with_extension("survived");
        let mut copy = Command::new("cp");
        copy.arg("--sparse=always").arg(&self.image).arg(&survived);
        assert!(copy.status().expect("cp").success());
        drop(self.mounted.take());
        fs::rename(&survived, &self.image).expect("the copy takes its place");
        self.mounted = Some(power_on(&self.image, &self.disk));
    }
}

fn power_on(image: &Path, disk: &Path) -> Mounted {
    Mounted::new(disk, &["-t", "ext4", "-o", OPTIONS, &image.to_string_lossy()])
}

/// The mechanism itself: what was not synced must really be gone, or the tests below
/// would prove nothing.
#[test]
fn what_was_never_synced_is_gone() {
    need_root();
    let mut machine = Machine::new();
    fs::write(machine.place.upper.join("synced"), "kept").expect("a file");
    let synced = File::open(machine.place.upper.join("synced")).expect("the file");
    rustix::fs::syncfs(&synced).expect("a sync");
    drop(synced);
    fs::write(machine.place.upper.join("never synced"), "lost").expect("a file");
    machine.cut();
    assert_eq!(fs::read(machine.place.upper.join("synced")).expect("a file"), b"kept");
    assert!(!machine.place.upper.join("never synced").exists());
}

#[test]
fn no_receipt_survives_a_power_cut_without_its_bytes() {
    need_root();
    let mut dice = Dice::new(5);
    for round in 0..if quick() { 3 } else { 15 } {
        let mut machine = Machine::new();
        many_files(&machine.place.lower, 1_500, 3_000);
        if round % 3 == 2 {
            machine.place.mirror(&[]).expect(0);
            random_edits(&machine.place.lower, round, 200, Edits::Visible).expect("edits");
        }
        let options = ["--delete=all", "--max-delete=100%", "--rate=lower:1M"];
        let instant = Duration::from_millis(500 + dice.below(4_000));
        let mut running = Running::start(&mut machine.place.mirror_command(&options));
        let begun = Instant::now();
        while begun.elapsed() < instant && !running.has_ended() {
            std::thread::sleep(Duration::from_millis(1));
        }
        running.signal(Signal::KILL);
        running.end();
        machine.cut();
        crate::receipts::assert_kept(&machine.place, &format!("a power cut after {instant:?}"));
        machine.place.mirror(&["--delete=all", "--max-delete=100%"]).expect(0);
        machine.place.assert_equal();
    }
}

#[test]
fn a_finished_run_survives_a_power_cut() {
    need_root();
    let mut machine = Machine::new();
    many_files(&machine.place.lower, 300, 3_000);
    machine.place.mirror(&[]).expect(0);
    machine.cut();
    machine.place.assert_equal();
    crate::receipts::assert_kept(&machine.place, "a power cut after the end");
    machine.place.mirror(&[]).expect(0);
    machine.place.assert_equal();
}
