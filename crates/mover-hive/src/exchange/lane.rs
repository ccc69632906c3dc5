//! The lane of the exchange: partitions in batches, then their tables.

use super::{Exchange, Pointing};
use crate::catalog::{is_view, location};
use crate::data::Place;
use crate::exchange::listing::facets_of;
use crate::keys::Name;
use crate::translate::OwnsFiles;
use boatlift_clients::metastore::{Partition, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::Kind;
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::{Lane, Pace, Step, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::side::Side;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Points tables and partitions at UPPER's storage.
pub(crate) struct ExchangeLane {
    pub(crate) exchange: Arc<Exchange>,
    /// Partitions per call.
    pub(crate) batch: usize,
}

/// A step with what it is about.
#[derive(Clone, Copy)]
struct Item<'a> {
    index: u32,
    step: Step,
    key: Key<'a>,
    name: Name<'a>,
}

impl Lane for ExchangeLane {
    fn name(&self) -> &'static str {
        "exchange"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let items: Vec<Item<'_>> = turn
            .steps
            .iter()
            .filter_map(|(index, step)| {
                let key = turn.page.get(*index as usize).key;
                Some(Item { index: *index, step: *step, key, name: Name::of(key)? })
            })
            .collect();
        let mut outcomes = Vec::with_capacity(items.len());
        let of_one = |one: &Item<'_>, other: &Item<'_>| {
            let is_partition = |name| matches!(name, Name::Partition(..));
            let same = (one.name.database(), one.name.table())
                == (other.name.database(), other.name.table());
            same && is_partition(one.name) && is_partition(other.name)
        };
        for work in items.chunk_by(of_one).flat_map(|work| work.chunks(self.batch.max(1))) {
            if pace.spend(Side::Upper, work.len() as u64, 0).is_err() {
                break;
            }
            match self.work(work, pace) {
                Ok(done) => outcomes.extend(done),
                Err(error) if error.code == Code::Interrupted => break,
                Err(error) => outcomes
                    .extend(work.iter().map(|item| (item.index, Outcome::Failed(error.clone())))),
            }
        }
        outcomes
    }
}

impl ExchangeLane {
    fn work(&self, work: &[Item<'_>], pace: &dyn Pace) -> Result<Vec<Indexed>> {
        let exchange = &self.exchange;
        let (database, name) = (work[0].name.database(), work[0].name.table().unwrap_or_default());
        let Some(here) = exchange.table(database, name)? else {
            let missing = Error::new(Code::HiveNotReady, "cannot exchange")
                .on(work[0].key)
                .because("UPPER does not have the table");
            return Ok(work.iter().map(|i| (i.index, Outcome::Failed(missing.clone()))).collect());
        };
        match work[0].name {
            Name::Partition(..) => self.partitions(&here, work, pace),
            _ => {
                let outcome = self.table(&here, &work[0], pace).or_else(failed)?;
                Ok(vec![(work[0].index, outcome)])
            }
        }
    }

    fn partitions(&self, here: &Table, work: &[Item<'_>], pace: &dyn Pace) -> Result<Vec<Indexed>> {
        let exchange = &self.exchange;
        let prefixes: Vec<KeyBuf> = work.iter().map(|item| as_directory(item.key)).collect();
        let places = exchange.places.of_keys(prefixes.iter().map(KeyBuf::as_key))?;
        let name_of = |item: &Item<'_>| item.name.partition().map(str::to_owned);
        let names: Vec<String> = work.iter().filter_map(name_of).collect();
        let found = exchange.upper.partitions(here, &names)?;
        let agreed = exchange.agreed(work.iter().map(|item| item.key))?;
        let (mut outcomes, mut flips, mut flipped) = (Vec::new(), Vec::new(), Vec::new());
        // Partitions mostly name what their table names.
        let mut brought = BTreeSet::new();
        for (item, prefix) in work.iter().zip(&prefixes) {
            let now = item.name.partition().and_then(|name| found.get(name));
            let (Some(place), Some(now)) = (places.get(prefix), now) else {
                outcomes.push((item.index, Outcome::Vanished));
                continue;
            };
            let outcome = match (item.step, exchange.points(now, place)) {
                (_, Pointing::Upper) => Ok(Some(Outcome::Same(receipt(now, place, Kind::File)))),
                (Step::Look | Step::ReadBack, _) => Err(not_there(item.key)),
                (_, Pointing::Elsewhere) => Err(foreign(item.key, location(now))),
                (_, Pointing::Lower) => {
                    let facets = exchange.describe.partition(Side::Upper, now);
                    exchange
                        .may_exchange((item.name, item.key), here, &facets, &agreed)
                        .and_then(|()| exchange.is_ready(place, pace))
                        .and_then(|()| {
                            let files = exchange.translator().side_files_of_partition(now);
                            let mut files = files.map_err(|e| super::no_way_back(place, &e))?;
                            files.retain(|file| !brought.contains(file));
                            exchange.bring_side_files(&files, pace)?;
                            brought.extend(files);
                            Ok(())
                        })
                        .map(|()| None)
                }
            };
            match outcome {
                Ok(Some(outcome)) => outcomes.push((item.index, outcome)),
                Ok(None) => match exchange.adopted(now, place) {
                    Ok(adopted) => {
                        flips.push(adopted);
                        flipped.push((item, place));
                    }
                    Err(error) => outcomes.push((item.index, Outcome::Failed(error))),
                },
                Err(error) => outcomes.push((item.index, failed(error)?)),
            }
        }
        if !flips.is_empty() {
            exchange.upper.alter_partitions(here, &flips)?;
            let names: Vec<String> = flipped.iter().filter_map(|(item, _)| name_of(item)).collect();
            let now = exchange.upper.partitions(here, &names)?;
            outcomes.extend(flipped.into_iter().map(|(item, place)| {
                let now = item.name.partition().and_then(|name| now.get(name));
                (item.index, self.judge(item, now, place))
            }));
        }
        Ok(outcomes)
    }

    fn judge(&self, item: &Item<'_>, now: Option<&Partition>, place: &Place) -> Outcome {
        match now.map(|now| (now, self.exchange.points(now, place))) {
            Some((now, Pointing::Upper)) => Outcome::Done(receipt(now, place, Kind::File)),
            Some((now, _)) => Outcome::Failed(not_kept(item.key, &place.upper, location(now))),
            None => Outcome::Vanished,
        }
    }

    /// Exchanges a table: its data, or only where new partitions go.
    fn table(&self, here: &Table, item: &Item<'_>, pace: &dyn Pace) -> Result<Outcome> {
        let exchange = &self.exchange;
        let database = item.name.database();
        let Some(there) = exchange.places.lower.table(database, here.name())? else {
            return Ok(Outcome::Vanished);
        };
        let place = match exchange.places.whole(database, &there)? {
            Some(place) if !is_view(&there) => place,
            _ => return Ok(Outcome::Vanished),
        };
        match (item.step, exchange.points(here, &place)) {
            (_, Pointing::Upper) if !exchange.describe.lacks_purge(here) => {
                return Ok(Outcome::Same(receipt(here, &place, Kind::Directory)));
            }
            (Step::Look | Step::ReadBack, Pointing::Upper) => {
                return Ok(Outcome::Same(receipt(here, &place, Kind::Directory)));
            }
            (Step::Look | Step::ReadBack, _) => return Err(not_there(item.key)),
            (_, Pointing::Elsewhere) => return Err(foreign(item.key, location(here))),
            (_, Pointing::Lower | Pointing::Upper) => {}
        }
        let facets = exchange.describe.table(Side::Upper, here);
        let agreed = exchange.agreed(std::iter::once(item.key))?;
        exchange.may_exchange((item.name, item.key), here, &facets, &agreed)?;
        let owns = match there.is_partitioned() {
            true => {
                self.all_partitions_are_exchanged(here, &there, item)?;
                exchange.owns_files(here)?
            }
            false => {
                exchange.is_ready(&place, pace)?;
                OwnsFiles::Yes
            }
        };
        let files = exchange.translator().side_files(here);
        exchange.bring_side_files(&files.map_err(|e| super::no_way_back(&place, &e))?, pace)?;
        let adopted = exchange
            .translator()
            .adopt_table(here, owns)
            .map_err(|error| super::no_way_back(&place, &error))?;
        if adopted == *here {
            return Ok(Outcome::Same(receipt(here, &place, Kind::Directory)));
        }
        exchange.upper.alter_table(here.database(), here.name(), &adopted)?;
        match exchange.upper.table(here.database(), here.name())? {
            None => Ok(Outcome::Vanished),
            Some(now) if exchange.points(&now, &place) == Pointing::Upper => {
                Ok(Outcome::Done(receipt(&now, &place, Kind::Directory)))
            }
            Some(now) => Err(not_kept(item.key, &place.upper, location(&now))),
        }
    }

    fn all_partitions_are_exchanged(
        &self,
        here: &Table,
        there: &Table,
        item: &Item<'_>,
    ) -> Result<()> {
        let exchange = &self.exchange;
        let database = item.name.database();
        let names = exchange.places.lower.partition_names(database, there.name())?;
        let taken = exchange.translator().scope().takes_partitions(&names);
        let names: Vec<String> = taken.into_iter().map(|at| names[at].clone()).collect();
        for names in names.chunks(self.batch.max(1)) {
            let found = exchange.upper.partitions(here, names)?;
            let open = names.iter().find(|name| match found.get(*name) {
                Some(partition) => !exchange.describe.is_adopted(partition),
                None => true,
            });
            if let Some(open) = open {
                return Err(Error::new(Code::HiveNotReady, "cannot exchange the table yet:")
                    .on(item.key)
                    .because(format!("partition {open} is not exchanged")));
            }
        }
        Ok(())
    }
}

/// A failure of one item; only a stop ends the turn.
fn failed(error: Error) -> Result<Outcome> {
    match error.code {
        Code::Interrupted => Err(error),
        _ => Ok(Outcome::Failed(error)),
    }
}

fn as_directory(key: Key<'_>) -> KeyBuf {
    let mut directory = key.to_owned();
    directory.0.push(b'/');
    directory
}

fn receipt(now: &impl boatlift_clients::metastore::Stored, place: &Place, kind: Kind) -> Receipt {
    let lower = facets_of(kind, Some(&place.upper));
    let upper = facets_of(kind, location(now));
    Receipt { lower: Some(lower.into()), upper: Some(upper.into()), ..Receipt::of(Proof::ReadBack) }
}

fn not_there(key: Key<'_>) -> Error {
    Error::new(Code::LookDiffers, "UPPER does not show what was agreed on:")
        .on(key)
        .because("it does not point at its place on UPPER")
}

fn foreign(key: Key<'_>, location: Option<&str>) -> Error {
    Error::new(Code::HiveForeign, "cannot exchange").on(key).because(format!(
        "it points at {}, which is neither its place on LOWER nor that on UPPER",
        location.unwrap_or("no location")
    ))
}

fn not_kept(key: Key<'_>, wanted: &str, location: Option<&str>) -> Error {
    Error::new(Code::HiveTranslated, "UPPER's metastore did not keep the location of")
        .on(key)
        .because(format!("{wanted} was asked for, {} was found", location.unwrap_or("none")))
}
