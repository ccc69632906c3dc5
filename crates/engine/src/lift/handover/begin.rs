//! When a cutover begins: at once, at a time, or when nothing stands against it any more. Until
//! then the move follows LOWER, pass by pass.

use super::drained::Drained;
use super::{Lift, millis};
use crate::report::time;
use crate::saga::{Clock, SystemClock};
use boatlift_core::error::Result;
use boatlift_core::saga::{Condition, Cutover};
use std::fmt;
use std::time::Duration;

/// The rest between two passes of a move whose file names none.
const REST: Duration = Duration::from_secs(10);

/// When a cutover begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// At once: what stands against it is an error.
    Now,
    /// As soon as nothing stands against it.
    Ready,
    /// At a time, in milliseconds since 1970. What stands against it then is an error.
    At(u64),
}

/// Why a cutover does not begin yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// Something stands against it.
    For(Vec<Condition>),
    /// It is not time, which is in milliseconds since 1970.
    Until(u64),
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Waiting::For(unmet) => {
                let told = unmet.iter().map(|unmet| format!("{}: {}", unmet.what, unmet.seen));
                write!(f, "the cutover waits: {}", told.collect::<Vec<_>>().join("; "))
            }
            Waiting::Until(at_ms) => {
                let at = time(i64::try_from(*at_ms).unwrap_or(i64::MAX));
                write!(f, "the cutover waits until {at}")
            }
        }
    }
}

impl Lift {
    /// Passes until a cutover may begin; tells why it does not, whenever that is something else.
    pub(super) fn wait_to_begin(
        &self,
        begin: Begin,
        drained: &Drained<'_>,
        told: &dyn Fn(&Waiting),
    ) -> Result<()> {
        let mut before = None;
        while let Some((waiting, rest)) = self.waits_for(begin, drained)? {
            if before.as_ref() != Some(&waiting) {
                told(&waiting);
                before = Some(waiting);
            }
            self.pace.wait(rest).map_err(|_| crate::schedule::interrupted())?;
        }
        Ok(())
    }

    /// Why it does not begin yet, and how long to rest; `None` when it may.
    fn waits_for(
        &self,
        begin: Begin,
        drained: &Drained<'_>,
    ) -> Result<Option<(Waiting, Duration)>> {
        let rest = self.spec.follow.unwrap_or(REST);
        match begin {
            Begin::Now => Ok(None),
            Begin::Ready => {
                self.follow_once(drained)?;
                let unmet = unmet(drained.conditions()?);
                Ok((!unmet.is_empty()).then_some((Waiting::For(unmet), rest)))
            }
            Begin::At(at_ms) => {
                let left = || at_ms.saturating_sub(SystemClock::new().now_ms());
                if left() > millis(rest) {
                    self.follow_once(drained)?;
                }
                let left = Duration::from_millis(left());
                Ok((!left.is_zero()).then_some((Waiting::Until(at_ms), rest.min(left))))
            }
        }
    }

    fn follow_once(&self, drained: &Drained<'_>) -> Result<()> {
        self.pass_once(drained.term)?;
        self.keep_up()
    }
}

fn unmet(conditions: Vec<Condition>) -> Vec<Condition> {
    conditions.into_iter().filter(|condition| !condition.holds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_tells_for_what() {
        let condition = |what: &str, holds| Condition {
            what: what.to_owned(),
            holds,
            seen: "1 of 2".to_owned(),
        };
        let unmet = unmet(vec![condition("all is in step", false), condition("it is open", true)]);
        let told = Waiting::For(unmet).to_string();
        assert_eq!(told, "the cutover waits: all is in step: 1 of 2");
        assert!(Waiting::Until(0).to_string().contains("1970"));
    }
}
