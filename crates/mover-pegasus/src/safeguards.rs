//! What keeps a cutover from losing a write, each by its name.
//!
//! All of it is in force in whatever is shipped. A build for the test harness (the feature
//! `harness`) can leave one out, so that the harness is seen to notice.

/// A safeguard of the cutover. One more is ZooKeeper's: an entry is set only as long as it is the
/// one that was read before the fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safeguard {
    /// Each primary is asked whether it refuses writes: that a variable was set says nothing.
    Probe,
    /// A bound is the last decree of a partition at which all that was begun is decided.
    Rest,
    /// What a primary said counts as long as it is the primary, and in the same term.
    Ballot,
    /// A switch that was asked for is made impossible before the fence is lifted.
    Spoiling,
}

/// The safeguards in force: all of them by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Safeguards {
    left_out: Option<Safeguard>,
}

impl Safeguards {
    /// All but one.
    #[cfg(feature = "harness")]
    #[must_use]
    pub fn without(safeguard: Safeguard) -> Safeguards {
        Safeguards { left_out: Some(safeguard) }
    }

    /// Whether a safeguard is in force.
    pub(crate) fn has(self, safeguard: Safeguard) -> bool {
        self.left_out != Some(safeguard)
    }
}
