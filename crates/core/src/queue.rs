//! Queues: bundles of work on their way to whoever carries them.

use crate::side::Term;
use serde::{Deserialize, Serialize};

/// A slice of a plan's pages: what is scheduled, journaled, retried and handed to a
/// worker. It names no root and no command: those come from the worker's own move file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The move's id.
    pub move_id: String,
    /// The term in which it was cut; a worker of a newer term drops it.
    pub term: Term,
    /// The plan's number.
    pub plan: u64,
    /// Index of the route within the plan's group.
    pub route: u32,
    /// Index of the stage within the mover's stages.
    pub stage: u32,
    /// Number within plan and stage.
    pub number: u32,
    /// Pages, by their number in the plan's difference, in the order to be carried.
    pub pages: Vec<u32>,
}

/// A bundle taken, to be acknowledged when its receipt is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The queue's own name for this delivery.
    pub tag: u64,
    /// The work.
    pub bundle: Bundle,
}

/// A queue with competing takers. What was taken and never acknowledged comes again.
pub trait Queue: Send + Sync {
    /// Adds a bundle. Returns once the queue has taken responsibility for it.
    ///
    /// # Errors
    /// When it has not.
    fn publish(&self, bundle: Bundle) -> crate::Result<()>;

    /// Takes the next bundle, waiting for one; `None` when the queue is closed and empty.
    ///
    /// # Errors
    /// When the queue cannot be reached.
    fn take(&self) -> crate::Result<Option<Taken>>;

    /// Says that the receipt of `tag` is durable.
    ///
    /// # Errors
    /// When the queue cannot be reached; the bundle will come again then.
    fn acknowledge(&self, tag: u64) -> crate::Result<()>;
}
