//! The lane of DistCp: files go by jobs, everything else by the lane of the data.
//!
//! A turn is the task. Whatever a job says, each file is looked at on both sides afterwards
//! and has its own outcome; its content is read back in a later stage, as ever.

use super::jobs::{Jobs, Trouble};
use super::shares::{Share, Wanted, divided, shares};
use crate::config::PathStrategy;
use crate::data::{DataLane, Place, place_of};
use boatlift_core::error::{Code, Error};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::{Lane, Pace, Step, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What both sides' locations must begin with: other stores have no checksums to compare.
const SCHEME: &str = "hdfs://";

/// From LOWER's storage to UPPER's, by DistCp.
pub(crate) struct DistCpLane {
    /// Carries all that is no content of a file, and what DistCp cannot.
    pub(crate) data: Arc<DataLane>,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) strategy: PathStrategy,
}

/// A step of the turn that a job makes.
#[derive(Debug, Clone, Copy)]
struct Item<'a> {
    index: u32,
    step: Step,
    entry: Entry<'a>,
    file: Wanted<'a>,
}

impl Lane for DistCpLane {
    fn name(&self) -> &'static str {
        "distcp"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let brings = |(index, step): &(u32, Step)| {
            let lower = turn.page.get(*index as usize).lower;
            matches!(step, Step::Carry | Step::CompareAndCarry)
                && lower.map(FacetsRef::kind) == Some(Kind::File)
        };
        let held_up = match self.data.held_up(turn, pace) {
            Ok(held_up) => held_up,
            Err(error) => return fail(turn.steps.iter().map(|(index, _)| *index), &error),
        };
        let mut outcomes = Vec::new();
        let mut free = turn.steps.to_vec();
        free.retain(|(index, step)| {
            let held = held_up.outcome(*step, turn.page.get(*index as usize).key);
            outcomes.extend(held.map(|outcome| (*index, outcome.clone())));
            held.is_none()
        });
        let (files, mut others): (Vec<_>, Vec<_>) = free.into_iter().partition(brings);
        let keys = files.iter().map(|(index, _)| turn.page.get(*index as usize).key);
        let places = match files.is_empty() {
            true => Ok(BTreeMap::new()),
            false => self.data.places.of_keys(keys),
        };
        let (mut items, mut lost) = (Vec::new(), Vec::new());
        match &places {
            Err(error) => lost = fail(files.iter().map(|(index, _)| *index), error),
            Ok(places) => {
                for step in files {
                    match item(turn, step, places) {
                        Some(item) => items.push(item),
                        None => others.push(step),
                    }
                }
            }
        }
        let carried = match others.is_empty() {
            true => Vec::new(),
            false => self.data.carry(&Turn { steps: &others, ..*turn }, pace),
        };
        let whole = carried.len() == others.len();
        outcomes.extend(carried);
        outcomes.extend(lost);
        if whole && let Ok(places) = &places {
            outcomes.extend(self.bring(turn, &items, places, pace));
        }
        outcomes
    }
}

impl DistCpLane {
    fn bring(
        &self,
        turn: &Turn<'_>,
        items: &[Item<'_>],
        places: &BTreeMap<KeyBuf, Place>,
        pace: &dyn Pace,
    ) -> Vec<Indexed> {
        let mut outcomes = Vec::with_capacity(items.len());
        // Grouped before it is known what is there already: what must not run at the same time
        // as another job does not depend on it.
        let wanted: Vec<Wanted<'_>> = items.iter().map(|item| item.file).collect();
        for (share, at) in divided(&wanted, self.strategy) {
            let of_share: Vec<Item<'_>> = at.into_iter().map(|at| items[at]).collect();
            let answered = self.bring_share(turn, (&share, &of_share), places, pace);
            let whole = answered.len() == of_share.len();
            outcomes.extend(answered);
            if !whole {
                break;
            }
        }
        outcomes
    }

    /// Brings the files of one share; fewer outcomes than files when a stop was asked.
    fn bring_share(
        &self,
        turn: &Turn<'_>,
        (share, items): (&Share, &[Item<'_>]),
        places: &BTreeMap<KeyBuf, Place>,
        pace: &dyn Pace,
    ) -> Vec<Indexed> {
        let all = || items.iter().map(|item| item.index);
        let prefixes: BTreeSet<&[u8]> = items.iter().map(|i| i.file.prefix.as_bytes()).collect();
        let changed = places.values().filter(|place| prefixes.contains(place.prefix.0.as_slice()));
        if let Err(error) = self.data.exchange.step_back(&changed.collect::<Vec<_>>()) {
            return fail(all(), &error);
        }
        let reserved = match self.jobs.reserve(share, pace) {
            Ok(reserved) => reserved,
            Err(Trouble::Stopped) => return Vec::new(),
            Err(Trouble::Failed(error)) => return fail(all(), &error),
        };
        let (mut outcomes, missing) = self.missing(turn, items, pace);
        if missing.is_empty() || spend(&missing, pace).is_err() {
            return outcomes;
        }
        let wanted: Vec<Wanted<'_>> = missing.iter().map(|item| item.file).collect();
        let mut failure = None;
        // What is missing is one share again, perhaps of a deeper directory.
        for share in shares(&wanted, self.strategy) {
            match self.jobs.run(&reserved, &share, pace) {
                Ok(()) => {}
                Err(Trouble::Stopped) => return outcomes,
                Err(Trouble::Failed(error)) => failure = Some(error),
            }
        }
        outcomes.extend(self.brought(turn, &missing, failure.as_ref(), pace));
        outcomes
    }

    /// What an earlier job has brought already, with its outcome, and what has to be brought.
    fn missing<'a>(
        &self,
        turn: &Turn<'_>,
        items: &[Item<'a>],
        pace: &dyn Pace,
    ) -> (Vec<Indexed>, Vec<Item<'a>>) {
        // Size and time do not tell what is to be compared: DistCp compares checksums.
        let (carried, mut missing): (Vec<Item<'a>>, Vec<Item<'a>>) =
            items.iter().partition(|item| item.step == Step::Carry);
        let mut outcomes = Vec::new();
        for (item, outcome) in carried.iter().zip(self.look(turn, &carried, pace)) {
            match outcome {
                Some(Outcome::Failed(error)) if error.code == Code::LookDiffers => {
                    missing.push(*item);
                }
                Some(outcome) => outcomes.push((item.index, outcome)),
                None => {}
            }
        }
        (outcomes, missing)
    }

    /// The outcomes of what a job was to bring, whatever it says.
    fn brought(
        &self,
        turn: &Turn<'_>,
        items: &[Item<'_>],
        failure: Option<&Error>,
        pace: &dyn Pace,
    ) -> Vec<Indexed> {
        let mut outcomes = Vec::with_capacity(items.len());
        for (item, outcome) in items.iter().zip(self.look(turn, items, pace)) {
            let Some(outcome) = outcome else { continue };
            let outcome = match (outcome, failure) {
                // A job that failed may not have come to what is equal by size and time alone.
                (Outcome::Done(_) | Outcome::Same(_), Some(error))
                    if item.step == Step::CompareAndCarry =>
                {
                    Outcome::Failed(error.clone())
                }
                (Outcome::Done(receipt) | Outcome::Same(receipt), _) => Outcome::Done(Receipt {
                    bytes: size(&item.entry),
                    proof: Proof::Listed,
                    ..receipt
                }),
                (Outcome::Failed(look), Some(error)) if look.code == Code::LookDiffers => {
                    Outcome::Failed(error.clone())
                }
                (outcome, _) => outcome,
            };
            outcomes.push((item.index, outcome));
        }
        outcomes
    }

    /// Looks at files on both sides, and brings the attributes of those that are there in
    /// line. Size and time of both sides must be those of the survey; what UPPER had before is
    /// left out of the entry, so that nothing else passes.
    fn look(&self, turn: &Turn<'_>, items: &[Item<'_>], pace: &dyn Pace) -> Vec<Option<Outcome>> {
        let mut ascending: Vec<usize> = (0..items.len()).collect();
        ascending.sort_unstable_by_key(|at| items[*at].index);
        let mut builder = PageBuilder::new();
        for at in &ascending {
            builder.push(&Entry { upper: None, digest: None, ..items[*at].entry });
        }
        let (page, steps): (_, Vec<(u32, Step)>) =
            (builder.take(), (0..).take(items.len()).map(|at| (at, Step::SetAttributes)).collect());
        let sub = Turn { page: &page, steps: &steps, owners: turn.owners };
        let mut outcomes: Vec<Option<Outcome>> = items.iter().map(|_| None).collect();
        if !steps.is_empty() {
            for (at, outcome) in self.data.carry(&sub, pace) {
                outcomes[ascending[at as usize]] = Some(outcome);
            }
        }
        outcomes
    }
}

/// The item of a step, where DistCp can bring it: from HDFS to HDFS, under a name that is text.
fn item<'a>(
    turn: &Turn<'a>,
    (index, step): (u32, Step),
    places: &'a BTreeMap<KeyBuf, Place>,
) -> Option<Item<'a>> {
    let entry = turn.page.get(index as usize);
    let place = place_of(places, entry.key)?;
    let prefix = std::str::from_utf8(&place.prefix.0).ok()?;
    let below = entry.key.as_bytes().strip_prefix(place.prefix.0.as_slice())?;
    let below = std::str::from_utf8(below).ok()?;
    let (lower, upper) = (place.lower.as_str(), place.upper.as_str());
    let file = Wanted { prefix, below, lower, upper };
    let both = lower.starts_with(SCHEME) && upper.starts_with(SCHEME);
    both.then_some(Item { index, step, entry, file })
}

fn spend(items: &[Item<'_>], pace: &dyn Pace) -> Result<(), boatlift_core::lane::Stopped> {
    let bytes = items.iter().map(|item| size(&item.entry)).sum();
    pace.spend(Side::Lower, 0, bytes)?;
    pace.spend(Side::Upper, 0, bytes)
}

fn size(entry: &Entry<'_>) -> u64 {
    entry.lower.and_then(FacetsRef::size).unwrap_or_default()
}

fn fail(indices: impl Iterator<Item = u32>, error: &Error) -> Vec<Indexed> {
    indices.map(|index| (index, Outcome::Failed(error.clone()))).collect()
}
