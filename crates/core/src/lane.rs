//! Lanes: the way a page of items goes from one store to the other.
//!
//! A lane carries a page per turn and answers one outcome per item. It asks for pace
//! before it acts and never retries: retries live in the engine alone.

use crate::error::Error;
use crate::outcome::{Indexed, Outcome};
use crate::page::Page;
use crate::policy::Verify;
use crate::side::Side;

/// What is to be done with one entry of a page. The mover derives it from the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make a directory, not yet with its final attributes; in place of what is no
    /// directory only if [`crate::Entry::partner`] names it.
    MakeDirectory,
    /// Carry content and attributes.
    Carry,
    /// Read both sides; carry when they differ.
    CompareAndCarry,
    /// Rename what UPPER has under [`crate::Entry::partner`]; carry when that is not as agreed.
    Rename,
    /// Make the key another name of the inode that [`crate::Facets::linked`] names.
    Link,
    /// Bring mode, owner, times and extended attributes in line; content stays.
    SetAttributes,
    /// Remove the key from UPPER, if it is still as the entry's `upper` says; a directory
    /// only when it is empty.
    Remove,
    /// Look at the key on UPPER, and compare with what LOWER says in the entry.
    Look,
    /// Read the content on UPPER, and compare with the entry's digest, or with LOWER.
    ReadBack,
}

/// A page and what to do with which of its entries, in the order given.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// The entries.
    pub page: &'a Page,
    /// Indices into the page, each with its step.
    pub steps: &'a [(u32, Step)],
    /// Owner and group are to be kept.
    pub owners: bool,
}

/// Which verification a turn is of. One that was broken off goes on as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyJob {
    /// How.
    pub mode: Verify,
    /// Tells it from the others, and draws its sample.
    pub seed: u64,
}

/// A person, a deadline or a newer term asked the work to end. What is not answered yet
/// stays undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Why a part of a step ended before the step's end.
#[derive(Debug)]
pub enum Halt {
    /// The pace said stop: the step was undone and has no outcome.
    Stopped,
    /// The step has this outcome.
    Told(Outcome),
}

/// The result of a part of a step.
pub type Part<T> = std::result::Result<T, Halt>;

impl From<Stopped> for Halt {
    fn from(_: Stopped) -> Self {
        Halt::Stopped
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Told(Outcome::Failed(error))
    }
}

/// What a lane and a listing ask before they act: pace, and whether to go on.
pub trait Pace: Send + Sync {
    /// Waits until `operations` and `bytes` may be spent on `side`, and counts them.
    ///
    /// # Errors
    /// [`Stopped`] when the work is to end; nothing was spent then.
    fn spend(&self, side: Side, operations: u64, bytes: u64) -> Result<(), Stopped>;
}

/// The way from one store to another.
pub trait Lane: Send + Sync {
    /// Its name in reports: `local`, `ssh`, `stream`.
    fn name(&self) -> &'static str;

    /// Makes the steps of one turn and answers each with its outcome. Entries without an
    /// outcome were not begun, or left without trace, because the pace said stop.
    ///
    /// Carrying the same turn again, after a crash at any instant, is harmless.
    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed>;

    /// The same for a turn of a verification, whose steps are [`Step::Look`] or [`Step::ReadBack`].
    /// A lane whose items are large notes how far each is, and goes on in the same verification.
    fn verify(&self, turn: &Turn<'_>, job: VerifyJob, pace: &dyn Pace) -> Vec<Indexed> {
        let _ = job;
        self.carry(turn, pace)
    }

    /// Brings the attributes of UPPER's root itself in line with LOWER's: a root has no key
    /// of its own. Stores whose roots have no attributes leave it as it is.
    ///
    /// Idempotent: what does not differ is not touched.
    ///
    /// # Errors
    /// When an attribute cannot be read or set.
    fn align_roots(&self, owners: bool) -> crate::Result<()> {
        let _ = owners;
        Ok(())
    }
}
