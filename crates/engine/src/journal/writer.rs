//! The one writer of a journal: a thread that gathers events into transactions.
//!
//! Events wait at most [`WINDOW`] for company, or until somebody waits for one of them.
//! When a transaction fails, or an event that nobody waits for is refused, the writer
//! takes nothing more: what follows might rest on what was lost.

use super::rules::{self, Refusal};
use super::{line, tables, upkeep};
use crate::database::{Number, failed};
use crate::{clock, fault};
use boatlift_core::{Error, Event, Result, Term};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

/// How long an event may wait for others before its transaction begins.
const WINDOW: Duration = Duration::from_millis(25);

/// The most messages that one transaction takes in.
const BATCH: usize = 4096;

/// What the writer is asked.
pub(super) enum Message {
    /// Append this event.
    Record(Box<Event>),
    /// Append this event and answer when it is durable.
    Commit(Box<Event>, SyncSender<Result<()>>),
    /// The same, but only if the journal holds no newer term.
    CommitInTerm(Term, Box<Event>, SyncSender<Result<()>>),
    /// Answer when everything before is durable.
    Sync(SyncSender<Result<()>>),
    /// Fold events from before this time into hourly sums; answer how many.
    FoldOld(i64, SyncSender<Result<u64>>),
}

/// The writer's state.
pub(super) struct Writer {
    db: Connection,
    path: PathBuf,
    failure: Option<Error>,
}

/// Where the next event goes.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    seq: u64,
    at_ms: i64,
}

impl Writer {
    /// Takes over an open journal.
    pub(super) fn new(db: Connection, path: PathBuf) -> Writer {
        Writer { db, path, failure: None }
    }

    /// Writes until every sender is gone.
    pub(super) fn run(mut self, inbox: &Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            let batch = gather(first, inbox);
            self.write(batch);
        }
        if let Some(error) = self.failure {
            tracing::error!(%error, "the journal did not take every event");
        }
    }

    /// Makes one transaction of a batch and answers those who wait.
    fn write(&mut self, batch: Vec<Message>) {
        let results = self.transact(&batch).unwrap_or_else(|error| {
            let failure = failed("cannot write journal", &self.path)(error);
            vec![Err(self.failure.get_or_insert(failure).clone()); batch.len()]
        });
        for (message, result) in batch.iter().zip(&results) {
            if message.holds_event() && result.is_ok() {
                fault::point("journal");
            }
        }
        for (message, result) in batch.into_iter().zip(results) {
            message.answer(result);
        }
    }

    /// What became of each message; an error when nothing of the batch was written.
    fn transact(&mut self, batch: &[Message]) -> rusqlite::Result<Vec<Result<u64>>> {
        let (db, mut tail) = begin(&self.db)?;
        let mut results = Vec::with_capacity(batch.len());
        for message in batch {
            let result = match &self.failure {
                Some(failure) => Err(failure.clone()),
                None => match message.act(&db, &mut tail) {
                    Ok(count) => Ok(count),
                    Err(Refusal::Illegal(error)) => Err(error),
                    Err(Refusal::Storage(error)) => return Err(error),
                },
            };
            if let (Message::Record(_), Err(error)) = (message, &result) {
                self.failure.get_or_insert_with(|| error.clone());
            }
            results.push(result);
        }
        db.commit()?;
        Ok(results)
    }
}

impl Message {
    fn holds_event(&self) -> bool {
        matches!(self, Message::Record(_) | Message::Commit(..) | Message::CommitInTerm(..))
    }

    /// Does what is asked, inside the transaction, and says how many events it touched.
    fn act(&self, db: &Connection, tail: &mut Tail) -> Result<u64, Refusal> {
        match self {
            Message::Record(event) | Message::Commit(event, _) => append_now(db, tail, event),
            Message::CommitInTerm(term, event, _) => {
                rules::check_term(db, *term)?;
                append_now(db, tail, event)
            }
            Message::Sync(_) => Ok(0),
            Message::FoldOld(before_ms, _) => Ok(upkeep::fold_old(db, *before_ms)?),
        }
    }

    /// Who no longer waits is not told.
    fn answer(self, result: Result<u64>) {
        match self {
            Message::Record(_) => {}
            Message::Commit(_, to) | Message::CommitInTerm(_, _, to) | Message::Sync(to) => {
                drop(to.send(result.map(drop)));
            }
            Message::FoldOld(_, to) => drop(to.send(result)),
        }
    }
}

impl Tail {
    /// The end of a journal.
    pub(super) fn of(db: &Connection) -> rusqlite::Result<Tail> {
        let last = "SELECT seq, at_ms FROM events ORDER BY seq DESC LIMIT 1";
        let found = db
            .prepare_cached(last)?
            .query_row([], |row| {
                let Number(seq) = row.get(0)?;
                Ok(Tail { seq, at_ms: row.get(1)? })
            })
            .optional()?;
        Ok(found.unwrap_or(Tail { seq: 0, at_ms: 0 }))
    }
}

fn append_now(db: &Connection, tail: &mut Tail, event: &Event) -> Result<u64, Refusal> {
    fault::point("journal-before");
    append(db, tail, clock::now_ms(), event).map(|()| 1)
}

/// Another process may have written since the last transaction: the guard of a cutover,
/// for one. So the end is looked up anew.
fn begin(db: &Connection) -> rusqlite::Result<(Transaction<'_>, Tail)> {
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let tail = Tail::of(&transaction)?;
    Ok((transaction, tail))
}

/// Appends one event and changes the tables by it. Time never runs backwards.
pub(super) fn append(
    db: &Connection,
    tail: &mut Tail,
    now_ms: i64,
    event: &Event,
) -> Result<(), Refusal> {
    rules::check(db, event)?;
    let (seq, at_ms) = (tail.seq + 1, now_ms.max(tail.at_ms));
    line::write(db, seq, at_ms, event)?;
    tables::apply(db, seq, at_ms, event)?;
    *tail = Tail { seq, at_ms };
    Ok(())
}

/// Collects what arrives within the window, until somebody waits.
fn gather(first: Message, inbox: &Receiver<Message>) -> Vec<Message> {
    let mut batch = vec![first];
    if fault::is_asked("journal") || fault::is_asked("journal-before") {
        return batch;
    }
    let end = Instant::now() + WINDOW;
    while batch.len() < BATCH && matches!(batch.last(), Some(Message::Record(_))) {
        match inbox.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(message) => batch.push(message),
            Err(_) => return batch,
        }
    }
    batch.extend(inbox.try_iter().take(BATCH));
    batch
}
