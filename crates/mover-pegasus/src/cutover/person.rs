//! Clients that a person leads: whether that was done, or may not be done any more, is decided
//! once, by who comes first to write one file in the move's state.

use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{CutoverContext, Evidence, SagaStep, SwitchEffect};
use boatlift_core::side::Side;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at whether the person has decided.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Between two looks at whether what was proved holds.
const PROVE_EVERY: Duration = Duration::from_secs(1);
/// What the file says when clients were led to UPPER.
const SWITCHED: &str = "switched";
/// What it says when that is too late.
const SPOILED: &str = "spoiled";
/// Leads the names of both files of a cutover.
const PREFIX: &str = "switch-";
/// Ends the name of the file that says that a person is waited for.
const ASKED: &str = ".asked";
/// Under what name Precheck keeps in which term the cutover began.
pub(super) const BEGUN: &str = "begun";

/// The decision of a person.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The move's state directory.
    pub(super) state: PathBuf,
    /// Whither clients are led.
    pub(super) to: Side,
}

impl Person {
    /// Waits until the person says that clients were led to UPPER, and looks meanwhile that what was
    /// proved holds: where it does not, it is too late to say so.
    pub(super) async fn switch(
        &self,
        context: &CutoverContext<'_>,
        holds: impl AsyncFn() -> Result<()>,
    ) -> Result<Evidence> {
        let term = context.fact(SagaStep::Precheck, BEGUN)?;
        self.write_once(&format!("{PREFIX}{term}{ASKED}"), "")?;
        tracing::warn!(
            to = %self.to,
            "writes are refused: lead clients there now, then run `boatlift cutover MOVE --switched`"
        );
        let mut proved = Instant::now();
        let mut broken = None;
        loop {
            let decision = self.decision(term)?;
            if decision.is_none() && broken.is_none() && proved.elapsed() >= PROVE_EVERY {
                broken = holds().await.err();
                proved = Instant::now();
            }
            match (decision.as_deref(), broken.take()) {
                (Some(SWITCHED), None) => return self.switched(holds().await),
                (Some(SWITCHED), Some(error)) => return self.switched(Err(error)),
                (Some(_), None) => {
                    return Err(Error::new(Code::SagaFailed, "cannot switch").because("spoiled"));
                }
                (Some(_), Some(error)) => return Err(error),
                (None, Some(error)) => {
                    // The person may have come first: the next look at the decision says so.
                    self.write_once(&format!("{PREFIX}{term}"), SPOILED)?;
                    broken = Some(error);
                }
                (None, None) if (context.halted)() => {
                    return Err(Error::new(
                        Code::DeadlinePassed,
                        format!("nobody said in time that clients were led to {}", self.to),
                    ));
                }
                (None, None) => sleep(LOOK_EVERY).await,
            }
        }
    }

    /// Clients were led over, which nobody here can take back. If the proof broke before, the
    /// person has to know.
    fn switched(&self, holds: Result<()>) -> Result<Evidence> {
        let evidence = Evidence::default().with("by", "a person");
        match holds {
            Ok(()) => Ok(evidence),
            Err(error) => {
                tracing::error!(%error, to = %self.to, "a write may be missing there: compare rows");
                Ok(evidence.with("proof", format!("did not hold to the end: {error}")))
            }
        }
    }

    pub(super) fn read(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let decision = self.decision(context.fact(SagaStep::Precheck, BEGUN)?)?;
        Ok(match decision.as_deref() {
            Some(SWITCHED) => SwitchEffect::Taken,
            Some(_) => SwitchEffect::Spoiled,
            None => SwitchEffect::NotTaken,
        })
    }

    pub(super) fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let term = context.fact(SagaStep::Precheck, BEGUN)?;
        self.write_once(&format!("{PREFIX}{term}"), SPOILED)?;
        self.read(context)
    }

    fn decision(&self, term: &str) -> Result<Option<String>> {
        let path = self.state.join(format!("{PREFIX}{term}"));
        match std::fs::read_to_string(&path) {
            Ok(decision) => Ok(Some(decision)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unwritable(&path, &error)),
        }
    }

    /// Makes a file with its text, durably, unless it is there: then it stays as it is.
    fn write_once(&self, name: &str, text: &str) -> Result<()> {
        let path = self.state.join(name);
        let new = self.state.join(format!("{name}.{}.new", std::process::id()));
        let written = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            match std::fs::hard_link(&new, &path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => std::fs::remove_file(&new)?,
            }
            File::open(&self.state)?.sync_all()
        };
        written().map_err(|error| unwritable(&path, &error))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::StateIo, "cannot keep the decision about a switch in")
        .on(path.display())
        .because(error)
}

/// Says, for a person, that clients were led where the open cutover leads them.
///
/// # Errors
/// [`Code::NotReady`] when no cutover waits for that, [`Code::DeadlinePassed`] when it is too
/// late: LOWER takes writes again.
pub fn say_switched(state: &Path) -> Result<()> {
    let person = Person { state: state.to_owned(), to: Side::Upper };
    let unreadable = |error| unwritable(state, &error);
    let mut terms = Vec::new();
    for entry in state.read_dir().map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let term = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(ASKED));
        terms.extend(term.and_then(|term| term.parse::<u64>().ok()));
    }
    let term = terms.into_iter().max().ok_or_else(|| {
        Error::new(Code::NotReady, "cannot say that clients were led")
            .because("no cutover waits for that: writes are not refused")
    })?;
    person.write_once(&format!("{PREFIX}{term}"), SWITCHED)?;
    match person.decision(&term.to_string())?.as_deref() {
        Some(SWITCHED) => Ok(()),
        _ => Err(Error::new(Code::DeadlinePassed, "clients must be led back:")
            .because("it was too late, and writes are taken again where they came from")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::side::Term;
    use std::collections::BTreeMap;

    /// A step that is to end at once.
    fn context<T>(term: u64, ask: impl FnOnce(&CutoverContext<'_>) -> T) -> T {
        in_context(term, true, ask)
    }

    /// A step that may wait.
    fn patiently<T>(term: u64, ask: impl FnOnce(&CutoverContext<'_>) -> T) -> T {
        in_context(term, false, ask)
    }

    fn in_context<T>(term: u64, is_late: bool, ask: impl FnOnce(&CutoverContext<'_>) -> T) -> T {
        let precheck = Evidence::default().with(BEGUN, term);
        let evidence = BTreeMap::from([(SagaStep::Precheck, precheck)]);
        let halted = || is_late;
        let term = Term(term);
        ask(&CutoverContext { group: 0, term, evidence: &evidence, before: None, halted: &halted })
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn a_proof_that_breaks_while_a_person_is_waited_for_makes_it_too_late() {
        let state = tempfile::tempdir().expect("a directory");
        let person = Person { state: state.path().to_owned(), to: Side::Upper };
        let moved = async || Err(Error::new(Code::SagaFailed, "a primary moved"));
        let error =
            patiently(5, |context| wait(person.switch(context, moved)).expect_err("broken"));
        assert_eq!(error.tried, "a primary moved");
        let error = say_switched(state.path()).expect_err("too late");
        assert_eq!(error.code, Code::DeadlinePassed);

        context(6, |context| {
            wait(person.switch(context, async || Ok(()))).expect_err("nobody answers yet")
        });
        say_switched(state.path()).expect("in time");
        let evidence = patiently(6, |context| wait(person.switch(context, moved)).expect("led"));
        assert!(evidence.get("proof").is_some_and(|told| told.contains("a primary moved")));
    }

    #[test]
    fn whoever_comes_first_decides() {
        let state = tempfile::tempdir().expect("a directory");
        let person = Person { state: state.path().to_owned(), to: Side::Upper };
        let error = say_switched(state.path()).expect_err("nobody asked");
        assert_eq!(error.code, Code::NotReady);

        let late = context(3, |context| {
            wait(person.switch(context, async || Ok(()))).expect_err("nobody answers")
        });
        assert_eq!(late.code, Code::DeadlinePassed);
        assert_eq!(context(3, |context| person.read(context)), Ok(SwitchEffect::NotTaken));
        assert_eq!(context(3, |context| person.spoil(context)), Ok(SwitchEffect::Spoiled));
        let error = say_switched(state.path()).expect_err("too late");
        assert_eq!(error.code, Code::DeadlinePassed);

        context(4, |context| {
            wait(person.switch(context, async || Ok(()))).expect_err("nobody answers yet")
        });
        say_switched(state.path()).expect("in time");
        say_switched(state.path()).expect("twice is no harm");
        assert_eq!(context(4, |context| person.spoil(context)), Ok(SwitchEffect::Taken));
        context(4, |context| wait(person.switch(context, async || Ok(()))).expect("it was said"));
    }
}
