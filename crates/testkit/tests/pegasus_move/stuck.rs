//! Duplications that do not get on, and what others do to them meanwhile: each is told as what it
//! usually is.

use crate::scene::{Ran, Scene, TABLE};
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::pegasus::{Meta, Options};
use boatlift_testkit::fake_pegasus::{Hold, Version};
use std::process::Stdio;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const PATIENCE: &str = "duplication: {patience: 1s, max-lag: 0}";

fn gives_up(scene: &Scene, words: &str) {
    scene.move_file(true, PATIENCE);
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    let items = scene.run(&["items", "boatlift.yaml"]);
    let said = format!("{}{}", ran.said, items.said);
    assert!(said.contains(words), "{said}");
    assert!(scene.lower_takes_writes());
}

#[test]
fn what_stands_still_is_told_by_its_usual_cause() {
    let prepares = Scene::tuned(Version::V2_5, |settings| settings.prepare = HOUR);
    gives_up(&prepares, "LOWER's primaries make no checkpoint");
    let copies = Scene::tuned(Version::V2_5, |settings| settings.copy = HOUR);
    gives_up(&copies, "do UPPER's servers reach LOWER's replica servers?");
    let lags = Scene::new(Version::V2_6);
    lags.bring_in_step("");
    (0..4).for_each(|partition| lags.upper.hold(TABLE, partition, Hold::Log));
    (0..20).for_each(|number| lags.put(&format!("late-{number}"), b"x"));
    gives_up(&lags, "write less, or give LOWER a larger `duplicate_log_batch_bytes`");
}

#[test]
fn what_others_do_to_a_duplication_is_told() {
    for (status, words) in [
        (DuplicationStatus::Pause, "its duplication was paused"),
        (DuplicationStatus::Removed, "its duplication was removed"),
    ] {
        let scene = Scene::tuned(Version::V2_6, |settings| settings.prepare = HOUR);
        scene.move_file(true, "");
        let mut run = scene.boatlift(&["run", "boatlift.yaml"]);
        let run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let meta = Meta::new(scene.lower.metas(), &Options::default());
        let dupid = loop {
            let entries = scene.runtime.block_on(meta.query_duplications(TABLE)).expect("asked");
            match entries.first() {
                Some(entry) => break entry.dupid,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        // It was looked for, and found, before it is changed.
        std::thread::sleep(Duration::from_secs(1));
        let set = meta.set_duplication_status(TABLE, dupid, status);
        scene.runtime.block_on(set).expect("set");
        let ran = Ran::from(run.wait_with_output().expect("it ends"));
        assert_ne!(ran.code, Some(0), "{}", ran.said);
        let items = scene.run(&["items", "boatlift.yaml"]);
        let said = format!("{}{}", ran.said, items.said);
        assert!(said.contains(words), "{said}");
    }
}
