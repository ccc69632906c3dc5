//! One service of each kind of trouble, as small as a shell can be.

use boatlift_testkit::services::condition::Condition;
use boatlift_testkit::services::error::ServiceError;
use boatlift_testkit::services::process::{Recipe, Service};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A shell that runs a script in a folder.
fn shell(folder: &Path, script: &str) -> Recipe {
    Recipe::new("shell", "/bin/sh", folder).arguments(["-c", script])
}

/// A file that a script has written to the end of its line.
fn written(folder: &Path, name: &str) -> Condition {
    let file = folder.join(name);
    Condition::new(format!("the file {name}"), move || {
        fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
    })
}

fn exists(process: &str) -> bool {
    Path::new("/proc").join(process.trim()).exists()
}

#[test]
fn a_service_that_ends_shows_how_and_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = shell(folder.path(), "echo no disk >&2; exit 3");
    let never = Condition::new("anything", || false);
    let error = Service::start(recipe, never).expect_err("it ends").to_string();
    assert!(error.contains("exit status: 3") && error.contains("no disk"), "{error}");
}

#[test]
fn a_late_service_shows_what_was_waited_for_and_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = shell(folder.path(), "echo still thinking > said; cat said; exec sleep 1000");
    let service = Service::start(recipe, written(folder.path(), "said")).expect("it starts");
    let never = Condition::new("an answer", || false);
    let limit = Duration::from_millis(300);
    let error = service.wait_for(&never, limit).expect_err("it is late").to_string();
    assert!(error.contains("shell: an answer not seen within 300ms"), "{error}");
    assert!(error.contains("still thinking"), "{error}");
}

#[test]
fn children_end_with_their_service_even_paused() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = shell(folder.path(), "sleep 1000 & echo $! > child; wait");
    let service = Service::start(recipe, written(folder.path(), "child")).expect("it starts");
    let child = fs::read_to_string(folder.path().join("child")).expect("its id");
    assert!(exists(&child));
    service.pause().expect("it runs");
    service.stop();
    let gone = Condition::new("its end", move || !exists(&child));
    assert!(gone.wait(Duration::from_secs(20)));
    assert!(matches!(service.resume(), Err(ServiceError::NotRunning(_))));
    assert_eq!(service.process_id(), None);
}

#[test]
fn a_restarted_service_is_another_process_with_the_same_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "echo start $$; echo $$ > id; exec sleep 1000";
    let ready = written(folder.path(), "id");
    let service = Service::start(shell(folder.path(), script), ready).expect("it starts");
    let first = service.process_id().expect("it runs");
    fs::remove_file(folder.path().join("id")).expect("the file");
    assert!(matches!(service.begin(), Err(ServiceError::Setup(_))), "it runs already");
    service.restart().expect("it starts");
    let second = service.process_id().expect("it runs");
    assert_ne!(first, second);
    let log = fs::read_to_string(service.log()).expect("a log");
    assert_eq!(log, format!("start {first}\nstart {second}\n"));
}
