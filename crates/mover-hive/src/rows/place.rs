//! One place: what may be written there, and the steps from LOWER's rows to a receipt.

use super::claims::Claim;
use super::held::{Held, held};
use super::lane::RowsLane;
use super::statements::{self, FullName};
use super::transfer::{Names, Transfer};
use crate::data::{Place, make_all};
use crate::keys::Name;
use boatlift_clients::hiveserver2::{HiveError, Session, Watcher};
use boatlift_clients::metastore::{Partition, Table};
use boatlift_core::compare::Verdict;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::filter::Filter;
use boatlift_core::key::Key;
use boatlift_core::lane::Pace;
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, ListRequest, Listed};
use std::sync::Arc;

/// Columns of the statement that hashes rows.
const DIGEST_COLUMNS: usize = 4;
/// The most columns that a table can have for its rows to be hashed in one statement.
const MOST_COLUMNS: usize = 4_000;

/// One place on its way.
pub(super) struct Work<'w> {
    pub(super) lane: &'w RowsLane,
    pub(super) pace: &'w dyn Pace,
    pub(super) entry: Entry<'w>,
    pub(super) place: &'w Place,
    pub(super) claim: Claim<'w>,
}

/// What a table's rows come to; `None` where a sum is over no rows.
type Digest = Vec<Option<i64>>;

impl Work<'_> {
    /// Carries the rows of the place, whatever an earlier attempt left there.
    pub(super) fn carry(&self) -> Result<Outcome> {
        let lower = self.held(Side::Lower)?.unwrap_or_else(Held::nothing);
        let upper = self.held(Side::Upper)?;
        let is_claimed = self.claim.stands(self.place)?;
        if !is_claimed && !self.may_overwrite(upper.as_ref()) {
            return self.compare(&lower);
        }
        self.lane.exchange.step_back(&[self.place])?;
        if !lower.has_rows() {
            return self.empty(&lower);
        }
        let transfer = self.transfer()?;
        let database = self.claim.database.to_owned();
        self.claim.make(&transfer)?;
        let text = statements::overwrite(
            FullName { database: &database, table: transfer.to.name() },
            FullName { database: &database, table: transfer.from.name() },
        );
        let carried = self
            .statement("cannot carry rows on", |session, watcher| session.run(&text, watcher))
            .and_then(|_| self.rows_are_equal(transfer.from.name(), transfer.to.name()));
        self.conclude(&lower, upper.as_ref(), carried)
    }

    /// Makes an outcome of an attempt, and takes back what is not needed to try again.
    fn conclude(
        &self,
        lower: &Held,
        before: Option<&Held>,
        carried: Result<bool>,
    ) -> Result<Outcome> {
        if matches!(&carried, Err(error) if error.code == Code::Interrupted) {
            return carried.map(|_| Outcome::Moving);
        }
        let upper = self.held(Side::Upper)?;
        if self.held(Side::Lower)?.unwrap_or_else(Held::nothing) != *lower {
            self.claim.drop_sources()?;
            return Ok(Outcome::Moving);
        }
        match carried {
            Ok(true) => {
                self.claim.drop_all()?;
                Ok(Outcome::Done(self.receipt(Proof::Rows, lower, upper)))
            }
            // Without its claim, only what is as it was before is known to be ours.
            _ if upper.as_ref() == before && self.may_overwrite(before) => {
                self.claim.drop_all()?;
                carried.and_then(|_| Err(self.differs()))
            }
            _ => {
                self.claim.drop_sources()?;
                carried.and_then(|_| Err(self.differs()))
            }
        }
    }

    /// Whether what lies at the place is nothing, or what was agreed on.
    fn may_overwrite(&self, upper: Option<&Held>) -> bool {
        match upper {
            None => true,
            Some(upper) if !upper.has_files() => true,
            Some(upper) => self.entry.verdict == Verdict::Changed && upper.is(self.entry.upper),
        }
    }

    /// Settles a place where there are files that nobody agreed on: by their rows.
    fn compare(&self, lower: &Held) -> Result<Outcome> {
        if !lower.has_rows() {
            return Err(self.in_the_way());
        }
        let transfer = self.transfer()?;
        self.claim.make_look(&transfer)?;
        let equal = self.rows_are_equal(transfer.from.name(), transfer.look.name());
        self.claim.drop_sources()?;
        match equal? {
            false => Err(self.in_the_way()),
            true if self.held(Side::Lower)?.as_ref() != Some(lower) => Ok(Outcome::Moving),
            true => {
                let upper = self.held(Side::Upper)?;
                Ok(Outcome::Same(self.receipt(Proof::Rows, lower, upper)))
            }
        }
    }

    /// Makes the place, with nothing in it.
    fn empty(&self, lower: &Held) -> Result<Outcome> {
        self.clear()?;
        make_all(&*self.lane.opener, self.place.on(Side::Upper))?;
        self.claim.drop_all()?;
        let upper = self.held(Side::Upper)?;
        Ok(Outcome::Done(self.receipt(Proof::Listed, lower, upper)))
    }

    /// Removes the files of the place on UPPER. Only after it was found to be ours.
    pub(super) fn clear(&self) -> Result<()> {
        let store = match self.lane.opener.open(self.place.on(Side::Upper)) {
            Ok(store) => store,
            Err(error) if error.code == Code::RootMissing => return Ok(()),
            Err(error) => return Err(error),
        };
        let filter = Arc::new(Filter::default());
        let request = ListRequest { filter, detail: Detail::Basic, side: Side::Upper };
        let mut listing = store.list(request)?;
        let mut pages = Vec::new();
        loop {
            match listing.next(self.pace) {
                Ok(Some(Listed::Page(page))) => pages.push(page),
                Ok(Some(Listed::Hole(hole))) => return Err(hole.error),
                Ok(None) => break,
                Err(error) if error.code == Code::RootMissing => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // Against key order: what is in a directory comes before it.
        for entry in pages.iter().rev().flat_map(|page| page.iter().rev()) {
            if let Some(facets) = entry.upper.or(entry.lower) {
                store.remove(entry.key, facets)?;
            }
        }
        Ok(())
    }

    /// The transfer tables, by what UPPER has of the table now.
    fn transfer(&self) -> Result<Transfer> {
        let (table, partition) = self.linked()?;
        Transfer::new(&table, partition.as_ref(), self.place, &self.claim.names).map_err(|why| {
            Error::new(Code::Unsupported, "cannot carry by SQL").on(self.entry.key).because(why)
        })
    }

    /// The table of the place, and its partition, as they point at LOWER.
    fn linked(&self) -> Result<(Table, Option<Partition>)> {
        let exchange = &self.lane.exchange;
        let translator = exchange.translator();
        let no_way = |error| super::lane::not_ready(self.entry.key, &error);
        let name = partition_of(self.entry.key);
        let table = name.and_then(|name| name.table()).unwrap_or_default();
        let here = self.claim.upper.table(self.claim.database, table)?;
        let missing = || super::lane::not_ready(self.entry.key, &"UPPER does not have it yet");
        let here = here.ok_or_else(missing)?;
        let released = translator.release_table(&here).map_err(|e| no_way(e.to_string()))?;
        let Some(Name::Partition(_, _, partition)) = name else { return Ok((released, None)) };
        let mut found = self.claim.upper.partitions(&here, &[partition.to_owned()])?;
        let found = found.remove(partition).ok_or_else(missing)?;
        let found = translator.release_partition(&found).map_err(|e| no_way(e.to_string()))?;
        Ok((released, Some(found)))
    }

    /// Whether two tables of UPPER have the same rows.
    fn rows_are_equal(&self, one: &str, other: &str) -> Result<bool> {
        let database = self.claim.database;
        self.statement("cannot compare rows on", |session, watcher| {
            let one = digest(session, watcher, FullName { database, table: one })?;
            Ok(one == digest(session, watcher, FullName { database, table: other })?)
        })
    }

    fn statement<T>(
        &self,
        tried: &str,
        work: impl FnOnce(&mut Session, &mut dyn Watcher) -> Result<T, HiveError>,
    ) -> Result<T> {
        self.lane.server.with(tried, self.pace, work)
    }

    fn held(&self, side: Side) -> Result<Option<Held>> {
        held(side, &*self.lane.opener, self.place, self.pace)
    }

    fn receipt(&self, proof: Proof, lower: &Held, upper: Option<Held>) -> Receipt {
        let upper = upper.map(|upper| upper.facets().as_bytes().into());
        let facets = lower.facets().as_bytes().into();
        Receipt { bytes: lower.bytes(), lower: Some(facets), upper, ..Receipt::of(proof) }
    }

    fn in_the_way(&self) -> Error {
        let at = &self.place.upper;
        Error::new(Code::InTheWay, "cannot write the rows of").on(self.entry.key).because(format!(
            "the files at {at} are not what was agreed on, and hold other rows than LOWER"
        ))
    }

    fn differs(&self) -> Error {
        Error::new(Code::ContentDiffers, "what Hive wrote has other rows than LOWER:")
            .on(self.entry.key)
    }
}

/// Counts and hashes the rows of a table.
fn digest(
    session: &mut Session,
    watcher: &mut dyn Watcher,
    of: FullName<'_>,
) -> Result<Digest, HiveError> {
    let mut statement = session.execute(&statements::columns(of), watcher)?;
    let columns = statement.columns()?;
    statement.close()?;
    let names: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    let names = &names[..names.len().min(MOST_COLUMNS)];
    let rows = session.rows(&statements::digest(of, names), 1, watcher)?;
    let row = rows.into_iter().next();
    Ok(row.map_or_else(Vec::new, |row| (0..DIGEST_COLUMNS).map(|at| row.integer(at)).collect()))
}

/// What a place is the place of.
pub(super) fn partition_of(key: Key<'_>) -> Option<Name<'_>> {
    match Name::of(key)? {
        table @ Name::Table(..) => Some(table),
        // A partition's prefix has a slash more than its key.
        _ => Name::of(Key::new(key.path())),
    }
}

/// Names of the transfer tables of a place.
pub(super) fn names_of(prefix: &str, place: &Place) -> Names {
    let name = partition_of(place.prefix.as_key());
    Names::of(prefix, name.and_then(|name| name.table()).unwrap_or_default(), place)
}
