//! Leavings: whatever we put on a system before it is final.

use crate::still::Still;
use serde::{Deserialize, Serialize};

/// Something of ours on a system. Journaled before it is made, and adopted or removed
/// after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Leaving {
    /// Temporary names beside the destinations of a plan's entries.
    Temporaries {
        /// The plan's number.
        plan: u64,
    },
    /// The mark with identity and term at the root of UPPER.
    Mark,
    /// A still image of LOWER, from which a plan of a group is made and carried out.
    Still {
        /// The group's number.
        group: u32,
        /// The group's route.
        route: u32,
        /// The image.
        still: Still,
    },
    /// A setting of a foreign system that a cutover changed, with its former value.
    Setting {
        /// What was changed.
        name: String,
        /// The value to restore; `None` when it was not set.
        former: Option<String>,
    },
}
