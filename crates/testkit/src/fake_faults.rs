//! Faults at named points: what goes wrong is said before, as `POINT=ACTION`.
//!
//! Points are passed by the fake mover (`before effect fence`, `after effect spoil`) and
//! by the fake log (`before intent fence`, `after made drain`); `#7` is the seventh point
//! that the process passes, whatever its name.

use crate::fake_system::{FakeSystem, World};
use boatlift_core::{Code, Error, Result};
use rustix::process::{Signal, getpid, kill_process};
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The process dies.
    Abort,
    /// The process stands still until somebody wakes it.
    Stop,
    /// The point fails once.
    Fail,
    /// The point fails whenever it is passed.
    FailAlways,
    /// More time passes than any deadline allows, once.
    Late,
    /// Somebody asks the process to end its work.
    Interrupt,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    point: String,
    action: Action,
}

impl Rule {
    /// What happens at the point of this name.
    #[must_use]
    pub fn new(point: &str, action: Action) -> Rule {
        Rule { point: point.to_owned(), action }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Rule, String> {
        let (point, action) = text.rsplit_once('=').ok_or("a fault is POINT=ACTION")?;
        let action = match action {
            "abort" => Action::Abort,
            "stop" => Action::Stop,
            "fail" => Action::Fail,
            "fail-always" => Action::FailAlways,
            "late" => Action::Late,
            "interrupt" => Action::Interrupt,
            other => return Err(format!("`{other}` is no action")),
        };
        Ok(Rule::new(point, action))
    }
}

/// The faults of one process, and the system that its clients write to meanwhile.
#[derive(Debug)]
pub struct Scene {
    /// The system.
    pub system: FakeSystem,
    faults: Mutex<Vec<Rule>>,
    passed: AtomicU64,
    interrupted: AtomicBool,
}

impl Scene {
    /// A process that works on `system` and meets `faults`.
    #[must_use]
    pub fn new(system: FakeSystem, faults: Vec<Rule>) -> Scene {
        let (faults, passed) = (Mutex::new(faults), AtomicU64::new(0));
        Scene { system, faults, passed, interrupted: AtomicBool::new(false) }
    }

    /// Whether somebody asked the process to end its work.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Passes a point: a client writes, then what was said happens.
    ///
    /// # Errors
    /// When that is an error.
    pub fn point(&self, name: &str) -> Result<()> {
        self.system.change(World::write);
        let number = format!("#{}", self.passed.fetch_add(1, Ordering::Relaxed) + 1);
        match self.fault_at(name, &number) {
            None => Ok(()),
            Some(Action::Abort) => std::process::abort(),
            Some(Action::Stop) => {
                kill_process(getpid(), Signal::STOP).expect("a process may stop itself");
                Ok(())
            }
            Some(Action::Late) => {
                self.system.change(|world| world.now_ms += 1_000_000);
                Ok(())
            }
            Some(Action::Interrupt) => {
                self.interrupted.store(true, Ordering::Relaxed);
                Ok(())
            }
            Some(Action::Fail | Action::FailAlways) => {
                Err(Error::new(Code::WriteFailed, "a fault was asked for").on(name))
            }
        }
    }

    fn fault_at(&self, name: &str, number: &str) -> Option<Action> {
        let mut faults = self.faults.lock().expect("no fault panics");
        let index = faults.iter().position(|rule| rule.point == name || rule.point == number)?;
        match faults[index].action {
            Action::FailAlways => Some(Action::FailAlways),
            _ => Some(faults.remove(index).action),
        }
    }
}
