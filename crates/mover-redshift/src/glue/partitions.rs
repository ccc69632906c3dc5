//! Carrying partitions, each with its own place, columns and format, in batches.

use super::differences::in_words;
use super::facets::partition_facets;
use super::fingerprint::Described;
use super::guard::may_write;
use super::lane::{CatalogueLane, Item, not_kept, receipt, same_for_all};
use super::names::Name;
use super::parallel::in_parallel;
use super::standing::of_table;
use boatlift_aws::glue::{Partition, PartitionRefusal, Table};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::{Result, Side};
use std::collections::BTreeMap;

/// Partitions of one table, by their values.
pub(super) type ByValues = BTreeMap<Vec<String>, Partition>;

/// What is to be written, and what LOWER showed of it.
struct Write<'i, 'a> {
    item: &'i Item<'a>,
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

impl CatalogueLane {
    /// Makes partitions of one table as LOWER has them.
    pub(super) fn partitions(
        &self,
        database: &str,
        name: &str,
        work: &[Item<'_>],
    ) -> Result<Vec<Indexed>> {
        let Some(there) = self.lower.table(database, name)? else {
            return Ok(same_for_all(work, &Outcome::Vanished));
        };
        if let Some(stays) = of_table(&there) {
            return Ok(same_for_all(work, &Outcome::Skipped(stays.to_string())));
        }
        self.own_table(database, name)?;
        let values = values_of(work);
        let lower = by_values(self.lower.partitions(database, name, &values)?);
        let upper = by_values(self.upper.partitions(database, name, &values)?);
        let Sorted { add, alter, known } = self.sort(work, lower, &upper);
        let above = self.upper.name_of(database);
        let glue = &self.upper.glue;
        let written = |writes: &[Write<'_, '_>]| -> Vec<Partition> {
            writes.iter().map(|write| write.intended.clone()).collect()
        };
        let mut refusals = Vec::new();
        if !add.is_empty() {
            refusals.extend(glue.create_partitions(&above, name, &written(&add))?);
        }
        if !alter.is_empty() {
            refusals.extend(glue.update_partitions(&above, name, &written(&alter))?);
        }
        let writes: Vec<Write<'_, '_>> = add.into_iter().chain(alter).collect();
        let mut outcomes = known;
        outcomes.extend(self.read_back(database, &there.table, &writes, refusals)?);
        Ok(outcomes)
    }

    /// Finds out what is to be added, what altered, and what needs nothing.
    fn sort<'i, 'a>(
        &self,
        work: &'i [Item<'a>],
        mut lower: ByValues,
        upper: &ByValues,
    ) -> Sorted<'i, 'a> {
        let mut sorted = Sorted::default();
        for item in work {
            let Name::Partition(_, _, values) = &item.name else { continue };
            let Some(there) = lower.remove(values) else {
                sorted.known.push((item.index, Outcome::Vanished));
                continue;
            };
            let intended = self.lower.terms.translator.partition(&there).object;
            let facets = partition_facets(&intended.fingerprint());
            let write = Write { item, intended, lower: facets };
            let Some(here) = upper.get(values) else {
                sorted.add.push(write);
                continue;
            };
            let now = self.shown(here);
            if now == write.lower {
                sorted.known.push((item.index, Outcome::Same(receipt(write.lower, now))));
                continue;
            }
            // The table is ours; what somebody wrote into it is told by the survey.
            match may_write(item, &now, None) {
                Ok(()) => sorted.alter.push(write),
                Err(error) => sorted.known.push((item.index, Outcome::Failed(error))),
            }
        }
        sorted
    }

    /// What UPPER shows of a partition.
    pub(super) fn shown(&self, here: &Partition) -> Vec<u8> {
        partition_facets(&self.upper.terms.partition(Side::Upper, here))
    }

    /// Brings statistics along, and compares what UPPER shows with what was written.
    fn read_back(
        &self,
        database: &str,
        table: &Table,
        writes: &[Write<'_, '_>],
        refusals: Vec<PartitionRefusal>,
    ) -> Result<Vec<Indexed>> {
        let mut refused: BTreeMap<Vec<String>, Outcome> = refusals
            .into_iter()
            .map(|refusal| (refusal.values.clone(), outcome(refusal)))
            .collect();
        let taken: Vec<&Write<'_, '_>> =
            writes.iter().filter(|write| !refused.contains_key(&write.intended.values)).collect();
        let brought = in_parallel(self.upper.terms.connections, &taken, |write| {
            let values = &write.intended.values;
            self.upper.bring_of_partition(&self.lower, database, table, values)
        });
        for (write, brought) in taken.iter().zip(brought) {
            if let Err(error) = brought {
                refused.insert(write.intended.values.clone(), Outcome::Failed(error));
            }
        }
        let values: Vec<Vec<String>> =
            taken.iter().map(|write| write.intended.values.clone()).collect();
        let found = by_values(self.upper.partitions(database, &table.name, &values)?);
        let judged = writes.iter().map(|write| {
            let values = &write.intended.values;
            let outcome = match (refused.remove(values), found.get(values)) {
                (Some(outcome), _) => outcome,
                (None, None) => Outcome::Moving,
                (None, Some(found)) => self.judge(write, found),
            };
            (write.item.index, outcome)
        });
        Ok(judged.collect())
    }

    fn judge(&self, write: &Write<'_, '_>, found: &Partition) -> Outcome {
        match in_words(&write.intended, found) {
            None => Outcome::Done(receipt(write.lower.clone(), self.shown(found))),
            Some(losses) => not_kept(write.item, losses),
        }
    }
}

/// What becomes of a partition that a batch refused. One that somebody made meanwhile is
/// looked at again.
fn outcome(refusal: PartitionRefusal) -> Outcome {
    refusal.error.map_or(Outcome::Moving, Outcome::Failed)
}

/// Partitions by their values.
pub(super) fn by_values(partitions: Vec<Partition>) -> ByValues {
    partitions.into_iter().map(|partition| (partition.values.clone(), partition)).collect()
}

/// The values of the partitions that a work is about.
pub(super) fn values_of(work: &[Item<'_>]) -> Vec<Vec<String>> {
    let values = work.iter().filter_map(|item| match &item.name {
        Name::Partition(_, _, values) => Some(values.clone()),
        _ => None,
    });
    values.collect()
}
