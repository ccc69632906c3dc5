//! `boatlift set`: change limits, also while the move runs.

use crate::args::values::SideTimetable;
use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::output::Output;
use crate::{running, steer};
use boatlift_core::limits::Limits;
use boatlift_core::{Command, Result};
use clap::Args;
use std::str::FromStr;

/// The arguments of `set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    #[command(flatten)]
    target: MoveArg,
    /// `rate=LIMIT`, `ops=LIMIT` (for one side: `upper.rate=LIMIT`) or `jobs=N`; a LIMIT is
    /// `off`, a number a second (`200M`), or times of day (`08:00,50M 19:00,off`)
    #[arg(value_name = "NAME=VALUE", required = true)]
    settings: Vec<Setting>,
}

/// One limit to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Setting {
    Rate(SideTimetable),
    Ops(SideTimetable),
    Jobs(u32),
}

impl Set {
    /// Tells the running move, or records it for the next run.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let place = self.target.find(global)?;
        let before = steer::limits(&place)?;
        match self.commands(&before) {
            commands if commands.is_empty() => output.say("these limits are in force already"),
            commands => drop(steer::give(&place, commands, output)?),
        }
        Ok(Exit::Done)
    }

    fn commands(&self, before: &Limits) -> Vec<Command> {
        let mut after = before.clone();
        for setting in &self.settings {
            match setting {
                Setting::Rate(limit) => limit.set_rate(&mut after),
                Setting::Ops(limit) => limit.set_ops(&mut after),
                Setting::Jobs(jobs) => after.jobs = Some(*jobs),
            }
        }
        running::changes(before, &after)
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("`{text}` is no NAME=VALUE"))?;
        let (side, name) = match name.split_once('.') {
            Some((side @ ("lower" | "upper"), name)) => (Some(side), name),
            Some((side, _)) => return Err(format!("`{side}` is neither `lower` nor `upper`")),
            None => (None, name),
        };
        let limit = || match side {
            Some(side) => format!("{side}:{value}").parse(),
            None => value.parse(),
        };
        match (name, side, value.parse::<u32>()) {
            ("rate", _, _) => limit().map(Setting::Rate),
            ("ops", _, _) => limit().map(Setting::Ops),
            ("jobs", None, Ok(jobs @ 1..=1024)) => Ok(Setting::Jobs(jobs)),
            ("jobs", None, _) => Err(format!("`{value}` is no number of threads (1 to 1024)")),
            _ => Err(format!("there is no setting `{text}`: rate, ops or jobs")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Side;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        set: Set,
    }

    fn commands(words: &[&str], before: Limits) -> Vec<Command> {
        let words = ["set", "move"].iter().chain(words);
        Typed::try_parse_from(words).expect("well typed").set.commands(&before)
    }

    #[test]
    fn only_what_changes_is_commanded() {
        let before = Limits { jobs: Some(4), ..Limits::default() };
        let given = commands(&["upper.rate=200M", "jobs=4", "lower.ops=off"], before);
        assert_eq!(given.len(), 1, "{given:?}");
        let Command::SetLimits { side: Side::Upper, limits } = &given[0] else {
            panic!("{given:?}");
        };
        assert_eq!(limits.rate.at(0), Some(200 << 20));
    }

    #[test]
    fn settings_that_mean_nothing_are_refused() {
        for bad in ["rate", "rate=", "middle.rate=1M", "jobs=0", "upper.jobs=2", "speed=1"] {
            assert!(bad.parse::<Setting>().is_err(), "{bad}");
        }
    }
}
