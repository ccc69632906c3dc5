//! How users are handed over, and when: the options that `cutover` and `run` have in common.

use super::values;
use crate::movefile::MoveFile;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::lift::{Begin, Handover};
use boatlift_mover_pegasus::config::Mode;
use clap::Args;
use jiff::Timestamp;
use std::str::FromStr;
use std::time::Duration;

/// How long users may be refused, where nothing is said: a metastore's tables, and a table of
/// Pegasus, whose clients wait.
const MAX_REJECT: Duration = Duration::from_secs(30 * 60);
const MAX_REJECT_PEGASUS: Duration = Duration::from_secs(30);
/// Of Pegasus tables, where a tail sticks now and then.
const ATTEMPTS_PEGASUS: u32 = 5;

/// How users are handed over.
#[derive(Debug, Args)]
pub(crate) struct HandoverArgs {
    /// Undo everything if writes would be refused for longer than this [default: 30min; of Pegasus
    /// tables 30s, what `manual-window` comes to where clients are led by hand, or `max-freeze` of
    /// tables that are copied]
    #[arg(long, value_name = "TIME", value_parser = values::interval)]
    max_reject: Option<Duration>,
    /// How long the steps before the fence may take
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = values::interval)]
    prepare: Duration,
    /// Try so often, when a cutover was undone by what may pass [default: 1; of Pegasus tables 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: Option<u32>,
}

impl HandoverArgs {
    /// The cutover that is wanted of this move.
    pub(crate) fn wanted(&self, begin: Begin, file: &MoveFile) -> Handover {
        let usual = match &file.pegasus {
            None => Some(MAX_REJECT),
            Some(pegasus) if pegasus.mode == Mode::Copy => Some(pegasus.copy.max_freeze.0),
            Some(_) if is_led_by_hand(file) => None,
            Some(_) => Some(MAX_REJECT_PEGASUS),
        };
        Handover { begin, prepare: self.prepare, max_reject: self.max_reject.or(usual) }
    }

    /// How often it is tried.
    pub(crate) fn attempts(&self, file: &MoveFile) -> u32 {
        let usual = if file.pegasus.is_some() { ATTEMPTS_PEGASUS } else { 1 };
        self.attempts.unwrap_or(usual)
    }
}

/// Whether a person leads the move's users, and no program.
pub(crate) fn is_led_by_hand(file: &MoveFile) -> bool {
    file.pegasus.as_ref().is_some_and(|pegasus| pegasus.authority.is_none())
}

/// When a run hands the users over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutoverWhen {
    /// Not by itself: `boatlift cutover` does.
    Manual,
    /// As soon as nothing stands against it.
    Auto,
    /// At a time.
    At(Timestamp),
}

impl CutoverWhen {
    /// When the run's cutover begins; `None` for a run without one.
    ///
    /// # Errors
    /// [`Code::Usage`] when that time has passed.
    pub(crate) fn begin(self) -> Result<Option<Begin>> {
        match self {
            CutoverWhen::Manual => Ok(None),
            CutoverWhen::Auto => Ok(Some(Begin::Ready)),
            CutoverWhen::At(at) if at <= Timestamp::now() => {
                Err(Error::new(Code::Usage, "cannot begin a cutover at")
                    .on(at)
                    .because("that has passed"))
            }
            CutoverWhen::At(at) => {
                Ok(Some(Begin::At(u64::try_from(at.as_millisecond()).unwrap_or(0))))
            }
        }
    }
}

impl FromStr for CutoverWhen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("at=")) {
            ("manual", _) => Ok(CutoverWhen::Manual),
            ("auto", _) => Ok(CutoverWhen::Auto),
            (_, Some(at)) => at.parse().map(CutoverWhen::At).map_err(|_| {
                format!("`{at}` is no time with its zone (such as 2026-11-22T03:00:00+01:00)")
            }),
            _ => Err("it is `manual`, `auto` or `at=TIME`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_zone() {
        let at = "at=2126-11-22T03:00:00+01:00".parse::<CutoverWhen>();
        let begin = at.expect("a time").begin().expect("to come");
        assert_eq!(begin, Some(Begin::At(4_950_986_400_000)));
        assert_eq!("manual".parse(), Ok(CutoverWhen::Manual));
        for bad in ["at=2126-11-22T03:00:00", "at=03:00", "at=", "soon"] {
            assert!(bad.parse::<CutoverWhen>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_that_has_passed_is_refused() {
        let at = "at=2020-01-01T00:00:00Z".parse::<CutoverWhen>().expect("a time");
        assert_eq!(at.begin().expect_err("too late").code, Code::Usage);
    }
}
