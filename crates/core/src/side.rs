//! Where things live and which way they go: sides, direction and term.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the two places. The names belong to the places for life: a reversal
/// changes the [`Direction`], never which side is called LOWER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The old cluster.
    Lower,
    /// The new cluster.
    Upper,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Lower => "LOWER",
            Side::Upper => "UPPER",
        })
    }
}

/// Which side feeds the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// LOWER feeds UPPER: the usual way.
    Up,
    /// UPPER feeds LOWER: after a reversal.
    Down,
}

/// A number raised each time a move is opened for writing and each time it is
/// reversed. Whoever finds a newer one stops; results of an older one are hints.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Term(pub u64);

impl Term {
    /// The term that follows this one.
    #[must_use]
    pub fn next(self) -> Term {
        Term(self.0 + 1)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "term {}", self.0)
    }
}
