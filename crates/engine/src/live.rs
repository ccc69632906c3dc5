//! Live state: outcomes that are not in a segment yet, and hints that nobody followed yet.
//!
//! An SQLite file beside the journal, opened in the same manner. An outcome here is
//! durable evidence until its plan is settled; losing the file costs a survey, never more.
//! A hint says only that a key should be looked at again.

use crate::database::{self, Kind, Number, failed};
use boatlift_core::outcome::{self, Indexed};
use boatlift_core::{Code, Error, KeyBuf, Result};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const LIVE: Kind = Kind { name: "live state", application_id: 0x424C_4C00, steps: &[VERSION_1] };

const VERSION_1: &str = r#"
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY,
    plan INTEGER NOT NULL, route INTEGER NOT NULL, stage INTEGER NOT NULL,
    page INTEGER NOT NULL, outcomes BLOB NOT NULL,
    UNIQUE (plan, route, stage, page)
) STRICT;
CREATE TABLE hints (
    id INTEGER PRIMARY KEY AUTOINCREMENT, feed TEXT NOT NULL, key BLOB NOT NULL, UNIQUE (feed, key)
) STRICT;
CREATE TABLE marks (
    feed TEXT PRIMARY KEY, mark BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"#;

/// The outcomes of one page in one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOutcomes {
    /// The plan's number.
    pub plan: u64,
    /// The route.
    pub route: u32,
    /// The stage's index.
    pub stage: u32,
    /// The page's number in the plan's difference.
    pub page: u32,
    /// The outcomes, as [`boatlift_core::outcome::encode`] wrote them.
    pub outcomes: Vec<u8>,
}

/// Hints taken out to be followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// The keys to look at again, oldest hint first.
    pub keys: Vec<KeyBuf>,
    /// The newest hint among them, for [`Live::forget_hints`].
    upto: i64,
}

/// An open live state.
#[derive(Debug)]
pub struct Live {
    db: Mutex<Connection>,
    path: PathBuf,
}

impl Live {
    /// Opens the live state at `path`, and makes one where there is none.
    ///
    /// # Errors
    /// [`Code::StateNewer`], [`Code::StateDamaged`] or [`Code::StateIo`].
    pub fn open(path: &Path) -> Result<Live> {
        let db = database::open(path, &LIVE)?;
        Ok(Live { db: Mutex::new(db), path: path.to_owned() })
    }

    /// Stores a batch in one durable transaction; each takes the place of what was stored
    /// for its page.
    ///
    /// # Errors
    /// When it cannot be written; nothing of the batch is stored then.
    pub fn put(&self, batch: &[LiveOutcomes]) -> Result<()> {
        let put = |db: &Connection| {
            let mut insert = db.prepare_cached(
                "INSERT INTO outcomes (plan, route, stage, page, outcomes)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET outcomes = ?5",
            )?;
            for one in batch {
                let (plan, bytes) = (Number(one.plan), &one.outcomes);
                insert.execute(params![plan, one.route, one.stage, one.page, bytes])?;
            }
            Ok(())
        };
        self.change(put)
    }

    /// The outcomes stored for a page in a stage.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn get(
        &self,
        plan: u64,
        route: u32,
        stage: u32,
        page: u32,
    ) -> Result<Option<Vec<Indexed>>> {
        let select = "SELECT outcomes FROM outcomes
                      WHERE plan = ?1 AND route = ?2 AND stage = ?3 AND page = ?4";
        let found: Option<Vec<u8>> = self.read(|db| {
            db.prepare_cached(select)?
                .query_row(params![Number(plan), route, stage, page], |row| row.get(0))
                .optional()
        })?;
        let decoded = found.map(|bytes| outcome::decode(&bytes)).transpose();
        decoded.map_err(|malformed| {
            let tried = format!("cannot read outcomes of page {page} in");
            Error::new(Code::StateDamaged, tried).on(self.path.display()).because(malformed)
        })
    }

    /// The pages of a stage that have outcomes.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn pages_done(&self, plan: u64, route: u32, stage: u32) -> Result<BTreeSet<u32>> {
        let select = "SELECT page FROM outcomes WHERE plan = ?1 AND route = ?2 AND stage = ?3";
        self.read(|db| {
            db.prepare_cached(select)?
                .query_map(params![Number(plan), route, stage], |row| row.get(0))?
                .collect()
        })
    }

    /// Forgets the outcomes of a plan: they are settled, or the plan was dropped.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn clear_plan(&self, plan: u64) -> Result<()> {
        self.change(|db| {
            db.execute("DELETE FROM outcomes WHERE plan = ?1", [Number(plan)]).map(drop)
        })
    }

    /// Stores a feed's hints and how far the feed was read, in one durable transaction;
    /// only then may the feed be told.
    ///
    /// # Errors
    /// When they cannot be written; neither is stored then.
    pub fn put_hints(&self, feed: &str, mark: &[u8], keys: &[KeyBuf]) -> Result<()> {
        self.change(|db| {
            db.execute("INSERT OR REPLACE INTO marks VALUES (?1, ?2)", params![feed, mark])?;
            let mut insert =
                db.prepare_cached("INSERT OR REPLACE INTO hints (feed, key) VALUES (?1, ?2)")?;
            keys.iter().try_for_each(|key| insert.execute(params![feed, key.0]).map(drop))
        })
    }

    /// How far a feed was read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn mark(&self, feed: &str) -> Result<Option<Vec<u8>>> {
        self.read(|db| {
            db.query_row("SELECT mark FROM marks WHERE feed = ?1", [feed], |row| row.get(0))
                .optional()
        })
    }

    /// The oldest hints, at most `limit`. They stay until [`Live::forget_hints`] is called.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn take_hints(&self, limit: u32) -> Result<Hints> {
        let mut hints = Hints::default();
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT id, key FROM hints ORDER BY id LIMIT ?1")?;
            let mut rows = select.query([limit])?;
            while let Some(row) = rows.next()? {
                hints.upto = row.get(0)?;
                hints.keys.push(KeyBuf(row.get(1)?));
            }
            Ok(())
        })?;
        Ok(hints)
    }

    /// Forgets hints that were followed. A key that was hinted at again since stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_hints(&self, hints: &Hints) -> Result<()> {
        self.change(|db| db.execute("DELETE FROM hints WHERE id <= ?1", [hints.upto]).map(drop))
    }

    /// Gives free pages back to the file system.
    pub(crate) fn vacuum(&self) -> Result<()> {
        self.read(|db| db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"))
    }

    fn change(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        let mut db = self.db();
        let attempt = || {
            let transaction = db.transaction()?;
            work(&transaction)?;
            transaction.commit()
        };
        attempt().map_err(failed("cannot write live state", &self.path))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        work(&self.db()).map_err(failed("cannot read live state", &self.path))
    }

    /// A panic elsewhere leaves no half-made change: the transaction is rolled back.
    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a live state that must exist, for checks and backups.
pub(crate) fn open_existing(path: &Path) -> Result<Connection> {
    database::open_existing(path, &LIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::outcome::{Outcome, encode};

    fn live() -> (tempfile::TempDir, Live) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let live = Live::open(&directory.path().join("live.db")).expect("opened");
        (directory, live)
    }

    fn outcomes(plan: u64, page: u32, outcomes: &[Indexed]) -> LiveOutcomes {
        LiveOutcomes { plan, route: 0, stage: 1, page, outcomes: encode(outcomes) }
    }

    fn keys(names: &[&[u8]]) -> Vec<KeyBuf> {
        names.iter().map(|name| KeyBuf::from(*name)).collect()
    }

    #[test]
    fn outcomes_survive_the_process_and_the_last_of_a_page_counts() {
        let (directory, live) = live();
        let first = [(0, Outcome::Moving), (1, Outcome::Vanished)];
        let second = [(0, Outcome::Vanished)];
        live.put(&[outcomes(1, 7, &first), outcomes(1, 9, &first)]).expect("stored");
        live.put(&[outcomes(1, 7, &second)]).expect("stored");
        drop(live);
        let live = Live::open(&directory.path().join("live.db")).expect("opened again");
        assert_eq!(live.get(1, 0, 1, 7), Ok(Some(second.to_vec())));
        assert_eq!(live.get(1, 0, 1, 8), Ok(None));
        assert_eq!(live.pages_done(1, 0, 1), Ok(BTreeSet::from([7, 9])));
        assert_eq!(live.pages_done(1, 0, 0), Ok(BTreeSet::new()));
    }

    #[test]
    fn clearing_a_plan_leaves_the_others() {
        let (_directory, live) = live();
        let moving = [(0, Outcome::Moving)];
        live.put(&[outcomes(1, 0, &moving), outcomes(2, 0, &moving)]).expect("stored");
        live.clear_plan(1).expect("cleared");
        assert_eq!(live.get(1, 0, 1, 0), Ok(None));
        assert_eq!(live.get(2, 0, 1, 0), Ok(Some(moving.to_vec())));
    }

    #[test]
    fn malformed_outcomes_are_damage() {
        let (_directory, live) = live();
        let broken = LiveOutcomes { outcomes: vec![0, 9], ..outcomes(1, 0, &[]) };
        live.put(&[broken]).expect("stored");
        let error = live.get(1, 0, 1, 0).expect_err("malformed");
        assert_eq!(error.code, Code::StateDamaged);
    }

    #[test]
    fn a_hint_given_again_while_it_is_followed_stays() {
        let (_directory, live) = live();
        live.put_hints("broker", b"10", &keys(&[b"a", b"b", b"c"])).expect("stored");
        let taken = live.take_hints(2).expect("readable");
        assert_eq!(taken.keys, keys(&[b"a", b"b"]));
        live.put_hints("broker", b"11", &keys(&[b"a"])).expect("stored");
        live.forget_hints(&taken).expect("forgotten");
        assert_eq!(live.take_hints(9).expect("readable").keys, keys(&[b"c", b"a"]));
        assert_eq!(live.mark("broker"), Ok(Some(b"11".to_vec())));
        assert_eq!(live.mark("metastore"), Ok(None));
    }

    #[test]
    fn forgetting_twice_forgets_no_newer_hint() {
        let (_directory, live) = live();
        live.put_hints("broker", b"1", &keys(&[b"a"])).expect("stored");
        let taken = live.take_hints(9).expect("readable");
        live.forget_hints(&taken).expect("forgotten");
        live.put_hints("broker", b"2", &keys(&[b"a"])).expect("stored");
        live.forget_hints(&taken).expect("forgotten again");
        assert_eq!(live.take_hints(9).expect("readable").keys, keys(&[b"a"]));
    }
}
