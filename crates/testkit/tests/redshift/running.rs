//! A run in the background.

use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a condition may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run in the background; killed when a test gives up.
pub(crate) struct Running {
    child: Option<Child>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running { child: Some(command.spawn().expect("boatlift starts")) }
    }

    /// Sends a signal, if the run has not ended.
    pub(crate) fn signal(&mut self, signal: Signal) {
        // A child that was not waited for keeps its id: nobody else is hit.
        if !self.has_ended() {
            kill_process(Pid::from_child(self.child()), signal).expect("the signal");
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child().try_wait().expect("the state of the child").is_some()
    }

    /// Waits for its end; gives its exit code, if it had one, and what it printed.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let child = self.child.take().expect("it runs until its end is taken");
        let output = child.wait_with_output().expect("the end of the child");
        (output.status.code(), crate::ground::said(&output))
    }

    /// Waits until `condition` holds.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, mut condition: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !condition() {
            assert!(!self.has_ended(), "the run ended before {what}");
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("it runs until its end is taken")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
