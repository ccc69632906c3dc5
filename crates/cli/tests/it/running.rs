//! A move that runs while it is looked at, steered and stopped.

use crate::scene::{Scene, until};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr};

/// Starts a following move named `m`, and waits for the end of its first pass.
fn following(scene: &Scene, options: &str) -> Child {
    let child = scene.start(&format!("mirror lower upper --name m --follow=1h {options}"));
    until("the first pass", || {
        scene.path("state/boatlift/m/run.sock").exists()
            && scene.run("status m --json").json()["phase"] == "agreed"
    });
    child
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id() as i32).expect("a process id");
    kill_process(pid, signal).expect("a process of ours");
}

#[test]
fn a_following_move_is_steered_and_then_stopped() {
    let scene = Scene::with_tree();
    let child = following(&scene, "");
    let status = scene.run("status m --json").json();
    assert_eq!(status["running"]["pid"], child.id());
    let pause = scene.run("pause m");
    assert_eq!((pause.code(), pause.stderr().as_str()), (Some(0), "the running move took it\n"));
    assert_eq!(scene.run("status m --json").json()["paused_by"], "tester");
    assert_eq!(scene.run("resume m").code(), Some(0));
    assert_eq!(scene.run("set m upper.rate=5M jobs=3").code(), Some(0));
    let limits = &scene.run("status m --json").json()["limits"];
    assert_eq!((&limits["jobs"], &limits["upper"]["rate"]), (&3.into(), &"5242880".into()));
    assert_eq!(scene.run("run m").code(), Some(2), "a second run of the same move");
    signal(&child, Signal::INT);
    let said = scene.end("mirror … --follow=1h", child);
    assert_eq!(said.code(), Some(130), "{said}");
    assert!(said.stderr().contains("stopping: "), "{said}");
    assert!(!scene.path("state/boatlift/m/run.sock").exists());
    assert_eq!(scene.run("mirror lower upper --name m").code(), Some(0));
}

/// Waits until standard error tells of a move that has agreed.
fn hear_a_status_line(child: &mut Child) -> BufReader<ChildStderr> {
    let mut told = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains(" state=agreed") {
        line.clear();
        assert_ne!(told.read_line(&mut line).expect("readable"), 0, "no status line came");
    }
    told
}

#[test]
fn sigusr1_prints_a_status_line_at_once() {
    let scene = Scene::with_tree();
    let mut child = following(&scene, "--status-every=1h");
    signal(&child, Signal::USR1);
    let _told = hear_a_status_line(&mut child);
    signal(&child, Signal::TERM);
    assert_eq!(scene.end("mirror … --follow=1h", child).code(), Some(130));
}

#[test]
fn status_lines_come_by_themselves_where_there_is_no_terminal() {
    let scene = Scene::with_tree();
    let mut child = following(&scene, "--status-every=10ms");
    let _told = hear_a_status_line(&mut child);
    signal(&child, Signal::TERM);
    assert_eq!(scene.end("mirror … --follow=1h", child).code(), Some(130));
}

#[test]
fn abandoning_an_interrupted_copy_takes_what_is_ours_away() {
    let scene = Scene::with_tree();
    (0..50).for_each(|n| scene.write(&format!("lower/many/{n}"), &"x".repeat(4096)));
    let child = scene.start("mirror lower upper --name m --rate=20k");
    until("the copy", || scene.path("upper/.boatlift").exists());
    assert_eq!(scene.run("abandon m").code(), Some(2), "it runs");
    signal(&child, Signal::INT);
    assert_eq!(scene.end("mirror … --rate=20k", child).code(), Some(130));
    assert!(scene.path("upper/.boatlift").exists(), "an open copy keeps UPPER its own");
    let said = scene.run("finish m");
    assert_eq!(said.code(), Some(2), "it is not done\n{said}");
    let said = scene.run("abandon m");
    assert_eq!(said.code(), Some(0), "{said}");
    assert!(!scene.path("upper/.boatlift").exists());
    assert_eq!(scene.run("status m --json").json()["phase"], "abandoned");
}

#[test]
fn a_command_to_a_move_that_does_not_run_waits_for_the_next_run() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name m").code(), Some(0));
    let pause = scene.run("pause m");
    assert_eq!(pause.stderr(), "recorded: the next run obeys it\n", "{pause}");
    assert_eq!(scene.run("status m --json").json()["paused_by"], "tester");
    assert_eq!(scene.run("resume m --json").json()["given"], "recorded");
    assert_eq!(scene.run("set m ops=500").code(), Some(0));
    assert_eq!(scene.run("status m --json").json()["limits"]["lower"]["ops"], "500");
    assert_eq!(scene.run("mirror lower upper --name m --ops=900").code(), Some(0));
    assert_eq!(scene.run("status m --json").json()["limits"]["upper"]["ops"], "900");
}
