//! The reading side of the ring: makes it, reads what jobs have put there, and frees slots
//! once their events are safe elsewhere. There is one reader; a lock on the file sees to it.
//!
//! Jobs write here without asking. Whatever stands in the mapping is looked at as bytes from a
//! stranger, and a job that dies or is stopped in the middle of a slot costs that slot alone.

mod making;
mod mapping;

use crate::event::{Batch, Event};
use crate::wire::{Phase, SLOT_ROOM, Slot, SlotState};
use mapping::Mapping;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

/// How long a process may take for a slot. Then the slot is taken out of use: the process,
/// should it live, finds that out and tells of its event through the spool.
const PATIENCE: Duration = Duration::from_secs(2);

/// A ring, and the one right to read it.
#[derive(Debug)]
pub struct Ring {
    mapping: Mapping,
    path: PathBuf,
    /// The next ticket to read, and the first that is not acknowledged. Jobs could write over
    /// what the ring itself says of them.
    next: u64,
    acknowledged: u64,
    /// The ticket that is not finished, and since when it is looked at.
    unfinished: Option<(u64, Instant)>,
}

/// Why there is no ring to read.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The file, or the memory that it needs, cannot be had.
    #[error("cannot {what} ring {}: {error}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which ring.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another process reads it.
    #[error("cannot read ring {}: another agent does", path.display())]
    Busy {
        /// Which ring.
        path: PathBuf,
    },
    /// A program wrote over it; it has to be made anew.
    #[error("cannot read ring {}: its slots contradict each other", path.display())]
    Damaged {
        /// Which ring.
        path: PathBuf,
    },
}

/// Why a wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// There may be events.
    Events,
    /// The time has passed.
    Timeout,
}

impl Ring {
    /// The ring at `path`: the one that is there, with all that it holds, or a new one of
    /// `slots` slots (half a KiB each), a power of two. Jobs are told which `devices` hold the
    /// roots; with none they ask the system about every file that they write.
    ///
    /// # Errors
    /// When it can neither be used nor made, or another agent reads it.
    pub fn at(path: &Path, slots: u32, devices: &[u64]) -> Result<Ring, RingError> {
        let mapping = making::adopt_or_make(path, slots)?;
        mapping.tell_devices(devices);
        let next = mapping.head().read.0.load(Ordering::Acquire);
        let path = path.to_owned();
        Ok(Ring { mapping, path, next, acknowledged: next, unfinished: None })
    }

    /// The events since the last call, at most `most`. Their slots stay taken until
    /// [`Ring::acknowledge`].
    ///
    /// # Errors
    /// [`RingError::Damaged`].
    pub fn read(&mut self, most: usize) -> Result<Batch, RingError> {
        let mut batch = Batch::default();
        // Nobody takes more slots than there are before the first of them is freed.
        let end = self.acknowledged.wrapping_add(u64::from(self.mapping.slots()));
        while batch.events.len() < most && self.next != end {
            let (lap, slot) = self.mapping.slot(self.next);
            let word = slot.state.load(Ordering::Acquire);
            let state = SlotState::of(word);
            match state.phase {
                Phase::Retired => {}
                _ if state.lap > lap => {}
                _ if state.lap < lap => {
                    return Err(RingError::Damaged { path: self.path.clone() });
                }
                Phase::Free => break,
                Phase::Busy if is_patient(&mut self.unfinished, self.next) => break,
                Phase::Busy if retire(slot, word) => batch.lost += 1,
                Phase::Busy => continue,
                Phase::Full => match Event::read(&self.mapping.record(slot)) {
                    Ok((event, _)) => batch.events.push(event),
                    Err(_damage) => batch.lost += 1,
                },
            }
            self.next = self.next.wrapping_add(1);
        }
        Ok(batch)
    }

    /// Frees the slots of everything that was read: it is safe elsewhere.
    pub fn acknowledge(&mut self) {
        while self.acknowledged != self.next {
            let (lap, slot) = self.mapping.slot(self.acknowledged);
            let full = SlotState { lap, pid: 0, phase: Phase::Full }.word();
            let free = SlotState { lap: lap.wrapping_add(1), pid: 0, phase: Phase::Free }.word();
            // One that was retired stays so.
            let _ = slot.state.compare_exchange(full, free, Ordering::AcqRel, Ordering::Relaxed);
            self.acknowledged = self.acknowledged.wrapping_add(1);
        }
        self.mapping.head().read.0.store(self.next, Ordering::Release);
    }

    /// Sleeps until a job has put an event here, at most `at_most`. An agent that has read
    /// everything does well to linger some milliseconds before it comes here: a job that
    /// writes one file after another then wakes it seldom.
    pub fn wait(&self, at_most: Duration) -> Woken {
        let waiting = &self.mapping.head().waiting.0;
        waiting.store(1, Ordering::Relaxed);
        // Either a job sees that we sleep, or we see its event.
        fence(Ordering::SeqCst);
        let (_, slot) = self.mapping.slot(self.next);
        let state = SlotState::of(slot.state.load(Ordering::Acquire));
        let woken = match state.phase {
            Phase::Free => mapping::sleep(waiting, at_most),
            // A slot that never gets finished is no reason to spin.
            Phase::Busy => mapping::sleep(waiting, at_most.min(PATIENCE / 20)),
            Phase::Full | Phase::Retired => Woken::Events,
        };
        waiting.store(0, Ordering::Relaxed);
        woken
    }

    /// Events for which jobs found room neither here nor in the spool: if there are any, the
    /// tree has to be looked over.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.mapping.head().dropped.0.load(Ordering::Relaxed)
    }

    /// The same, and begins to count anew.
    pub fn forget_dropped(&mut self) -> u64 {
        self.mapping.head().dropped.0.swap(0, Ordering::Relaxed)
    }

    /// Tells jobs that nobody reads here any more, and removes the file. Jobs use the spool
    /// from then on, or a new ring of this name. What was not read is lost: read first.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn close(self) -> Result<(), RingError> {
        self.mapping.head().closed.store(1, Ordering::Release);
        std::fs::remove_file(&self.path).map_err(|error| RingError::Io {
            what: "remove",
            path: self.path,
            error,
        })
    }
}

/// Whether the process that has the slot of `ticket` is still given time.
fn is_patient(unfinished: &mut Option<(u64, Instant)>, ticket: u64) -> bool {
    match unfinished {
        Some((known, since)) if *known == ticket => since.elapsed() < PATIENCE,
        _ => {
            *unfinished = Some((ticket, Instant::now()));
            true
        }
    }
}

/// Takes a slot out of use; whether it was still as `word` says.
fn retire(slot: &Slot, word: u64) -> bool {
    let retired = SlotState { pid: 0, phase: Phase::Retired, ..SlotState::of(word) }.word();
    slot.state.compare_exchange(word, retired, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

const _: () = assert!(size_of::<Slot>() == SLOT_ROOM + 8);
