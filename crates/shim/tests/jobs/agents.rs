//! Agents that are there, slow, dead, started again, or never were; and rings and spools in
//! every bad state.

use crate::scene::{Ears, Scene, quiet};
use boatlift_shim::wire::{Operation, Phase, RING_HEAD, Slot, SlotState};
use boatlift_shim::{Event, Loss, Ring, RingError, Spool, Woken};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Far more than any of this takes.
const LIMIT: Duration = Duration::from_secs(60);

/// The numbers of the events that tell of a file that was written. An event may come twice.
fn written(events: &[Event]) -> BTreeSet<(u64, u64)> {
    let written = events.iter().filter(|event| event.operation == Operation::Written);
    written.map(|event| (event.producer, event.sequence)).collect()
}

#[test]
fn a_full_ring_overflows_into_the_spool() {
    let mut scene = Scene::new(Ears::Ring(8));
    scene.call("threads");
    let told = scene.told();
    assert_eq!(written(&told.events).len(), 800);
    assert_eq!(told.lines().len(), 800);
    assert_eq!(scene.ring.as_ref().map(Ring::dropped), Some(0));
}

#[test]
fn without_an_agent_the_spool_has_everything() {
    let mut scene = Scene::new(Ears::Spool);
    scene.call("threads");
    assert_eq!(written(&scene.told().events).len(), 800);
}

#[test]
fn an_agent_that_reads_along_loses_nothing() {
    let mut scene = Scene::new(Ears::Ring(16));
    let mut ring = scene.ring.take().expect("a ring");
    let mut job = scene.command(crate::scene::calls()).arg("threads").spawn().expect("a job");
    let spool = Spool::at(scene.spool());
    let (mut heard, mut by_ring, mut taken) = (BTreeSet::new(), 0, 0);
    let mut ended = false;
    loop {
        let batch = ring.read(7).expect("a sound ring");
        assert_eq!(batch.lost, 0);
        ring.acknowledge();
        by_ring += batch.events.len();
        heard.extend(written(&batch.events));
        if let Some(mut file) = spool.take().expect("a spool") {
            heard.extend(written(&file.read(usize::MAX).expect("a sound spool").events));
            file.acknowledge().expect("removed");
            taken += 1;
        } else if batch.events.is_empty() {
            if ended {
                break;
            }
            ended = job.try_wait().expect("a state").is_some();
            ring.wait(Duration::from_millis(1));
        }
    }
    assert!(job.wait().expect("ended").success());
    assert_eq!(ring.dropped(), 0);
    assert_eq!(heard.len(), 800, "{by_ring} by the ring, {taken} spools");
    assert!(by_ring > 16, "{by_ring} by the ring");
}

#[test]
fn a_spool_is_taken_away_under_its_writers() {
    let scene = Scene::new(Ears::Spool);
    let mut job = scene.command(crate::scene::calls()).arg("threads").spawn().expect("a job");
    let spool = Spool::at(scene.spool());
    let (mut heard, mut ended) = (BTreeSet::new(), false);
    loop {
        match spool.take().expect("a spool") {
            Some(mut file) => {
                let batch = file.read(usize::MAX).expect("a sound spool");
                assert_eq!((batch.lost, file.loss()), (0, Loss::None));
                heard.extend(written(&batch.events));
                file.acknowledge().expect("removed");
            }
            None if ended => break,
            None => ended = job.try_wait().expect("a state").is_some(),
        }
    }
    assert!(job.wait().expect("ended").success());
    assert_eq!(heard.len(), 800);
}

#[test]
fn an_agent_that_sleeps_is_woken() {
    let mut scene = Scene::new(Ears::Ring(64));
    let ring = scene.ring.take().expect("a ring");
    let sleeper = std::thread::spawn(move || (ring.wait(LIMIT), ring));
    scene.script("dash", "echo 1 > a");
    let (woken, mut ring) = sleeper.join().expect("no panic");
    assert_eq!(woken, Woken::Events);
    assert!(!ring.read(10).expect("a sound ring").events.is_empty());
    ring.acknowledge();
    let mut rest = ring.read(10).expect("a sound ring").events.len();
    ring.acknowledge();
    while rest > 0 {
        rest = ring.read(10).expect("a sound ring").events.len();
        ring.acknowledge();
    }
    assert_eq!(ring.wait(Duration::from_millis(1)), Woken::Timeout);
}

#[test]
fn what_was_not_acknowledged_comes_again() {
    let mut scene = Scene::new(Ears::Ring(8));
    scene.script("dash", "echo 1 > a; echo 2 > b");
    let mut ring = scene.ring.take().expect("a ring");
    let first = ring.read(100).expect("a sound ring");
    assert_eq!(first.events.len(), 4);
    let busy = Ring::at(&scene.path("ring"), 8, &[]).expect_err("one agent at a time");
    assert!(matches!(busy, RingError::Busy { .. }), "{busy}");
    drop(ring);
    let mut ring = Ring::at(&scene.path("ring"), 8, &[]).expect("the same ring");
    assert_eq!(ring.read(3).expect("a sound ring").events, first.events[..3]);
    ring.acknowledge();
    drop(ring);
    scene.ring = Some(Ring::at(&scene.path("ring"), 8, &[]).expect("the same ring"));
    assert_eq!(scene.told().events, first.events[3..]);
    scene.script("dash", "for i in 1 2 3 4 5 6; do echo > a; echo > b; done");
    assert_eq!(written(&scene.told().events).len(), 12);

    scene.ring = None;
    scene.script("dash", "echo 1 > a");
    std::fs::remove_file(scene.path("ring")).expect("removed");
    scene.script("dash", "echo 2 > b");
    let spool = Spool::at(scene.spool());
    let first = spool.take().expect("a spool").expect("events").read(9).expect("events");
    let mut again = spool.take().expect("a spool").expect("events");
    assert_eq!(again.read(9).expect("events"), first);
    again.acknowledge().expect("removed");
    assert!(spool.take().expect("no spool").is_none());
}

#[test]
fn a_process_that_died_within_a_slot_costs_that_slot_alone() {
    let mut scene = Scene::new(Ears::Ring(4));
    let file = File::options().write(true).open(scene.path("ring")).expect("a ring");
    let busy = SlotState { lap: 0, pid: 99, phase: Phase::Busy }.word();
    file.write_all_at(&busy.to_le_bytes(), RING_HEAD as u64).expect("written");
    scene.script("dash", "echo 1 > a");
    let mut ring = scene.ring.take().expect("a ring");
    let begun = Instant::now();
    let batch = loop {
        let batch = ring.read(10).expect("a sound ring");
        if batch.lost > 0 || begun.elapsed() > LIMIT {
            break batch;
        }
        assert!(batch.events.is_empty());
        ring.wait(Duration::from_millis(100));
    };
    assert_eq!((batch.lost, batch.events.len()), (1, 2));
    ring.acknowledge();
    for _ in 0..5 {
        scene.script("dash", "echo 1 > a");
        assert_eq!(ring.read(10).expect("a sound ring").events.len(), 2);
        ring.acknowledge();
    }
}

#[test]
fn a_ring_that_was_scribbled_over_harms_no_job_and_no_agent() {
    for (seed, span) in [(1, 64..4096), (2, 4096..8192), (3, 0..8192), (4, 4096..4104)] {
        let mut scene = Scene::new(Ears::Ring(64));
        scene.script("dash", "echo 1 > a; echo 2 > b");
        let file = File::options().write(true).open(scene.path("ring")).expect("a ring");
        let mut dice: u64 = seed;
        for at in span {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            file.write_all_at(&[(dice >> 56) as u8], at).expect("written");
        }
        scene.script("dash", "echo 1 > a; mv a c");
        let mut ring = scene.ring.take().expect("a ring");
        for _ in 0..3 {
            match ring.read(1000) {
                Ok(_) => ring.acknowledge(),
                Err(error) => assert!(matches!(error, RingError::Damaged { .. }), "{error}"),
            }
            ring.wait(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_file_that_is_no_ring_is_left_alone() {
    let bytes = 4096 + 64 * size_of::<Slot>() as u64;
    for kind in ["holes", "short", "open to others", "empty"] {
        let mut scene = Scene::new(Ears::Ring(64));
        scene.ring = None;
        let file = File::options().write(true).open(scene.path("ring")).expect("a ring");
        match kind {
            "holes" => {
                file.set_len(4096).expect("cut");
                file.set_len(bytes).expect("long again");
            }
            "short" => file.set_len(bytes - 1).expect("cut"),
            "open to others" => {
                file.set_permissions(PermissionsExt::from_mode(0o644)).expect("opened");
            }
            _ => file.set_len(0).expect("cut"),
        }
        scene.script("dash", "echo 1 > a");
        scene.told().expect(&["Written a"]);
        let ring = Ring::at(&scene.path("ring"), 64, &[]).expect("a new ring");
        scene.ring = Some(ring);
        scene.script("dash", "echo 2 > b");
        scene.told().expect(&["Written b"]);
        assert!(!scene.spool().exists(), "{kind}");
    }
}

#[test]
fn a_job_goes_over_to_the_ring_of_a_new_agent() {
    let mut scene = Scene::new(Ears::Ring(64));
    let mut shell = scene.command("dash");
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
    let mut input = shell.stdin.take().expect("a pipe");
    let mut output = BufReader::new(shell.stdout.take().expect("a pipe"));
    let mut run = |script: &str| {
        writeln!(input, "{script}; echo done").expect("read");
        let mut line = String::new();
        output.read_line(&mut line).expect("an answer");
        assert_eq!(line, "done\n");
    };
    run("echo 1 > a");
    scene.told().expect(&["Written a"]);
    scene.ring.take().expect("a ring").close().expect("closed");
    run("echo 1 > b");
    scene.told().expect(&["Written b"]);
    scene.ring = Some(Ring::at(&scene.path("ring"), 64, &[]).expect("a new ring"));
    run("for i in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3; do
         echo 1 > c; done");
    scene.told().expect(&["Written c"]);
    run("echo 1 > d");
    assert!(!scene.spool().exists());
    scene.told().expect(&["Written d"]);
    drop(input);
    assert!(shell.wait().expect("ended").success());
}

#[test]
fn a_torn_spool_loses_what_was_torn() {
    let mut scene = Scene::new(Ears::Spool);
    scene.script("dash", "echo 1 > a; echo 2 > b; echo 3 > c");
    let bytes = std::fs::read(scene.spool()).expect("a spool");
    let whole = scene.told().events;
    assert_eq!(whole.len(), 3);
    let record = bytes.len() / 3;
    for cut in [1, 4, record / 2, record - 1] {
        let torn = [&bytes[..cut], &bytes[record..], b"BLE1", &[0xff; 500]].concat();
        std::fs::write(scene.spool(), torn).expect("written");
        let mut taken = Spool::at(scene.spool()).take().expect("a spool").expect("events");
        let mut heard = Vec::new();
        let mut lost = 0;
        loop {
            let batch = taken.read(2).expect("read");
            if batch.events.is_empty() && batch.lost == 0 {
                break;
            }
            assert!(batch.events.len() <= 2);
            heard.extend(batch.events);
            lost += batch.lost;
        }
        taken.acknowledge().expect("removed");
        assert_eq!(heard, whole[1..], "cut after {cut}");
        assert_eq!(lost, 2);
    }
}

#[test]
fn a_job_with_a_limit_on_the_size_of_files_is_not_killed_by_ours() {
    let scene = Scene::new(Ears::Spool);
    let many = "ulimit -f 4; i=0; while [ $i -lt 50 ]; do echo 1 > f$i; i=$((i+1)); done";
    scene.script("dash", many);
    let taken = Spool::at(scene.spool()).take().expect("a spool").expect("events");
    assert_eq!(taken.loss(), Loss::Some);
}

#[test]
fn a_full_disk_under_the_spool_is_told_and_no_job_notices() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scene = Scene::new(Ears::Ring(2));
    let disk = scene.path("disk");
    std::fs::create_dir(&disk).expect("a directory");
    let mut mount = scene.command("mount");
    mount.env_remove("LD_PRELOAD").args(["-t", "tmpfs", "-o", "size=4k", "none"]).arg(&disk);
    if !mount.status().expect("mount runs").success() {
        return;
    }
    let spool = disk.join("spool");
    let many = "i=0; while [ $i -lt 50 ]; do echo 1 > f$i; i=$((i+1)); done";
    let mut command = scene.command("dash");
    let ended = command.env("BOATLIFT_SHIM_SPOOL", &spool).args(["-c", many]).output();
    let taken = Spool::at(&spool).take().expect("a spool").expect("events");
    let (loss, dropped) = (taken.loss(), scene.ring.as_ref().map_or(0, Ring::dropped));
    drop(taken);
    quiet(scene.command("umount").env_remove("LD_PRELOAD").arg(&disk));
    let ended = ended.expect("it ran");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    assert_eq!(loss, Loss::Some);
    assert!(dropped > 0);
}
