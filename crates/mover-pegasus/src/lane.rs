//! The lane: LOWER's own duplication is begun, and waited for; its rows are compared.

use crate::duplication::Duplicator;
use crate::inventory::Shared;
use crate::plan::About;
use crate::throttle;
use crate::verify::{self, Compared};
use boatlift_core::error::{Code, Error};
use boatlift_core::lane::{Halt, Lane, Pace, Part, Step, Turn, VerifyJob};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// Partitions whose rows are compared at the same time.
const COMPARED_AT_ONCE: usize = 4;

/// The way from one cluster to the other.
pub(crate) struct DuplicationLane {
    shared: Arc<Shared>,
    /// Tables whose checkpoints may be carried at the same time, whoever carries them.
    places: Semaphore,
    /// Once servers have the settings that hold meanwhile.
    throttled: OnceCell<()>,
}

impl DuplicationLane {
    pub(crate) fn new(shared: Arc<Shared>) -> DuplicationLane {
        let places = Semaphore::new(shared.config.duplication.parallel_tables as usize);
        DuplicationLane { shared, places, throttled: OnceCell::new() }
    }
}

impl Drop for DuplicationLane {
    /// Settings of servers go back. What cannot be put back now, the next run puts back.
    fn drop(&mut self) {
        if let Err(error) = self.shared.clusters.wait(throttle::end(&self.shared)) {
            tracing::warn!(%error, "settings of servers are not as they were");
        }
    }
}

/// The work of one turn on one table.
#[derive(Default)]
struct Work {
    /// The entry of the table itself.
    table: Option<u32>,
    /// Entries of partitions, by their numbers.
    partitions: BTreeMap<u32, u32>,
    /// Entries of partitions whose rows are to be compared, by their numbers.
    compared: BTreeMap<u32, u32>,
}

impl Lane for DuplicationLane {
    fn name(&self) -> &'static str {
        "duplication"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        self.turn(turn, None, pace)
    }

    fn verify(&self, turn: &Turn<'_>, job: VerifyJob, pace: &dyn Pace) -> Vec<Indexed> {
        self.turn(turn, Some(job), pace)
    }
}

impl DuplicationLane {
    fn turn(&self, turn: &Turn<'_>, job: Option<VerifyJob>, pace: &dyn Pace) -> Vec<Indexed> {
        let mut work: BTreeMap<&str, Work> = BTreeMap::new();
        let mut done = Vec::new();
        for (index, step) in turn.steps {
            let key = turn.page.get(*index as usize).key;
            match About::read(key.as_bytes()) {
                Some(About { table, partition: Some(partition) }) if *step == Step::ReadBack => {
                    work.entry(table).or_default().compared.insert(partition, *index);
                }
                // A table itself has no content.
                Some(About { partition: None, .. }) if *step == Step::ReadBack => {
                    done.push((*index, Outcome::Done(Receipt::of(Proof::Listed))));
                }
                Some(About { table, partition: None }) => {
                    work.entry(table).or_default().table = Some(*index);
                }
                Some(About { table, partition: Some(partition) }) => {
                    work.entry(table).or_default().partitions.insert(partition, *index);
                }
                None => {
                    let why = Error::new(Code::Bug, "cannot carry what is no table:").on(key);
                    done.push((*index, Outcome::Failed(why)));
                }
            }
        }
        let duplicator = Duplicator {
            clusters: &self.shared.clusters,
            settings: &self.shared.config.duplication,
            pace,
        };
        let parallel = self.shared.config.duplication.parallel_tables as usize;
        let carries = work.values().any(|work| work.table.is_some() || !work.partitions.is_empty());
        let carried: Vec<Vec<Indexed>> = self.shared.clusters.wait(async {
            if carries {
                let begun = self.throttled.get_or_try_init(|| throttle::begin(&self.shared)).await;
                if let Err(error) = begun {
                    return work.into_values().map(|work| work.failed(&error)).collect();
                }
            }
            let duplicator = &duplicator;
            let tables = work.into_iter().map(|(table, work)| async move {
                self.carry_table(duplicator, table, work, job).await
            });
            stream::iter(tables).buffer_unordered(parallel).collect().await
        });
        done.extend(carried.into_iter().flatten());
        done
    }

    async fn carry_table(
        &self,
        duplicator: &Duplicator<'_>,
        table: &str,
        mut work: Work,
        job: Option<VerifyJob>,
    ) -> Vec<Indexed> {
        let mut done = compare(&self.shared, table, &work.compared, job, duplicator.pace).await;
        if let Some(index) = work.table {
            // It is never closed.
            let _place = self.places.acquire().await;
            match told(duplicator.establish(table).await, Proof::Listed) {
                Some(outcome) => done.push((index, outcome)),
                None => return done,
            }
        }
        let partitions: Vec<u32> = work.partitions.keys().copied().collect();
        if partitions.is_empty() {
            return done;
        }
        let caught_up = |partition| {
            if let Some(index) = work.partitions.remove(&partition) {
                done.push((index, Outcome::Done(Receipt::of(Proof::Position))));
            }
        };
        let waited = duplicator.catch_up(table, &partitions, caught_up).await;
        if let Some(outcome) = told(waited, Proof::Position) {
            done.extend(work.partitions.into_values().map(|index| (index, outcome.clone())));
        }
        done
    }
}

impl Work {
    /// All of it has failed for one reason.
    fn failed(self, why: &Error) -> Vec<Indexed> {
        let indices = self.table.into_iter().chain(self.partitions.into_values());
        let indices = indices.chain(self.compared.into_values());
        indices.map(|index| (index, Outcome::Failed(why.clone()))).collect()
    }
}

/// Compares the rows of partitions, some at a time.
async fn compare(
    shared: &Shared,
    name: &str,
    partitions: &BTreeMap<u32, u32>,
    job: Option<VerifyJob>,
    pace: &dyn Pace,
) -> Vec<Indexed> {
    if partitions.is_empty() {
        return Vec::new();
    }
    let (lower, upper) = (shared.clusters.lower.open(name), shared.clusters.upper.open(name));
    let tables = match (lower.await, upper.await) {
        (Ok(lower), Ok(upper)) => [Arc::new(lower), Arc::new(upper)],
        (Err(error), _) | (_, Err(error)) => {
            let failed = |index: &u32| (*index, Outcome::Failed(error.clone()));
            return partitions.values().map(failed).collect();
        }
    };
    let tables = &tables;
    let compared = partitions.iter().map(|(partition, index)| async move {
        let compared = Compared { tables, name, number: *partition, job };
        match verify::partition(shared, compared, pace).await {
            Ok(outcome) | Err(Halt::Told(outcome)) => Some((*index, outcome)),
            Err(Halt::Stopped) => None,
        }
    });
    let compared: Vec<_> =
        stream::iter(compared).buffer_unordered(COMPARED_AT_ONCE).collect().await;
    compared.into_iter().flatten().collect()
}

/// What came of a part; `None` when it was asked to stop.
fn told(part: Part<()>, proof: Proof) -> Option<Outcome> {
    match part {
        Ok(()) => Some(Outcome::Done(Receipt::of(proof))),
        Err(Halt::Told(outcome)) => Some(outcome),
        Err(Halt::Stopped) => None,
    }
}
