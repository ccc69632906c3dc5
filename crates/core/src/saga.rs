//! The cutover saga: its steps, its events and every legal order of them.

use serde::{Deserialize, Serialize};

/// A step of the cutover, or of its undo, as journaled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SagaEvent {}
