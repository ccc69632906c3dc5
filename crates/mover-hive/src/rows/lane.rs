//! The lane of the rows: places of a turn, a few at a time, by Hive.

use super::claims::Claim;
use super::place::{Work, names_of};
use super::way::Ways;
use crate::data::{Place, Places, Unpaced};
use crate::exchange::Exchange;
use crate::hive_server::{HiveServer, SESSIONS};
use crate::keys::Name;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::{Lane, Pace, Turn};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::page::{Entry, Page};
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// From LOWER's tables to UPPER's files, by Hive.
pub(crate) struct RowsLane {
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) places: Arc<Places>,
    pub(crate) exchange: Arc<Exchange>,
    /// UPPER's HiveServer2.
    pub(crate) server: Arc<HiveServer>,
    pub(crate) ways: Arc<Ways>,
    /// What names of transfer tables are led by.
    pub(crate) prefix: String,
}

impl Lane for RowsLane {
    fn name(&self) -> &'static str {
        "rows"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let keys = turn.steps.iter().map(|(index, _)| turn.page.get(*index as usize).key);
        let places = match self.places.of_keys(keys) {
            Ok(places) => places,
            Err(error) => {
                let failed = |(index, _): &(u32, _)| (*index, Outcome::Failed(error.clone()));
                return turn.steps.iter().map(failed).collect();
            }
        };
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let outcomes = Mutex::new(Vec::with_capacity(turn.steps.len()));
        let run = || {
            while !stopped.load(Ordering::Relaxed) {
                let Some((index, _)) = turn.steps.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    return;
                };
                let entry = turn.page.get(*index as usize);
                match self.one(entry, &places, pace) {
                    Err(error) if error.code == Code::Interrupted => {
                        stopped.store(true, Ordering::Relaxed);
                    }
                    done => {
                        let outcome = done.unwrap_or_else(Outcome::Failed);
                        let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                        outcomes.push((*index, outcome));
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..turn.steps.len().min(SESSIONS) {
                scope.spawn(run);
            }
            run();
        });
        outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RowsLane {
    fn one(
        &self,
        entry: Entry<'_>,
        places: &BTreeMap<KeyBuf, Place>,
        pace: &dyn Pace,
    ) -> Result<Outcome> {
        let Some(place) = places.get(&entry.key.to_owned()) else { return Ok(Outcome::Vanished) };
        let stopped =
            |_| Error::new(Code::Interrupted, "the turn was asked to stop before").on(entry.key);
        pace.spend(Side::Upper, 1, 0).map_err(stopped)?;
        let database = self.database(place);
        let claim = self.claim(&database, place);
        Work { lane: self, pace, entry, place, claim }.carry()
    }

    /// Removes what interrupted turns left at these places, with their transfer tables.
    ///
    /// # Errors
    /// When something of ours is there and cannot be removed.
    pub(super) fn sweep(&self, page: &Page) -> Result<()> {
        let places = self.places.of_keys(page.iter().map(|entry| entry.key))?;
        for entry in page.iter() {
            let Some(place) = places.get(&entry.key.to_owned()) else { continue };
            let database = self.database(place);
            let claim = self.claim(&database, place);
            if claim.stands(place)? {
                // Readers were pointed back at LOWER before the claim was made.
                let work = Work { lane: self, pace: &Unpaced, entry, place, claim };
                work.clear()?;
                work.clear_exports()?;
                work.claim.drop_all()?;
            }
        }
        Ok(())
    }

    fn claim<'c>(&'c self, database: &'c str, place: &Place) -> Claim<'c> {
        let names = names_of(&self.prefix, place);
        Claim { upper: &self.exchange.upper, database, names }
    }

    /// The name on UPPER of the database that a place belongs to.
    fn database(&self, place: &Place) -> String {
        let name = Name::of_place(place.prefix.as_key());
        let lower = name.map(|name| name.database()).unwrap_or_default();
        self.exchange.translator().scope().upper_database(lower)
    }
}

/// A place that cannot be carried before something else was.
pub(super) fn not_ready(key: Key<'_>, why: &dyn fmt::Display) -> Error {
    Error::new(Code::HiveNotReady, "cannot carry the rows of").on(key).because(why)
}
