//! The local lane: from one directory tree to another on this machine.
//!
//! It makes the steps of a turn one after the other on the caller's thread, and answers
//! each. It never retries.

use super::align::align;
use super::birth;
use super::errors::{Halt, Part};
use super::hands::Hands;
use super::place::sweep;
use super::root::Root;
use boatlift_core::lane::{Pace, Step, Turn};
use boatlift_core::outcome::Indexed;
use boatlift_core::{Code, Entry, Error, Key, Lane, Outcome, Result};
use std::sync::Arc;

/// The lane between two roots.
#[derive(Debug)]
pub(crate) struct LocalLane {
    lower: Arc<Root>,
    upper: Arc<Root>,
    umask: u32,
}

impl LocalLane {
    /// The lane from `lower` to `upper`.
    pub(crate) fn new(lower: Arc<Root>, upper: Arc<Root>) -> LocalLane {
        LocalLane { lower, upper, umask: birth::umask() }
    }
}

impl Lane for LocalLane {
    fn name(&self) -> &'static str {
        "local"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let mut hands = match Hands::new(&self.lower, &self.upper, turn.owners, self.umask, pace) {
            Ok(hands) => hands,
            Err(error) => {
                let failed = |(index, _): &(u32, Step)| (*index, Outcome::Failed(error.clone()));
                return turn.steps.iter().map(failed).collect();
            }
        };
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        for (index, step) in turn.steps {
            if hands.meter.pay_when_due().is_err() {
                return outcomes;
            }
            let entry = turn.page.get(*index as usize);
            let outcome = match hands.make(&entry, *step) {
                Ok(outcome) | Err(Halt::Told(outcome)) => outcome,
                Err(Halt::Stopped) => return outcomes,
            };
            if !outcome.is_good() {
                hands.sweep(entry.key);
            }
            outcomes.push((*index, outcome));
        }
        // What is left to pay was spent already: a stop now comes too late to matter.
        let _ = hands.meter.pay();
        outcomes
    }

    fn align_roots(&self, owners: bool) -> Result<()> {
        align(&self.lower, &self.upper, owners)
    }
}

impl Hands<'_> {
    /// What was not carried now may have been in the making when an earlier run died.
    fn sweep(&mut self, key: Key<'_>) {
        if let Ok(Some(parent)) = self.upper_parent(key) {
            // What cannot be removed now is removed when the item is carried.
            let _ = sweep(&parent, key);
        }
    }

    fn make(&mut self, entry: &Entry<'_>, step: Step) -> Part<Outcome> {
        for key in [Some(entry.key), entry.partner].into_iter().flatten() {
            Key::checked(key.as_bytes()).map_err(|refused| {
                Error::new(Code::KeyEscapes, "cannot use key").on(key).because(refused.why)
            })?;
        }
        match step {
            Step::MakeDirectory => self.make_directory(entry),
            Step::Carry => self.carry(entry),
            Step::CompareAndCarry => self.compare_and_carry(entry),
            Step::Rename => self.rename(entry),
            Step::Link => self.link(entry),
            Step::SetAttributes => self.settle(entry),
            Step::Remove => self.remove(entry),
            Step::Look => self.look(entry),
            Step::ReadBack => self.read_back(entry),
        }
    }
}
