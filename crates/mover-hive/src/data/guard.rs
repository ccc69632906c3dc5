//! What stands on UPPER and is not the copy that both sides agreed on: it is neither replaced
//! nor removed.
//!
//! A file that was changed through UPPER, or that nobody agreed on, holds up all that would
//! change at its place: readers on UPPER may follow it already. One that has LOWER's content is
//! no hindrance, whoever put it there.

use super::lane::{DataLane, place_of, relative};
use super::places::Place;
use boatlift_core::compare::{Verdict, same_content};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::{Pace, Step, Turn};
use boatlift_core::outcome::Outcome;
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use std::collections::BTreeMap;

/// Places of a turn at which nothing may be changed, by their prefixes, and what becomes of the
/// steps there.
#[derive(Debug, Default)]
pub(crate) struct HeldUp(BTreeMap<KeyBuf, Outcome>);

impl HeldUp {
    /// What becomes of a step, if its place is held up. Looking changes nothing.
    pub(crate) fn outcome(&self, step: Step, key: Key<'_>) -> Option<&Outcome> {
        let changes = !matches!(step, Step::Look | Step::ReadBack);
        let holds = |(prefix, _): &(&KeyBuf, _)| key.as_bytes().starts_with(&prefix.0);
        self.0.iter().find(holds).map(|(_, outcome)| outcome).filter(|_| changes)
    }
}

/// What a page shows of a place that speaks against changing it.
#[derive(Default)]
struct Signs<'a> {
    /// Files that are not as agreed.
    suspects: Vec<Entry<'a>>,
    /// A copy of ours that was removed through UPPER.
    lost: Option<Entry<'a>>,
    /// There are files that LOWER never had.
    has_foreign: bool,
}

impl DataLane {
    /// Finds the places of a turn at which UPPER holds what is not ours.
    ///
    /// # Errors
    /// When LOWER's metastore cannot say where the files lie.
    pub(crate) fn held_up(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Result<HeldUp> {
        let odd: Vec<Entry<'_>> = turn.page.iter().filter(is_odd).collect();
        if odd.iter().all(|entry| entry.verdict == Verdict::Foreign && !is_suspect(entry)) {
            return Ok(HeldUp::default());
        }
        let places = self.places.of_keys(odd.iter().map(|entry| entry.key))?;
        let mut signs: BTreeMap<&KeyBuf, Signs<'_>> = BTreeMap::new();
        for entry in odd {
            let Some(place) = place_of(&places, entry.key) else { continue };
            let of_place = signs.entry(&place.prefix).or_default();
            match (is_suspect(&entry), entry.upper) {
                (true, _) => of_place.suspects.push(entry),
                (false, None) => of_place.lost = Some(entry),
                (false, Some(_)) => of_place.has_foreign = true,
            }
        }
        let judged = signs.into_iter().filter_map(|(prefix, signs)| {
            let is_asked = turn.steps.iter().any(|(index, _)| {
                turn.page.get(*index as usize).key.as_bytes().starts_with(&prefix.0)
            });
            let held = is_asked.then(|| self.judge(&places[prefix], &signs, turn.owners, pace));
            Some((prefix.clone(), held??))
        });
        Ok(HeldUp(judged.collect()))
    }

    /// What holds a place up, if anything does.
    fn judge(
        &self,
        place: &Place,
        signs: &Signs<'_>,
        owners: bool,
        pace: &dyn Pace,
    ) -> Option<Outcome> {
        if let Some(lost) = signs.lost.as_ref().filter(|_| signs.has_foreign) {
            // As INSERT OVERWRITE leaves it.
            return Some(Outcome::Failed(not_ours(lost, place)));
        }
        let cannot_be_equal = |entry: &&Entry<'_>| {
            let sizes = [entry.lower, entry.upper].map(|facets| facets.and_then(FacetsRef::size));
            entry.lower.is_none() || sizes[0] != sizes[1]
        };
        if let Some(entry) = signs.suspects.iter().find(cannot_be_equal) {
            return Some(Outcome::Failed(not_ours(entry, place)));
        }
        match signs.suspects.is_empty() {
            true => None,
            false => self
                .compare(place, &signs.suspects, owners, pace)
                .unwrap_or_else(|error| Some(Outcome::Failed(error))),
        }
    }

    /// Compares the content of files on both sides; `None` when all are equal.
    fn compare(
        &self,
        place: &Place,
        files: &[Entry<'_>],
        owners: bool,
        pace: &dyn Pace,
    ) -> Result<Option<Outcome>> {
        let [lower, upper] =
            [Side::Lower, Side::Upper].map(|side| self.opener.open(place.on(side)));
        let lane = self.opener.lane(lower?, upper?);
        let mut builder = PageBuilder::new();
        for entry in files {
            // A digest would speak of what was agreed on, not of what LOWER has now.
            builder.push(&relative(&Entry { digest: None, ..*entry }, &place.prefix));
        }
        let page = builder.take();
        let steps: Vec<(u32, Step)> =
            (0..).take(files.len()).map(|at| (at, Step::ReadBack)).collect();
        let compared = lane.carry(&Turn { page: &page, steps: &steps, owners }, pace);
        if compared.len() < files.len() {
            return Ok(Some(Outcome::Moving));
        }
        Ok(compared.into_iter().find_map(|(at, outcome)| match outcome {
            Outcome::Done(_) | Outcome::Same(_) => None,
            Outcome::Failed(error) if error.code == Code::ContentDiffers => {
                Some(Outcome::Failed(not_ours(&files[at as usize], place)))
            }
            other => Some(other),
        }))
    }
}

/// Whether an entry may be of what users of UPPER wrote.
fn is_odd(entry: &Entry<'_>) -> bool {
    let kind = entry.upper.or(entry.lower).map(FacetsRef::kind);
    let verdict = matches!(entry.verdict, Verdict::Drifted | Verdict::Conflict | Verdict::Foreign);
    verdict && kind != Some(Kind::Directory)
}

/// Whether a step would replace or remove a file that is not as agreed.
fn is_suspect(entry: &Entry<'_>) -> bool {
    match (entry.verdict, entry.lower, entry.upper) {
        (Verdict::Foreign, _, upper) => upper.is_some() && entry.partner.is_some(),
        (_, Some(lower), Some(upper)) => !same_content(&lower.decode(), &upper.decode()),
        (_, None, upper) => upper.is_some(),
        (_, _, None) => false,
    }
}

fn not_ours(entry: &Entry<'_>, place: &Place) -> Error {
    let agreed = entry.verdict == Verdict::Drifted || entry.lower.is_none();
    match agreed && entry.partner.is_none() {
        true => Error::new(Code::HiveWritten, "something was written through UPPER into")
            .on(entry.key)
            .because("the file that was agreed on was replaced or removed there"),
        false => Error::new(Code::InTheWay, "cannot bring files to the place of")
            .on(entry.key)
            .because(format!("a file at {} has other content than LOWER's", place.upper)),
    }
}
