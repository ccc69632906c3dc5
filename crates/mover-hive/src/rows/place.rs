//! One place: what may be written there, and the steps from LOWER's rows to a receipt.

use super::claims::Claim;
use super::clearing::clear;
use super::export::{Export, Exporter};
use super::held::{Held, held};
use super::lane::RowsLane;
use super::statements::{self, FullName};
use super::transfer::{Names, Transfer};
use super::way::{Otherwise, Way};
use crate::data::Place;
use crate::keys::Name;
use crate::locations::Place as Location;
use boatlift_clients::hiveserver2::{HiveError, Session, Watcher};
use boatlift_clients::metastore::{Partition, Table};
use boatlift_core::compare::Verdict;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Pace;
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;

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
        if Location::parse(&self.place.upper, None).is_ok_and(|upper| upper.is_in_bucket()) {
            return Err(self.unsupported("it goes into a bucket, which the strategy `copy` can do"));
        }
        self.lane.exchange.step_back(&[self.place])?;
        if !lower.has_rows() {
            return self.empty(&lower);
        }
        let transfer = self.transfer()?;
        let export = self.export(&transfer)?;
        self.settle()?;
        self.claim.make(&transfer)?;
        let carried = match &export {
            None => self.insert(),
            Some(export) => self.import(export),
        };
        let equal = carried.and_then(|()| self.rows_are_equal(&self.claim.names.to));
        self.conclude(&lower, upper.as_ref(), equal)
    }

    /// Has UPPER's Hive make the directory of the place, if there is none.
    fn settle(&self) -> Result<()> {
        let name = &self.claim.names.look;
        let text = statements::settle(self.full(name), &self.place.upper);
        self.run("cannot make a directory on", &text)?;
        self.claim.drop_sources()
    }

    /// Has UPPER's Hive write what it reads from LOWER's files.
    fn insert(&self) -> Result<()> {
        let names = &self.claim.names;
        let text = statements::overwrite(self.full(&names.to), self.full(&names.from));
        self.run("cannot carry rows on", &text)
    }

    /// Has LOWER's Hive write an export, and UPPER's read it.
    fn import(&self, export: &Export<'_>) -> Result<()> {
        let name = &self.claim.names.import;
        // IMPORT wants an empty directory, and a table that is not there.
        self.claim.drop_import()?;
        clear(&*self.lane.opener, self.place.on(Side::Upper), self.pace)?;
        export.clear(self.pace)?;
        let imported = export
            .write(self.full(name), self.pace)
            .and_then(|text| self.run("cannot import on", &text));
        let dropped = self.claim.drop_import();
        match imported {
            Err(error) if error.code == Code::Interrupted => Err(error),
            imported => imported.and(dropped).and(export.clear(self.pace)),
        }
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
        let equal = self.rows_are_equal(&self.claim.names.look);
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

    /// The export by which the place goes; `None` when it goes by SQL.
    fn export(&self, transfer: &Transfer) -> Result<Option<Export<'_>>> {
        let RowsLane { ways, places, opener, .. } = self.lane;
        let Some(name) = Name::of_place(self.entry.key) else { return Ok(None) };
        let insertable = transfer.can_be_inserted().map_err(|why| self.unsupported(&why));
        let way = ways.of(places, &**opener, name, self.pace)?;
        let (exporter, otherwise) = match (way, &insertable, ways.exporter()) {
            (Way::Sql, Err(_), Some(exporter)) => (exporter, Otherwise::Fail),
            (Way::Sql, ..) => return insertable.map(|()| None),
            (Way::Export(exporter, otherwise), ..) => (exporter, otherwise),
        };
        match (self.export_by(exporter, name)?, otherwise) {
            (Ok(export), _) => Ok(Some(export)),
            (Err(_), Otherwise::Sql) => insertable.map(|()| None),
            (Err(why), Otherwise::Fail) => Err(self.unsupported(&why)),
        }
    }

    fn export_by<'e>(
        &'e self,
        exporter: &'e Exporter,
        name: Name<'e>,
    ) -> Result<Result<Export<'e>, String>> {
        let (table, _) = self.linked()?;
        Ok(exporter.export(name, &table, self.place))
    }

    /// Removes what interrupted exports of the place left on LOWER.
    pub(super) fn clear_exports(&self) -> Result<()> {
        let name = Name::of_place(self.entry.key);
        let (Some(exporter), Some(name)) = (self.lane.ways.exporter(), name) else {
            return Ok(());
        };
        match self.export_by(exporter, name)? {
            Ok(export) => export.clear(self.pace),
            // What cannot be exported never was.
            Err(_) => Ok(()),
        }
    }

    /// Makes the place, with nothing in it.
    fn empty(&self, lower: &Held) -> Result<Outcome> {
        self.clear()?;
        self.settle()?;
        self.claim.drop_all()?;
        let upper = self.held(Side::Upper)?;
        Ok(Outcome::Done(self.receipt(Proof::Listed, lower, upper)))
    }

    /// Removes the files of the place on UPPER. Only after it was found to be ours.
    pub(super) fn clear(&self) -> Result<()> {
        clear(&*self.lane.opener, self.place.on(Side::Upper), self.pace)
    }

    /// The transfer tables, by what UPPER has of the table now.
    fn transfer(&self) -> Result<Transfer> {
        let (table, partition) = self.linked()?;
        Ok(Transfer::new(&table, partition.as_ref(), self.place, &self.claim.names))
    }

    /// The table of the place, and its partition, as they point at LOWER.
    fn linked(&self) -> Result<(Table, Option<Partition>)> {
        let exchange = &self.lane.exchange;
        let translator = exchange.translator();
        let no_way = |error| super::lane::not_ready(self.entry.key, &error);
        let name = Name::of_place(self.entry.key);
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

    /// Whether a table over UPPER's files has the rows of the one over LOWER's.
    fn rows_are_equal(&self, upper: &str) -> Result<bool> {
        let (lower, upper) = (self.full(&self.claim.names.from), self.full(upper));
        self.lane.server.with("cannot compare rows on", self.pace, |session, watcher| {
            let of_lower = digest(session, watcher, lower)?;
            Ok(of_lower == digest(session, watcher, upper)?)
        })
    }

    fn run(&self, tried: &str, text: &str) -> Result<()> {
        let run =
            |session: &mut Session, watcher: &mut dyn Watcher| session.run(text, watcher).map(drop);
        self.lane.server.with(tried, self.pace, run)
    }

    fn full<'n>(&'n self, table: &'n str) -> FullName<'n> {
        FullName { database: self.claim.database, table }
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

    fn unsupported(&self, why: &str) -> Error {
        let tried = "the strategy cannot carry the rows of";
        Error::new(Code::Unsupported, tried).on(self.entry.key).because(why)
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

/// Names of the transfer tables of a place.
pub(super) fn names_of(prefix: &str, place: &Place) -> Names {
    let name = Name::of_place(place.prefix.as_key());
    Names::of(prefix, name.and_then(|name| name.table()).unwrap_or_default(), place)
}
