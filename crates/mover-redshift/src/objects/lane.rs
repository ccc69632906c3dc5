//! The lane of the objects: S3's own for what is cloned as it is; manifests are written anew;
//! what cannot be cloned says why.

use super::manifest;
use super::sources::Sources;
use crate::harvest::{Harvest, Kept, Role, Row, Standing};
use crate::layout::Layout;
use crate::place::Place;
use boatlift_aws::s3::{Bucket, Dress, Origin, Origins, S3Store};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Pace, Step, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::side::Side;
use std::sync::Arc;

/// Carries objects into the folder of clones.
pub(crate) struct ObjectsLane {
    harvest: Arc<Harvest>,
    sources: Arc<Sources>,
    upper: Arc<Bucket>,
    objects: Arc<dyn Lane>,
    layout: Layout,
    target: Place,
}

impl ObjectsLane {
    pub(crate) fn new(
        harvest: Arc<Harvest>,
        sources: Arc<Sources>,
        clones: &S3Store,
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
        ObjectsLane { harvest, sources, upper, objects, layout, target }
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
        Ok(Ok(Origin { bucket, key: key.clone(), version: kept.version.clone() }))
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
            let found = match (*step, row(&self.harvest, key)) {
                (Step::Remove, _) => {
                    plain.push((*index, *step));
                    continue;
                }
                (_, Ok(found)) => found,
                (_, Err(error)) => {
                    outcomes.push((*index, Outcome::Failed(error)));
                    continue;
                }
            };
            match found.as_ref().map(|row| (row, there(row), row.candidate.role)) {
                None => outcomes.push((*index, Outcome::Vanished)),
                Some((_, Some(_), Role::Manifest)) => manifests.push((*index, found)),
                Some((_, Some(_), _)) => plain.push((*index, *step)),
                Some((row, None, _)) => outcomes.push((*index, Outcome::Failed(failure(row)))),
            }
        }
        if !plain.is_empty() {
            outcomes.extend(self.objects.carry(&Turn { steps: &plain, ..*turn }, pace));
        }
        for (index, row) in manifests {
            if pace.spend(Side::Upper, 1, 0).is_err() {
                break;
            }
            let Some((row, kept)) = row.as_ref().and_then(there) else { continue };
            let written = self.write_manifest(row, kept);
            outcomes.push((index, written.unwrap_or_else(Outcome::Failed)));
        }
        outcomes
    }
}

impl ObjectsLane {
    /// Writes the clone of a manifest, which names the clones.
    fn write_manifest(&self, row: &Row, kept: &Kept) -> Result<Outcome> {
        let place = &row.candidate.place;
        let bucket = self.sources.bucket(&place.bucket)?;
        let text = bucket.run(manifest::read(&bucket, place, kept))?;
        let family = row.candidate.family;
        let is_cloned = |named: &Place| {
            let below = self.layout.below(family, named);
            self.harvest.row(&below).is_ok_and(|row| row.as_ref().and_then(there).is_some())
        };
        let new = manifest::rewritten(&text, place, self.layout, &self.target, family, &is_cloned);
        let new = new.map_err(|why| {
            Error::new(Code::ReadFailed, "cannot write anew the manifest").on(place).because(why)
        })?;
        let upper = &self.upper;
        let key = format!("{}{}", self.target.key, row.below);
        let size = new.len() as u64;
        let written = upper.run(upper.write(&key, &Dress::default(), new.into()));
        let state = written.map_err(|refusal| {
            refusal.error(Code::WriteFailed, "cannot write the manifest", &row.below)
        })?;
        let facets = boatlift_aws::s3::facets(&state);
        Ok(Outcome::Done(Receipt {
            bytes: size,
            upper: Some(facets),
            ..Receipt::of(Proof::ReadBack)
        }))
    }
}

/// Why an object cannot be cloned.
fn failure(row: &Row) -> Error {
    let code = match &row.standing {
        Some(Standing::Missing | Standing::Ambiguous(_)) => Code::RedshiftMissing,
        Some(Standing::BucketMissing) => Code::RootMissing,
        Some(Standing::Denied(_)) => Code::Denied,
        Some(Standing::OtherRegion(_)) => Code::S3Region,
        Some(Standing::Archived(_)) => Code::S3Archived,
        Some(Standing::TooLong(_)) => Code::Unsupported,
        _ => Code::ReadFailed,
    };
    let why = row.standing.as_ref().map(ToString::to_string).unwrap_or_default();
    Error::new(code, "cannot clone").on(&row.candidate.place).because(why)
}
