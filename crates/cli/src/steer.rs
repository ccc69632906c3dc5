//! Commands on their way: to the process that runs the move, else into its journal, where
//! the next run finds them.

use crate::output::Output;
use crate::place::Place;
use boatlift_core::command::{Command, Signed};
use boatlift_core::limits::Limits;
use boatlift_core::{Code, Error, Event, Result};
use boatlift_engine::journal::{Journal, read_view};
use boatlift_engine::state::StateDir;
use boatlift_web::Client;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The running process took it.
    Taken,
    /// It is recorded for the next run.
    Recorded,
}

/// Gives commands, and tells what became of them.
///
/// # Errors
/// What the running process said; [`Code::StateBusy`] when the move is run by a process
/// that does not listen; [`Code::NotRunning`] when only a running move could obey.
pub(crate) fn give(place: &Place, commands: Vec<Command>, output: &Output) -> Result<Given> {
    let state = StateDir::open(&place.directory)?;
    let by = person();
    let signed = commands.into_iter().map(|command| Signed { command, by: by.clone() });
    let given = match Client::connect(&state) {
        Ok(mut client) => tell(&mut client, signed),
        Err(error) if error.code == Code::NotRunning => record(&state, place, signed),
        Err(error) => Err(error),
    }?;
    match (given, output.json) {
        (given, true) => output.document(&serde_json::json!({ "given": given.word() }))?,
        (Given::Taken, false) => output.say("the running move took it"),
        (Given::Recorded, false) => output.say("recorded: the next run obeys it"),
    }
    Ok(given)
}

/// Whether a process runs the move and listens.
pub(crate) fn is_running(place: &Place) -> bool {
    StateDir::open(&place.directory).is_ok_and(|state| Client::connect(&state).is_ok())
}

/// The limits in force: those of the running process, else those that were set last, else
/// those of the move file.
///
/// # Errors
/// When none of them can be read.
pub(crate) fn limits(place: &Place) -> Result<Limits> {
    let state = StateDir::open(&place.directory)?;
    match Client::connect(&state) {
        Ok(mut client) => match client.status()?.limits {
            Some(limits) => Ok(limits),
            None => Ok(place.file()?.limits),
        },
        Err(error) if error.code == Code::NotRunning => recorded_limits(&state, place),
        Err(error) => Err(error),
    }
}

/// Who gives commands here, for the journal: a note for people, not a proof.
pub(crate) fn person() -> String {
    let named = |name: &str| std::env::var(name).ok().filter(|user| !user.is_empty());
    let user = named("USER").or_else(|| named("LOGNAME"));
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    match named("SUDO_USER") {
        Some(before) if before != user => format!("{user} (sudo by {before})"),
        _ => user,
    }
}

fn recorded_limits(state: &StateDir, place: &Place) -> Result<Limits> {
    match read_view(&state.journal_path())?.limits {
        Some(limits) => Ok(limits),
        None => Ok(place.file()?.limits),
    }
}

fn tell(client: &mut Client, signed: impl Iterator<Item = Signed>) -> Result<Given> {
    for signed in signed {
        client.command(&signed)?;
    }
    Ok(Given::Taken)
}

fn record(state: &StateDir, place: &Place, signed: impl Iterator<Item = Signed>) -> Result<Given> {
    let _lock = state.lock()?;
    let journal = Journal::open(&state.journal_path())?;
    for signed in signed {
        let event = event_of(signed, || recorded_limits(state, place))?;
        journal.commit(event)?;
    }
    Ok(Given::Recorded)
}

/// The event by which a command is recorded while nobody runs the move.
fn event_of(signed: Signed, limits: impl FnOnce() -> Result<Limits>) -> Result<Event> {
    let Signed { command, by } = signed;
    Ok(match command {
        Command::Pause => Event::Paused { by },
        Command::Resume => Event::Resumed { by },
        Command::Skip { key, reason } => Event::SkipAsked { key, reason, by },
        Command::Retry { key } => Event::RetryAsked { key, by },
        Command::Approve { plan } => Event::PlanApproved { plan, by },
        Command::SetLimits { side, limits: new } => {
            let mut limits = limits()?;
            *limits.of_mut(side) = new;
            Event::LimitsSet { limits, by }
        }
        Command::SetJobs { jobs } => {
            Event::LimitsSet { limits: Limits { jobs: Some(jobs), ..limits()? }, by }
        }
        Command::Stop => {
            return Err(Error::new(Code::NotRunning, "cannot stop what does not run"));
        }
    })
}

impl Given {
    fn word(self) -> &'static str {
        match self {
            Given::Taken => "taken",
            Given::Recorded => "recorded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Side;
    use boatlift_core::limits::SideLimits;

    #[test]
    fn limits_of_one_side_leave_the_other_as_it_was() {
        let lower = SideLimits { rate: "1M".parse().expect("a limit"), ..SideLimits::default() };
        let upper = SideLimits { ops: "100".parse().expect("a limit"), ..SideLimits::default() };
        let before = Limits { lower: lower.clone(), ..Limits::default() };
        let command = Command::SetLimits { side: Side::Upper, limits: upper.clone() };
        let signed = Signed { command, by: "me".into() };
        let Ok(Event::LimitsSet { limits, by }) = event_of(signed, || Ok(before)) else {
            panic!("limits are recorded as an event");
        };
        assert_eq!((limits.lower, limits.upper, by.as_str()), (lower, upper, "me"));
    }

    #[test]
    fn nothing_can_be_stopped_that_does_not_run() {
        let signed = Signed { command: Command::Stop, by: "me".into() };
        let error = event_of(signed, || Ok(Limits::default())).expect_err("refused");
        assert_eq!(error.code, Code::NotRunning);
    }
}
