//! The lane of the objects: S3's own for what is cloned as it is; manifests are written anew;
//! what cannot be cloned says why.

use super::sources::Sources;
use crate::harvest::{Harvest, Kept, Role, Row, Standing};
use crate::layout::Layout;
use crate::place::Place;
use boatlift_aws::s3::{Bucket, Origin, Origins, S3Store};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::Key;
use boatlift_core::lane::{Halt, Lane, Pace, Step, Turn};
use boatlift_core::mover::Agreements;
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::store::Store;
use std::sync::{Arc, Mutex, OnceLock};

/// What is known of the move beside its items, once a run has begun.
pub(crate) type Agreed = Arc<OnceLock<Arc<dyn Agreements>>>;

/// Carries objects into the folder of clones.
pub(crate) struct ObjectsLane {
    pub(super) harvest: Arc<Harvest>,
    pub(super) sources: Arc<Sources>,
    /// UPPER, for whole manifests, and its bucket, for single requests.
    pub(super) store: Arc<dyn Store>,
    pub(super) upper: Arc<Bucket>,
    objects: Arc<dyn Lane>,
    pub(super) agreements: Agreed,
    /// Held while a manifest is made that is not held in memory.
    pub(super) one_long: Mutex<()>,
    pub(super) layout: Layout,
    pub(super) target: Place,
}

impl ObjectsLane {
    pub(crate) fn new(
        harvest: Arc<Harvest>,
        sources: Arc<Sources>,
        (store, clones): (Arc<dyn Store>, &S3Store),
        agreements: Agreed,
        layout: Layout,
    ) -> ObjectsLane {
        let upper = Arc::clone(clones.bucket());
        let url = upper.url();
        // A client of LOWER's is set up here, where it may block.
        let lower = sources.bucket(&url.bucket).map(|bucket| bucket.service().to_owned());
        let is_inside = lower.is_ok_and(|lower| lower == upper.service());
        let (of, from) = (Arc::clone(&harvest), Arc::clone(&sources));
        let found = Found { harvest: of, sources: from, is_inside };
        let target = Place::new(url.bucket.clone(), url.prefix.clone());
        let objects = clones.lane_of(Arc::new(found));
        let one_long = Mutex::new(());
        ObjectsLane {
            harvest,
            sources,
            store,
            upper,
            objects,
            agreements,
            one_long,
            layout,
            target,
        }
    }
}

/// Where the harvest says that each clone comes from.
#[derive(Debug)]
struct Found {
    harvest: Arc<Harvest>,
    sources: Arc<Sources>,
    is_inside: bool,
}

impl Origins for Found {
    fn origin(&self, key: Key<'_>) -> Result<std::result::Result<Origin, Outcome>> {
        let row = row(&self.harvest, key)?;
        let Some((row, kept)) = row.as_ref().and_then(there) else {
            return Ok(Err(Outcome::Vanished));
        };
        let Place { bucket, key } = &row.candidate.place;
        let bucket = self.sources.bucket(bucket)?;
        let (version, etag) = (kept.version.clone(), Some(kept.etag.clone()));
        Ok(Ok(Origin { bucket, key: key.clone(), version, etag }))
    }

    fn are_inside(&self, _: &Bucket) -> bool {
        self.is_inside
    }
}

fn row(harvest: &Harvest, key: Key<'_>) -> Result<Option<Row>> {
    match std::str::from_utf8(key.as_bytes()) {
        Ok(below) => harvest.row(below),
        Err(_) => Ok(None),
    }
}

fn there(row: &Row) -> Option<(&Row, &Kept)> {
    match &row.standing {
        Some(Standing::There(kept)) => Some((row, kept)),
        _ => None,
    }
}

impl Lane for ObjectsLane {
    fn name(&self) -> &'static str {
        "redshift"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let (mut outcomes, mut plain, mut manifests) = (Vec::new(), Vec::new(), Vec::new());
        for (index, step) in turn.steps {
            let key = turn.page.get(*index as usize).key;
            match (*step, row(&self.harvest, key)) {
                (Step::Remove, _) => plain.push((*index, *step)),
                (_, Err(error)) => outcomes.push((*index, Outcome::Failed(error))),
                (_, Ok(None)) => outcomes.push((*index, Outcome::Vanished)),
                (_, Ok(Some(row))) => match (&row.standing, row.candidate.role) {
                    (Some(Standing::There(kept)), Role::Manifest) => {
                        let kept = kept.clone();
                        manifests.push((*index, *step, row, kept));
                    }
                    (Some(Standing::There(_)), _) => plain.push((*index, *step)),
                    (Some(Standing::MayBeMissing), _) => {
                        outcomes.push((*index, Outcome::Skipped(missing_by_choice(&row))));
                    }
                    // It was changed since it was found out about: the next listing asks again.
                    (None, _) => outcomes.push((*index, Outcome::Moving)),
                    (Some(_), _) => outcomes.push((*index, Outcome::Failed(failure(&row)))),
                },
            }
        }
        if !plain.is_empty() {
            outcomes.extend(self.objects.carry(&Turn { steps: &plain, ..*turn }, pace));
        }
        for (index, step, row, kept) in &manifests {
            let entry = turn.page.get(*index as usize);
            match self.make_manifest(&entry, *step, (row, kept), pace) {
                Ok(outcome) => outcomes.push((*index, outcome)),
                Err(Halt::Told(outcome)) => outcomes.push((*index, outcome)),
                Err(Halt::Stopped) => break,
            }
        }
        let outcomes = self.reopen_moved(turn, outcomes);
        match self.note(turn, &outcomes) {
            Ok(()) => outcomes,
            Err(error) => {
                let failed = |(index, _): Indexed| (index, Outcome::Failed(error.clone()));
                outcomes.into_iter().map(failed).collect()
            }
        }
    }
}

impl ObjectsLane {
    /// Notes what became of items, for those who point at their clones.
    fn note(&self, turn: &Turn<'_>, outcomes: &[Indexed]) -> Result<()> {
        let told = |(index, outcome): &Indexed| {
            let key = turn.page.get(*index as usize).key;
            let below = std::str::from_utf8(key.as_bytes()).ok()?.to_owned();
            let why = match outcome {
                _ if outcome.is_good() => None,
                Outcome::Failed(error) => Some(error.to_string()),
                Outcome::Skipped(reason) => Some(reason.clone()),
                _ => Some("it changed while it was cloned".to_owned()),
            };
            Some((below, why))
        };
        let told: Vec<_> = outcomes.iter().filter_map(told).collect();
        self.harvest.note_outcomes(&told)
    }

    /// What could not be carried because it is not any more as it was found, is to be found out
    /// about again. What only was to be verified stays as it is known: its clone may be the last
    /// that there is of what was loaded.
    fn reopen_moved(&self, turn: &Turn<'_>, outcomes: Vec<Indexed>) -> Vec<Indexed> {
        let carries = |index: u32| {
            let step = turn.steps.iter().find(|(at, _)| *at == index).map(|(_, step)| *step);
            matches!(step, Some(Step::Carry | Step::CompareAndCarry))
        };
        let reopen = |(index, outcome): Indexed| {
            if !matches!(outcome, Outcome::Moving | Outcome::Vanished) || !carries(index) {
                return (index, outcome);
            }
            let found = row(&self.harvest, turn.page.get(index as usize).key);
            let reopened = found.and_then(|row| match row {
                Some(row) => self.harvest.reopen(&row).map(|()| Outcome::Moving),
                None => Ok(outcome),
            });
            (index, reopened.unwrap_or_else(Outcome::Failed))
        };
        outcomes.into_iter().map(reopen).collect()
    }
}

/// What is said of an object that nobody misses.
fn missing_by_choice(row: &Row) -> String {
    row.standing.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Why an object cannot be cloned.
fn failure(row: &Row) -> Error {
    let code = match &row.standing {
        Some(Standing::Missing | Standing::Ambiguous(_)) => Code::RedshiftMissing,
        Some(Standing::BucketMissing) => Code::RootMissing,
        Some(Standing::Denied(_)) => Code::Denied,
        Some(Standing::OtherRegion(_)) => Code::S3Region,
        Some(Standing::Archived(_) | Standing::Restoring(_)) => Code::S3Archived,
        Some(Standing::TooLong(_) | Standing::CustomerKey) => Code::Unsupported,
        _ => Code::ReadFailed,
    };
    let why = row.standing.as_ref().map(ToString::to_string).unwrap_or_default();
    Error::new(code, "cannot clone").on(&row.candidate.place).because(why)
}
