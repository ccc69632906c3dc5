//! The lane of the data: cuts a turn into places and gives each to the lane between the two
//! stores that hold it.
//!
//! Before anything is changed at a place that readers on UPPER follow already, its table or
//! partition is pointed back at LOWER's storage: nobody reads half of a change.

use super::places::{Place, Places};
use crate::exchange::Exchange;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::{Lane, Pace, Step, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Places of a turn that are carried at the same time.
const PLACES_AT_ONCE: usize = 8;

/// From LOWER's storage to UPPER's, place by place.
pub(crate) struct DataLane {
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) places: Arc<Places>,
    pub(crate) exchange: Arc<Exchange>,
}

/// The steps of a turn at one place.
struct Share<'a> {
    place: &'a Place,
    steps: Vec<(u32, Step)>,
}

impl Lane for DataLane {
    fn name(&self) -> &'static str {
        "files"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let keys = turn.steps.iter().map(|(index, _)| turn.page.get(*index as usize).key);
        let places = match self.places.of_keys(keys) {
            Ok(places) => places,
            Err(error) => return fail(turn.steps, &error),
        };
        let held_up = match self.held_up(turn, pace) {
            Ok(held_up) => held_up,
            Err(error) => return fail(turn.steps, &error),
        };
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        let mut shares: Vec<Share<'_>> = Vec::new();
        let mut vanished = Vec::new();
        for (index, step) in turn.steps {
            let key = turn.page.get(*index as usize).key;
            if let Some(outcome) = held_up.outcome(*step, key) {
                outcomes.push((*index, outcome.clone()));
                continue;
            }
            let Some(place) = place_of(&places, key) else {
                vanished.push(*index);
                outcomes.push((*index, Outcome::Vanished));
                continue;
            };
            match shares.last_mut() {
                Some(share) if share.place.prefix == place.prefix => {
                    share.steps.push((*index, *step));
                }
                _ => shares.push(Share { place, steps: vec![(*index, *step)] }),
            }
        }
        self.sweep_vanished(turn, vanished);
        match self.step_back(&shares) {
            Ok(()) => {}
            // Of one table; the others need not wait for it.
            Err(error) if matches!(error.code, Code::HiveForeign | Code::HiveWritten) => shares
                .retain(|share| {
                    let stepped = self.step_back(std::slice::from_ref(share));
                    stepped.map_err(|error| outcomes.extend(fail(&share.steps, &error))).is_ok()
                }),
            Err(error) => {
                let steps: Vec<_> = shares.iter().flat_map(|share| share.steps.clone()).collect();
                outcomes.extend(fail(&steps, &error));
                return outcomes;
            }
        }
        outcomes.extend(self.shares(turn, &shares, pace));
        outcomes
    }
}

impl DataLane {
    /// Removes what an earlier run may have left of copies whose place LOWER has dropped since.
    fn sweep_vanished(&self, turn: &Turn<'_>, mut vanished: Vec<u32>) {
        if vanished.is_empty() {
            return;
        }
        vanished.sort_unstable();
        let mut builder = PageBuilder::new();
        for index in vanished {
            builder.push(&turn.page.get(index as usize));
        }
        let swept = self.places.sweep(&*self.opener, &self.exchange.upper, &builder.take());
        if let Err(error) = swept {
            tracing::warn!(%error, "what was on its way to a place that LOWER dropped may be left");
        }
    }

    /// Points what is about to change back at LOWER.
    fn step_back(&self, shares: &[Share<'_>]) -> Result<()> {
        let changes = |share: &&Share<'_>| {
            share.steps.iter().any(|(_, step)| !matches!(step, Step::Look | Step::ReadBack))
        };
        let places: Vec<&Place> = shares.iter().filter(changes).map(|share| share.place).collect();
        self.exchange.step_back(&places)
    }

    /// Carries the shares of a turn, some at a time: a place often has few files, and each
    /// waits for its DataNodes.
    fn shares(&self, turn: &Turn<'_>, shares: &[Share<'_>], pace: &dyn Pace) -> Vec<Indexed> {
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let outcomes = Mutex::new(Vec::new());
        let run = || {
            while !stopped.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(share) = shares.get(at) else { return };
                let answered = self.share(turn, share, pace);
                if answered.len() < share.steps.len() {
                    stopped.store(true, Ordering::Relaxed);
                }
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(answered);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..shares.len().min(PLACES_AT_ONCE) {
                scope.spawn(run);
            }
            run();
        });
        outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries the steps at one place.
    fn share(&self, turn: &Turn<'_>, share: &Share<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        match self.try_share(turn, share, pace) {
            Ok(outcomes) => outcomes,
            Err(error) => fail(&share.steps, &error),
        }
    }

    fn try_share(
        &self,
        turn: &Turn<'_>,
        share: &Share<'_>,
        pace: &dyn Pace,
    ) -> Result<Vec<Indexed>> {
        let Share { place, steps } = share;
        let mut outcomes = Vec::with_capacity(steps.len());
        let (own, below): (Vec<_>, Vec<_>) = steps
            .iter()
            .copied()
            .partition(|(index, _)| turn.page.get(*index as usize).key == place.prefix.as_key());
        let brings = steps
            .iter()
            .any(|(_, step)| !matches!(step, Step::Look | Step::ReadBack | Step::Remove));
        if brings {
            make_all(&*self.opener, place.on(Side::Upper))?;
        }
        for (index, step) in own {
            outcomes.push((index, self.root(place, step)?));
        }
        if below.is_empty() {
            return Ok(outcomes);
        }
        let lower = self.opener.open(place.on(Side::Lower))?;
        let upper = self.opener.open(place.on(Side::Upper))?;
        let store = Arc::clone(&upper);
        let lane = self.opener.lane(lower, upper);
        let mut builder = PageBuilder::new();
        let mut indices = BTreeMap::new();
        let mut cut = Vec::with_capacity(below.len());
        // A page's keys ascend; a turn may go backward.
        let mut ascending = below.clone();
        ascending.sort_unstable_by_key(|(index, _)| *index);
        for (at, (index, _)) in (0u32..).zip(&ascending) {
            builder.push(&relative(&turn.page.get(*index as usize), &place.prefix));
            indices.insert(*index, at);
        }
        let page = builder.take();
        for (index, step) in &below {
            cut.push((indices[index], *step));
        }
        let sub = Turn { page: &page, steps: &cut, owners: turn.owners };
        let carried = lane.carry(&sub, pace);
        if carried.iter().any(|(_, outcome)| !outcome.is_good()) {
            // What did not arrive may have been in the making when an earlier run died. What
            // cannot be removed now is found by the next run that carries it.
            let _ = store.sweep(&page);
        }
        outcomes
            .extend(carried.into_iter().map(|(at, outcome)| (ascending[at as usize].0, outcome)));
        Ok(outcomes)
    }

    /// The place itself, which is made before anything is put below it, and stays.
    fn root(&self, place: &Place, step: Step) -> Result<Outcome> {
        let upper = match step {
            Step::Remove => return Ok(Outcome::Same(Receipt::of(Proof::Claimed))),
            _ => self.opener.open(place.on(Side::Upper))?,
        };
        upper.facts()?;
        Ok(Outcome::Done(Receipt::of(Proof::Listed)))
    }
}

/// Makes a directory and those above it that are missing.
pub(crate) fn make_all(opener: &dyn Opener, url: &str) -> Result<()> {
    match opener.make(url) {
        Err(error) if error.code == Code::RootMissing => {
            let parent = url.trim_end_matches('/').rsplit_once('/').map(|(parent, _)| parent);
            let has_more = |parent: &&str| parent.starts_with('/') || parent.contains("://");
            match parent.filter(|parent| !parent.ends_with('/') && has_more(parent)) {
                Some(parent) => {
                    make_all(opener, parent)?;
                    opener.make(url)
                }
                None => Err(error),
            }
        }
        made => made,
    }
}

/// The place that holds a key: the one with the longest prefix of it.
pub(crate) fn place_of<'p>(places: &'p BTreeMap<KeyBuf, Place>, key: Key<'_>) -> Option<&'p Place> {
    let bytes = key.as_bytes();
    let slashes = (0..bytes.len()).rev().filter(|at| bytes[*at] == b'/');
    let mut prefixes = slashes.map(|at| KeyBuf(bytes[..=at].to_vec()));
    prefixes.find_map(|prefix| places.get(&prefix))
}

/// An entry as the stores of its place know it.
pub(super) fn relative<'a>(entry: &Entry<'a>, prefix: &KeyBuf) -> Entry<'a> {
    let cut = |key: Key<'a>| key.as_bytes().strip_prefix(prefix.0.as_slice()).map(Key::new);
    let key = cut(entry.key).unwrap_or(entry.key);
    Entry { key, partner: entry.partner.and_then(cut), ..*entry }
}

fn fail(steps: &[(u32, Step)], error: &Error) -> Vec<Indexed> {
    steps.iter().map(|(index, _)| (*index, Outcome::Failed(error.clone()))).collect()
}
