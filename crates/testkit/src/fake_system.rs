//! A system that can be cut over, held in one file of a directory.
//!
//! It has two sides, a fence on LOWER, a setting and an authority that a client follows.
//! Every change is atomic and outlives the process that asked for it, as a change on a
//! server does; a process may be killed at any instant. After each change the system
//! judges itself: what must never be, even for an instant, is kept as a violation.

use boatlift_core::{Code, Error, Result, Side, Term};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The setting as its owner wants it.
const FORMER_KNOB: &str = "slow";

/// Everything the system holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
    /// The newest term that the system has seen.
    pub term: Term,
    /// Whether it refuses changes asked for in an older term.
    pub compares_terms: bool,
    /// The term that fenced LOWER.
    pub fence: Option<Term>,
    /// The setting that a cutover changes.
    pub knob: String,
    /// Whom the authority names.
    pub names: Side,
    /// How often the authority was changed.
    pub version: u64,
    /// The writes that LOWER holds.
    pub lower: BTreeSet<u64>,
    /// The writes that UPPER holds.
    pub upper: BTreeSet<u64>,
    /// The writes that the client was promised.
    pub acknowledged: BTreeSet<u64>,
    /// Whom the client believes the authority to name.
    pub client: Side,
    /// What must never be, and was.
    pub violations: Vec<String>,
}

impl World {
    /// Refuses what is asked for in an older term, if the system can.
    ///
    /// # Errors
    /// [`Code::TermNewer`].
    pub fn admit(&self, term: Term) -> Result<()> {
        match self.compares_terms && term < self.term {
            true => Err(Error::new(Code::TermNewer, "cannot change the system")
                .on(term)
                .because(format!("it has seen {}", self.term))),
            false => Ok(()),
        }
    }

    /// A client writes where it believes it should; when it is refused it asks the authority
    /// once and tries again. Answers whether the write was acknowledged.
    pub fn write(&mut self) -> bool {
        let write = self.acknowledged.last().map_or(0, |last| last + 1);
        let is_taken = self.accept(write) || {
            self.client = self.names;
            self.accept(write)
        };
        if is_taken {
            self.acknowledged.insert(write);
        }
        is_taken
    }

    /// Whether users are served as a finished or an undone cutover should leave them, and by
    /// whom.
    ///
    /// # Errors
    /// What is wrong.
    pub fn settled(&self) -> Result<Side, String> {
        let held = if self.names == Side::Upper { &self.upper } else { &self.lower };
        let wrong = [
            (!self.violations.is_empty(), "something happened that never may"),
            (!self.acknowledged.is_subset(held), "an acknowledged write is lost"),
            (self.knob != FORMER_KNOB, "the knob is not restored"),
            (self.fence.is_some() != (self.names == Side::Upper), "the fence is wrong"),
        ];
        match wrong.iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, what)) => Err(format!("{what}: {self:?}")),
            None => Ok(self.names),
        }
    }

    fn accept(&mut self, write: u64) -> bool {
        match self.client {
            Side::Lower => self.fence.is_none() && self.lower.insert(write),
            Side::Upper => self.upper.insert(write),
        }
    }

    fn judge(&mut self) {
        if self.names == Side::Upper && self.fence.is_none() {
            self.violations.push(format!("at {} both sides accept writes", self.now_ms));
        }
        if self.names == Side::Upper && !self.lower.is_subset(&self.upper) {
            self.violations.push(format!("at {} UPPER lacks a write", self.now_ms));
        }
    }
}

/// The directory that the system lives in.
#[derive(Debug, Clone)]
pub struct FakeSystem {
    dir: PathBuf,
}

impl FakeSystem {
    /// Makes a system that serves from LOWER and has a few writes.
    #[must_use]
    pub fn create(dir: &Path, compares_terms: bool) -> FakeSystem {
        let system = FakeSystem::open(dir);
        system.store(&World {
            now_ms: 1_000_000,
            term: Term(0),
            compares_terms,
            fence: None,
            knob: FORMER_KNOB.to_owned(),
            names: Side::Lower,
            version: 7,
            lower: BTreeSet::new(),
            upper: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            client: Side::Lower,
            violations: Vec::new(),
        });
        for _ in 0..3 {
            system.change(World::write);
        }
        system
    }

    /// The system that was made in `dir`.
    #[must_use]
    pub fn open(dir: &Path) -> FakeSystem {
        FakeSystem { dir: dir.to_owned() }
    }

    /// Where it lives.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What it holds.
    #[must_use]
    pub fn world(&self) -> World {
        let text = std::fs::read(self.dir.join("world.json")).expect("the system was made");
        serde_json::from_slice(&text).expect("the system wrote it")
    }

    /// Changes it: all at once, or not at all when the process dies.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let lock = File::create(self.dir.join("world.lock")).expect("a lock file");
        flock(&lock, FlockOperation::LockExclusive).expect("the lock");
        let mut world = self.world();
        let answer = change(&mut world);
        world.judge();
        self.store(&world);
        answer
    }

    /// Tells the system that there is a new term.
    pub fn raise_term(&self, term: Term) {
        self.change(|world| world.term = world.term.max(term));
    }

    fn store(&self, world: &World) {
        let text = serde_json::to_vec(world).expect("plain data");
        let new = self.dir.join("world.new");
        std::fs::write(&new, text).expect("the directory can be written");
        std::fs::rename(new, self.dir.join("world.json")).expect("the same directory");
    }
}
