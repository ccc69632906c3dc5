//! When a cutover gives up, so that users are refused no longer than was promised.

use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// How long the parts of a cutover take on a system, at worst, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latencies {
    /// From the intent of Fence to the intent of Switch.
    pub window_ms: u64,
    /// From the request of the Switch to its answer.
    pub switch_ms: u64,
    /// From the decision to undo until LOWER accepts writes again.
    pub undo_ms: u64,
}

impl Latencies {
    /// From the intent of Fence until LOWER accepts writes again, when all of it is needed.
    #[must_use]
    pub fn total_ms(&self) -> u64 {
        self.window_ms.saturating_add(self.switch_ms).saturating_add(self.undo_ms)
    }
}

/// When a cutover gives up. Fixed before it begins.
///
/// ```text
/// fence            budget           switch_ms         undo_ms
///   |--------------------------------|-----------------|-----------------|
///   refused from here      the run's deadline   the guard's deadline   accepted again
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// Fence must be intended before this time, in milliseconds since 1970.
    pub fence_by_ms: u64,
    /// From the intent of Fence to the last instant at which the Switch may be asked for.
    pub budget_ms: u64,
    /// What a Switch asked for at that instant may still take.
    pub switch_ms: u64,
    /// What the undo may take.
    pub undo_ms: u64,
}

impl Bounds {
    /// The bounds of a cutover that begins now, prepares for at most `prepare_ms` and has
    /// users refused for at most `max_reject_ms`, even when the run dies and the guard undoes.
    ///
    /// # Errors
    /// When that cannot be kept on a system as slow as `latencies` says.
    pub fn plan(
        now_ms: u64,
        prepare_ms: u64,
        max_reject_ms: u64,
        latencies: Latencies,
    ) -> Result<Bounds> {
        let Latencies { window_ms, switch_ms, undo_ms } = latencies;
        let kept_back = switch_ms.saturating_add(undo_ms);
        let budget_ms = max_reject_ms.saturating_sub(kept_back);
        if budget_ms == 0 || budget_ms < window_ms {
            return Err(Error::new(Code::Usage, "cannot promise to refuse writes for at most")
                .on(format!("{max_reject_ms} ms"))
                .because(format!(
                    "here it takes {window_ms} ms from the fence to the switch, {switch_ms} ms to \
                     switch and {undo_ms} ms to undo"
                )));
        }
        Ok(Bounds { fence_by_ms: now_ms.saturating_add(prepare_ms), budget_ms, switch_ms, undo_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Latencies = Latencies { window_ms: 600, switch_ms: 100, undo_ms: 1_000 };

    #[test]
    fn the_undo_is_in_force_when_the_promise_ends() {
        let bounds = Bounds::plan(50, 10, 2_000, SLOW).expect("possible");
        assert_eq!(bounds.fence_by_ms, 60);
        assert_eq!(bounds.budget_ms + bounds.switch_ms + bounds.undo_ms, 2_000);
    }

    #[test]
    fn a_promise_that_cannot_be_kept_is_refused() {
        assert!(Bounds::plan(0, 0, 1_700, SLOW).is_ok());
        for max_reject_ms in [0, 999, 1_100, 1_699] {
            let refused = Bounds::plan(0, 0, max_reject_ms, SLOW);
            assert_eq!(refused.map_err(|error| error.code), Err(Code::Usage), "{max_reject_ms}");
        }
    }

    #[test]
    fn no_time_at_all_is_never_a_budget() {
        assert!(Bounds::plan(0, 0, 0, Latencies::default()).is_err());
    }
}
