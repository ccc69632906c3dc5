//! The journal: what happened to a move, and the state that follows from it.
//!
//! An SQLite file in write-ahead mode with `synchronous=FULL`. Events are only appended;
//! the state tables are changed in the same transaction, so that neither ever knows more
//! than the other. One process writes, by one thread; others read while it does. The
//! journal knows no system and no store, and nothing in it is a cache: what it holds is
//! evidence.

mod backup;
mod check;
mod fold;
mod line;
mod load;
#[cfg(test)]
mod proof;
mod rules;
mod schema;
mod tables;
mod upkeep;
mod view;
mod writer;

pub use backup::back_up;
pub use check::{CheckReport, check};
pub use upkeep::{VacuumReport, vacuum};
pub use view::{
    FoundHole, GroupState, HEAD, Head, Pair, PlanState, Roots, RunState, Skip, StageState,
    VerifyState, View,
};

use crate::database::{self, failed};
use boatlift_core::{Code, Error, Event, Result, Term};
use schema::JOURNAL;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use writer::{Message, Writer};

/// How many messages may wait for the writer before who records waits too.
const INBOX: usize = 8192;

/// An open journal, to be written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    inbox: Option<SyncSender<Message>>,
    writer: Option<JoinHandle<()>>,
}

impl Journal {
    /// Opens the journal at `path`, and makes one where there is none. The caller holds
    /// the move's [`crate::state::RunLock`].
    ///
    /// # Errors
    /// [`Code::StateNewer`] when a newer Boatlift wrote it, [`Code::StateDamaged`] when it
    /// is no journal or broken, [`Code::StateIo`] when the system refuses.
    pub fn open(path: &Path) -> Result<Journal> {
        let writer = Writer::new(database::open(path, &JOURNAL)?, path.to_owned());
        let (inbox, messages) = sync_channel(INBOX);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(&messages))
            .map_err(|error| crate::state::cannot("cannot start the writer of", path, error))?;
        Ok(Journal { path: path.to_owned(), inbox: Some(inbox), writer: Some(thread) })
    }

    /// Appends an event, durable within the time of a group commit. Events keep the order
    /// in which one thread recorded them. An error, or an event that is not legal, comes
    /// out of the next [`Journal::commit`] or [`Journal::sync`], and the journal takes
    /// nothing more.
    pub fn record(&self, event: Event) {
        self.send(Message::Record(Box::new(event)));
    }

    /// Appends an event; it and everything recorded before are durable when this returns.
    ///
    /// # Errors
    /// [`Code::Bug`] when the event is not legal now, and [`Code::PlanStale`] when it
    /// approves a plan that is not open: the journal is as before and goes on. Any other
    /// error is final.
    pub fn commit(&self, event: Event) -> Result<()> {
        self.ask(|answer| Message::Commit(Box::new(event), answer))
    }

    /// Appends an event as [`Journal::commit`] does, unless the journal holds a newer term
    /// than `term`: that is decided in the same transaction, also against other processes.
    ///
    /// # Errors
    /// [`Code::TermNewer`] then; else as [`Journal::commit`].
    pub fn commit_in_term(&self, term: Term, event: Event) -> Result<()> {
        self.ask(|answer| Message::CommitInTerm(term, Box::new(event), answer))
    }

    /// Waits until everything recorded so far is durable.
    ///
    /// # Errors
    /// What kept an event from being recorded.
    pub fn sync(&self) -> Result<()> {
        self.ask(Message::Sync)
    }

    /// Where the move stands after everything recorded so far.
    ///
    /// # Errors
    /// What kept an event from being recorded, or the journal from being read.
    pub fn view(&self) -> Result<View> {
        self.sync()?;
        read_view(&self.path)
    }

    /// Folds what bundles and verifications counted before `before_ms` into hourly sums
    /// and removes those events, except where the view still shows them. Says how many.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn fold_old(&self, before_ms: i64) -> Result<u64> {
        self.ask(|answer| Message::FoldOld(before_ms, answer))
    }

    fn ask<T>(&self, message: impl FnOnce(SyncSender<Result<T>>) -> Message) -> Result<T> {
        let (answer, answered) = sync_channel(1);
        self.send(message(answer));
        let gone = |_| Err(Error::new(Code::Bug, "the journal's writer is gone"));
        answered.recv().unwrap_or_else(gone)
    }

    /// A writer that is gone is noticed by whoever waits for its answer.
    fn send(&self, message: Message) {
        if let Some(inbox) = &self.inbox {
            drop(inbox.send(message));
        }
    }
}

impl Drop for Journal {
    /// Everything recorded is written before the journal is closed.
    fn drop(&mut self) {
        self.inbox.take();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the journal's writer panicked");
        }
    }
}

/// Where a move stands, read from its journal while another process may write it.
///
/// # Errors
/// [`Code::StateNewer`], [`Code::StateDamaged`] or [`Code::StateIo`].
pub fn read_view(path: &Path) -> Result<View> {
    let db = database::open_existing(path, &JOURNAL)?;
    let read = || {
        let transaction = db.unchecked_transaction()?;
        load::load(&transaction)
    };
    read().map_err(failed("cannot read journal", path))
}

/// Gives every event after number `after` to `each`, with its number and its time in
/// milliseconds since 1970. Events that were folded into hourly sums are missing.
///
/// # Errors
/// As [`read_view`], and whatever `each` says: it ends the reading.
pub fn read_events(
    path: &Path,
    after: u64,
    each: &mut dyn FnMut(u64, i64, Event) -> Result<()>,
) -> Result<()> {
    let db = database::open_existing(path, &JOURNAL)?;
    line::read(&db, path, after, each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::event::End;
    use boatlift_core::phase::{Phase, Turn};
    use tempfile::TempDir;

    fn opened() -> Event {
        Event::MoveOpened { move_id: "m".into(), name: "home".into(), mover: "tree".into() }
    }

    fn begun(term: u64) -> Event {
        Event::RunBegun { term: Term(term), pid: 1, host: "here".into(), version: "1".into() }
    }

    fn journal() -> (TempDir, Journal) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let journal = Journal::open(&directory.path().join("journal.db")).expect("opened");
        (directory, journal)
    }

    #[test]
    fn what_is_committed_is_seen_by_another_connection() {
        let (_directory, journal) = journal();
        journal.commit(opened()).expect("legal");
        let view = read_view(&journal.path).expect("readable");
        assert_eq!((view.name.as_str(), view.last_seq), ("home", 1));
    }

    #[test]
    fn recorded_events_keep_their_order_and_outlive_the_journal() {
        let (_directory, journal) = journal();
        journal.record(opened());
        for number in 0..1000 {
            journal.record(Event::Paused { by: number.to_string() });
        }
        let path = journal.path.clone();
        drop(journal);
        let mut pauses = Vec::new();
        read_events(&path, 1, &mut |seq, _, event| {
            assert_eq!(event, Event::Paused { by: (seq - 2).to_string() });
            pauses.push(seq);
            Ok(())
        })
        .expect("readable");
        assert_eq!(pauses, (2..=1001).collect::<Vec<u64>>());
    }

    #[test]
    fn an_illegal_commit_is_refused_and_the_journal_goes_on() {
        let (_directory, journal) = journal();
        journal.commit(opened()).expect("legal");
        let turn = Turn::Verified;
        let refused = journal.commit(Event::Turned { group: 0, turn }).expect_err("too early");
        assert_eq!(refused.code, Code::Bug);
        journal.commit(Event::Turned { group: 0, turn: Turn::Begin }).expect("legal");
        let view = journal.view().expect("readable");
        assert_eq!((view.last_seq, view.phase), (2, Phase::Check));
    }

    #[test]
    fn after_an_illegal_record_nothing_more_is_taken() {
        let (_directory, journal) = journal();
        journal.commit(opened()).expect("legal");
        journal.record(Event::RunEnded { end: End::Done, error: None });
        journal.record(Event::Paused { by: "ann".into() });
        let first = journal.sync().expect_err("no run goes on");
        assert_eq!(first.code, Code::Bug);
        assert_eq!(journal.commit(begun(1)), Err(first));
        assert_eq!(read_view(&journal.path).expect("readable").last_seq, 1);
    }

    #[test]
    fn two_processes_may_write_and_the_older_term_is_refused() {
        let (_directory, run) = journal();
        let guard = Journal::open(&run.path).expect("opened twice");
        run.commit(opened()).expect("legal");
        run.commit(begun(1)).expect("legal");
        run.commit_in_term(Term(1), Event::Paused { by: "run".into() }).expect("its own term");
        guard.commit(begun(2)).expect("legal");
        let late = run.commit_in_term(Term(1), Event::Paused { by: "run".into() });
        assert_eq!(late.expect_err("an older term").code, Code::TermNewer);
        run.sync().expect("the journal goes on");
        assert_eq!(guard.view().expect("readable").last_seq, 4);
    }

    #[test]
    fn only_the_newest_open_plan_can_be_approved() {
        let (_directory, journal) = journal();
        journal.commit(opened()).expect("legal");
        let approve = Event::PlanApproved { plan: 1, by: "ann".into() };
        assert_eq!(journal.commit(approve).expect_err("no plan").code, Code::PlanStale);
    }
}
