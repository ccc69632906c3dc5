//! Carrying partitions, as objects: with their own locations, columns, formats and
//! parameters. UPPER discovers nothing.

use super::catalogue::location;
use super::guard::{losses, may_overwrite, written_through_upper};
use super::lane::{CatalogueLane, Item, all_failed, is_about_one};
use super::presence::Found;
use super::source::WithPartitions;
use super::tables::{never, receipt, untranslatable};
use crate::classify::Standing;
use crate::config::Overwrite;
use crate::keys::Name;
use crate::marks::HandsOff;
use boatlift_clients::metastore::{Partition, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::side::Side;
use std::collections::BTreeMap;

/// Partitions of one table, by name.
type ByName = BTreeMap<String, Partition>;

/// What is to be written, and what LOWER showed of it.
struct Write<'i, 'a> {
    item: &'i Item<'a>,
    name: &'a str,
    intended: Partition,
    lower: Vec<u8>,
}

/// What a work comes to before anything is written.
#[derive(Default)]
struct Sorted<'i, 'a> {
    add: Vec<Write<'i, 'a>>,
    alter: Vec<Write<'i, 'a>>,
    known: Vec<Indexed>,
}

/// A table on both sides.
struct Both {
    lower: Table,
    upper: Table,
}

impl CatalogueLane {
    /// Makes partitions of one table as LOWER has them.
    pub(super) fn partitions(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
        pace: &dyn Pace,
    ) -> Result<Vec<Indexed>, Stopped> {
        self.spend(pace, work.len())?;
        match self.carry_partitions(database, table, work) {
            Ok(outcomes) => Ok(outcomes),
            // What was written of them meanwhile is found there and counts as done.
            Err(error) if is_about_one(&error, work) => {
                let half = work.len() / 2;
                let mut outcomes = self.partitions(database, table, &work[..half], pace)?;
                match self.partitions(database, table, &work[half..], pace) {
                    Ok(more) => outcomes.extend(more),
                    Err(Stopped) if outcomes.is_empty() => return Err(Stopped),
                    Err(Stopped) => {}
                }
                Ok(outcomes)
            }
            Err(error) => Ok(all_failed(work, &error)),
        }
    }

    fn carry_partitions(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
    ) -> Result<Vec<Indexed>> {
        let (both, lower) = match self.table_on_both(database, table, work)? {
            Ok(found) => found,
            Err(outcome) => {
                return Ok(work.iter().map(|item| (item.index, outcome.clone())).collect());
            }
        };
        let known = names(work, |item| item.entry.upper.is_some());
        let upper = match known.is_empty() {
            true => ByName::new(),
            false => self.upper.partitions(&both.upper, &known)?,
        };
        let mut sorted = self.sort(&both, work, lower, upper)?;
        if !(sorted.add.is_empty() && sorted.alter.is_empty()) {
            // They point at LOWER: a user's DROP TABLE would take LOWER's files along.
            self.upper.take_purge_off(&both.upper)?;
        }
        if !sorted.add.is_empty() {
            let parts: Vec<Partition> =
                sorted.add.iter().map(|write| write.intended.clone()).collect();
            self.upper.add_partitions(&both.upper, &parts)?;
        }
        if !sorted.alter.is_empty() {
            let parts: Vec<Partition> =
                sorted.alter.iter().map(|write| write.intended.clone()).collect();
            self.upper.alter_partitions(&both.upper, &parts)?;
        }
        let mut outcomes = std::mem::take(&mut sorted.known);
        let writes: Vec<Write<'_, '_>> = sorted.add.into_iter().chain(sorted.alter).collect();
        let written: Vec<String> = writes.iter().map(|write| write.name.to_owned()).collect();
        self.partition_extras(&both.lower, &written)?;
        outcomes.extend(self.read_back_partitions(&both.upper, writes)?);
        Ok(outcomes)
    }

    /// The table on both sides with LOWER's partitions, or what becomes of them when one side
    /// lacks it.
    fn table_on_both(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
    ) -> Result<Result<(Both, ByName), Outcome>> {
        let Some(found) = self.source.partitions(database, table, work)? else {
            return Ok(Err(Outcome::Vanished));
        };
        let WithPartitions { table: lower, partitions } = found;
        if let Standing::Skip(reason) = self.translator.standing(&lower) {
            return Ok(Err(Outcome::Skipped(reason.to_string())));
        }
        let upper = self.upper.table(&self.above(database), table)?;
        Ok(match upper {
            Some(upper) => Ok((Both { lower, upper }, partitions)),
            None => Err(Outcome::Failed(
                Error::new(Code::HiveNotReady, "cannot add partitions to")
                    .on(Name::Table(database, table).key().as_key())
                    .because("UPPER does not have the table"),
            )),
        })
    }

    /// Finds out what is to be added, what altered, and what needs nothing.
    fn sort<'i, 'a>(
        &self,
        both: &Both,
        work: &'i [Item<'a>],
        mut lower: ByName,
        mut upper: ByName,
    ) -> Result<Sorted<'i, 'a>> {
        let mut sorted = Sorted::default();
        let hands_off = self.describe.hands_off(&both.upper);
        for item in work {
            let Name::Partition(_, _, name) = item.name else { continue };
            let Some(there) = lower.remove(name) else {
                sorted.known.push((item.index, Outcome::Vanished));
                continue;
            };
            let facets = self.describe.partition(Side::Lower, &there);
            let intended = match self.translator.partition(&there) {
                Ok(intended) => intended,
                Err(error) => {
                    let failed = Outcome::Failed(untranslatable(item, &error));
                    sorted.known.push((item.index, failed));
                    continue;
                }
            };
            let write = |intended| Write { item, name, intended, lower: facets.clone() };
            let Some(here) = upper.remove(name) else {
                match self.why_not_added(item, &intended, hands_off.as_ref())? {
                    None => sorted.add.push(write(intended)),
                    Some(outcome) => sorted.known.push((item.index, outcome)),
                }
                continue;
            };
            let now = self.describe.partition(Side::Upper, &here);
            if self.is_as_intended(&intended, &here) {
                let outcome = match written_through_upper(item) {
                    Some(error) if !self.describe.accepts(item.name) => Outcome::Failed(error),
                    _ => Outcome::Same(receipt(facets, now)),
                };
                sorted.known.push((item.index, outcome));
                continue;
            }
            match may_overwrite(item, &now, hands_off.as_ref()) {
                _ if self.overwrite == Overwrite::Never => {
                    sorted.known.push((item.index, never()));
                }
                Ok(()) => sorted.alter.push(write(intended)),
                Err(error) => sorted.known.push((item.index, Outcome::Failed(error))),
            }
        }
        Ok(sorted)
    }

    /// Whether nothing is to be altered. One that points at its own files on UPPER is as
    /// intended; one that is altered points at LOWER until they are what is intended now.
    fn is_as_intended(&self, intended: &Partition, here: &Partition) -> bool {
        let adopted = self.describe.is_adopted(here);
        let adopted = adopted.then(|| self.translator.adopt_partition(intended).ok()).flatten();
        let in_place = adopted.as_ref().unwrap_or(intended);
        losses(&self.translator.differences().partition(in_place, here)).is_none()
    }

    /// What becomes of a partition that is not added: its table is somebody else's, or UPPER's
    /// metastore would make its directory on LOWER.
    fn why_not_added(
        &self,
        item: &Item<'_>,
        intended: &Partition,
        hands_off: Option<&HandsOff>,
    ) -> Result<Option<Outcome>> {
        if let Some(why) = hands_off.filter(|why| why.is_of_others()) {
            let error = Error::new(Code::HiveForeign, "cannot add to a table on UPPER");
            return Ok(Some(Outcome::Failed(error.on(item.entry.key).because(why))));
        }
        let Some(location) = location(intended) else { return Ok(None) };
        Ok(match self.presence.of(location)? {
            Found::Missing => {
                let reason = format!("its location {location} does not exist on LOWER");
                Some(Outcome::Skipped(reason))
            }
            Found::There | Found::Unknown => None,
        })
    }

    fn read_back_partitions(
        &self,
        table: &Table,
        writes: Vec<Write<'_, '_>>,
    ) -> Result<Vec<Indexed>> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<String> = writes.iter().map(|write| write.name.to_owned()).collect();
        let mut found = self.upper.partitions(table, &names)?;
        let judged = writes.into_iter().map(|write| {
            let outcome = match found.remove(write.name) {
                None => Outcome::Moving,
                Some(found) => self.judge_partition(&write, &found),
            };
            (write.item.index, outcome)
        });
        Ok(judged.collect())
    }

    fn judge_partition(&self, write: &Write<'_, '_>, found: &Partition) -> Outcome {
        match losses(&self.translator.differences().partition(&write.intended, found)) {
            None => {
                let upper = self.describe.partition(Side::Upper, found);
                Outcome::Done(receipt(write.lower.clone(), upper))
            }
            Some(losses) => Outcome::Failed(
                Error::new(Code::HiveTranslated, "UPPER's metastore did not keep")
                    .on(write.item.entry.key)
                    .because(losses),
            ),
        }
    }
}

fn names(work: &[Item<'_>], wanted: impl Fn(&Item<'_>) -> bool) -> Vec<String> {
    let names = work
        .iter()
        .filter(|item| wanted(item))
        .filter_map(|item| item.name.partition().map(str::to_owned));
    names.collect()
}
