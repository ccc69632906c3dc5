//! A partition: what its primary does with a write, from its acceptance to its answer.
//!
//! A write that was accepted waits in a queue, becomes a decree, waits until it is logged, is
//! committed in the order of decrees, and is answered. In between, neither a fence nor a new
//! primary stops it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Settings;
use super::listen::Answer;
use crate::dice::Dice;

/// A record below its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) value: Vec<u8>,
    pub(super) expire_ts_seconds: i32,
}

/// Records by key in one piece.
pub(super) type Rows = BTreeMap<Vec<u8>, Row>;

/// Records by key in one piece; `None` removes.
pub(super) type Changes = Vec<(Vec<u8>, Option<Row>)>;

/// What a write does to the records as it finds them, with the decree that it became.
pub(super) type Operation = Box<dyn FnOnce(&Rows, i64) -> (Changes, Answer) + Send>;

/// Who wrote a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A client, or the server itself.
    Here,
    /// Another cluster's duplication: it is shipped on to nobody.
    Shipped,
}

/// What a decree changed.
#[derive(Debug, Clone)]
pub(super) struct Mutation {
    pub(super) decree: i64,
    pub(super) origin: Origin,
    pub(super) at: Instant,
    /// Nothing at all is an empty mutation.
    pub(super) changes: Changes,
}

/// Where writes are held back, for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// Nowhere.
    #[default]
    Nothing,
    /// Before they become decrees.
    Queue,
    /// Before they are logged.
    Log,
}

/// A partition.
#[derive(Debug)]
pub(super) struct Partition {
    /// Indices of servers, the primary first; nobody when all have died.
    pub(super) members: Vec<usize>,
    pub(super) ballot: i64,
    /// The last decree that was given out.
    pub(super) prepared: i64,
    /// The last decree that is decided.
    pub(super) committed: i64,
    pub(super) rows: Rows,
    /// What a duplication may have to ship once more.
    pub(super) log: VecDeque<Mutation>,
    /// The newest mutation stays unshipped until a later one comes or the duplication is
    /// paused and started, as real servers under load do now and then.
    pub(super) is_stuck: bool,
    pub(super) hold: Hold,
    last_prepare: Instant,
    queue: VecDeque<Write>,
    preparing: VecDeque<Write>,
}

/// A write that was accepted.
struct Write {
    due: Instant,
    decree: i64,
    origin: Origin,
    is_logged: bool,
    operation: Operation,
    done: oneshot::Sender<Answer>,
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").field("decree", &self.decree).finish_non_exhaustive()
    }
}

impl Partition {
    pub(super) fn new(members: Vec<usize>) -> Self {
        Self {
            members,
            ballot: 3,
            prepared: 0,
            committed: 0,
            rows: Rows::new(),
            log: VecDeque::new(),
            is_stuck: false,
            hold: Hold::Nothing,
            last_prepare: Instant::now(),
            queue: VecDeque::new(),
            preparing: VecDeque::new(),
        }
    }

    pub(super) fn primary(&self) -> Option<usize> {
        self.members.first().copied()
    }

    /// Accepts a write. Its answer comes when it is committed, and never when it is given up.
    pub(super) fn accept(
        &mut self,
        operation: Operation,
        settings: &Settings,
        dice: &mut Dice,
    ) -> oneshot::Receiver<Answer> {
        self.accept_from(Origin::Here, operation, settings, dice)
    }

    /// The same, for one that may be another cluster's.
    pub(super) fn accept_from(
        &mut self,
        origin: Origin,
        operation: Operation,
        settings: &Settings,
        dice: &mut Dice,
    ) -> oneshot::Receiver<Answer> {
        let (done, answer) = oneshot::channel();
        let due = Instant::now() + part_of(settings.queue, dice);
        self.queue.push_back(Write { due, decree: 0, origin, is_logged: false, operation, done });
        answer
    }

    /// A group check: an empty mutation where nothing was written for longer than between two.
    pub(super) fn check(&mut self, settings: &Settings, dice: &mut Dice) {
        if self.last_prepare.elapsed() > settings.group_check && self.queue.is_empty() {
            let empty = |_: &Rows, _| (Changes::new(), Answer::Silence);
            drop(self.accept(Box::new(empty), settings, dice));
        }
    }

    /// Takes all writes as far as they are by now, and tells when there will be more to do.
    pub(super) fn advance(
        &mut self,
        is_kept: bool,
        settings: &Settings,
        dice: &mut Dice,
    ) -> Option<Instant> {
        let now = Instant::now();
        while self.hold != Hold::Queue
            && let Some(write) = self.queue.pop_front_if(|write| write.due <= now)
        {
            self.prepared += 1;
            self.last_prepare = now;
            let (decree, due) = (self.prepared, now + part_of(settings.log, dice));
            self.preparing.push_back(Write { decree, due, ..write });
        }
        if self.hold != Hold::Log {
            self.preparing.iter_mut().for_each(|write| write.is_logged |= write.due <= now);
        }
        while let Some(write) = self.preparing.pop_front_if(|write| write.is_logged) {
            self.commit(write, is_kept, settings, dice);
        }
        let queued = self.queue.front().filter(|_| self.hold != Hold::Queue);
        let unlogged = self.preparing.iter().filter(|write| !write.is_logged);
        let unlogged = unlogged.filter(|_| self.hold != Hold::Log);
        queued.into_iter().chain(unlogged).map(|write| write.due).min()
    }

    fn commit(&mut self, write: Write, is_kept: bool, settings: &Settings, dice: &mut Dice) {
        self.committed = write.decree;
        let (changes, answer) = (write.operation)(&self.rows, write.decree);
        for (key, row) in &changes {
            match row {
                Some(row) => drop(self.rows.insert(key.clone(), row.clone())),
                None => drop(self.rows.remove(key)),
            }
        }
        if is_kept {
            let (decree, origin) = (write.decree, write.origin);
            let mutation = Mutation { decree, origin, at: Instant::now(), changes };
            self.log.push_back(mutation);
            let chance = settings.sticks_once_in;
            self.is_stuck = chance > 0 && settings.is_new() && dice.once_in(chance);
        }
        // The client may have gone.
        drop(write.done.send(answer));
    }

    /// The last decree that is in the log of its primary: what 2.5 calls prepared.
    pub(super) fn last_logged(&self) -> i64 {
        let logged = self.preparing.iter().filter(|write| write.is_logged);
        logged.map(|write| write.decree).max().unwrap_or(self.committed)
    }

    /// The newest decree that may be shipped: before 2.6 a later one must follow.
    pub(super) fn newest_to_ship(&self, settings: &Settings) -> i64 {
        let keeps_newest = !settings.is_new() || self.is_stuck;
        self.committed - i64::from(keeps_newest)
    }

    /// What a replica knows to be decided: a secondary hears of it with the next decree.
    pub(super) fn committed_at(&self, server: usize) -> i64 {
        match self.primary() == Some(server) {
            true => self.committed,
            false => (self.committed - 1).max(0),
        }
    }

    /// Another primary. What was not decided is partly decided by it: nobody is told.
    pub(super) fn change_primary(
        &mut self,
        members: Vec<usize>,
        is_kept: bool,
        settings: &Settings,
        dice: &mut Dice,
    ) {
        self.queue.clear();
        let kept = dice.below(self.preparing.len() as u64 + 1);
        for _ in 0..kept {
            let Some(write) = self.preparing.pop_front() else { break };
            let (unheard, _) = oneshot::channel();
            self.commit(Write { done: unheard, ..write }, is_kept, settings, dice);
        }
        self.preparing.clear();
        self.prepared = self.committed;
        self.members = members;
        self.ballot += 1;
    }
}

/// A time of up to so long.
fn part_of(longest: std::time::Duration, dice: &mut Dice) -> std::time::Duration {
    match u64::try_from(longest.as_micros()) {
        Ok(micros @ 1..) => std::time::Duration::from_micros(dice.below(micros + 1)),
        _ => longest,
    }
}
