//! What must hold before a cutover, for people: the same list that the run checks.

use boatlift_core::saga::{Bounds, Condition};
use boatlift_core::{Code, Cutover, Error, Result, SagaStep};
use std::fmt;

/// A cutover that was looked at and not begun. Its text is what a dry run prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// What must hold, and whether it does.
    pub conditions: Vec<Condition>,
    /// When it would give up, or why it cannot promise that.
    pub bounds: Result<Bounds>,
}

impl Rehearsal {
    /// Whether nothing stands against beginning now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.bounds.is_ok() && self.conditions.iter().all(|condition| condition.holds)
    }
}

impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |holds: bool| if holds { '✓' } else { '✗' };
        for Condition { what, holds, seen } in &self.conditions {
            writeln!(f, "{} {what}: {seen}", sign(*holds))?;
        }
        match &self.bounds {
            Err(error) => writeln!(f, "{} {error}", sign(false))?,
            Ok(bounds) => writeln!(
                f,
                "{} writes are refused for at most {} ms: the switch is asked for within {} ms \
                 or not at all, its answer takes {} ms, undoing {} ms",
                sign(true),
                bounds.budget_ms + bounds.switch_ms + bounds.undo_ms,
                bounds.budget_ms,
                bounds.switch_ms,
                bounds.undo_ms
            )?,
        }
        let steps: Vec<&str> = SagaStep::ALL.iter().map(|step| step.word()).collect();
        write!(f, "steps: {}", steps.join(", "))
    }
}

/// Looks at everything that a cutover begun at `now_ms` would need. Changes nothing.
///
/// # Errors
/// When the conditions cannot be listed at all.
pub fn rehearse(
    cutover: &dyn Cutover,
    now_ms: u64,
    prepare_ms: u64,
    max_reject_ms: u64,
) -> Result<Rehearsal> {
    let conditions = cutover.conditions()?;
    let bounds = cutover
        .latencies()
        .and_then(|latencies| Bounds::plan(now_ms, prepare_ms, max_reject_ms, latencies));
    Ok(Rehearsal { conditions, bounds })
}

/// Refuses to go on when a condition does not hold.
///
/// # Errors
/// [`Code::NotReady`] with every such condition.
pub(crate) fn demand(cutover: &dyn Cutover) -> Result<()> {
    let unmet: Vec<String> = cutover
        .conditions()?
        .into_iter()
        .filter(|condition| !condition.holds)
        .map(|condition| format!("{}: {}", condition.what, condition.seen))
        .collect();
    match unmet.is_empty() {
        true => Ok(()),
        false => Err(Error::new(Code::NotReady, "not everything holds that a cutover needs")
            .because(unmet.join("; "))),
    }
}
