//! Manifests on LOWER: the files that they name are candidates, too.
//!
//! In memory at a time: of short manifests as many as are asked for at once, of longer ones a
//! buffer of one.

use super::refused::refused;
use crate::harvest::{Candidate, Harvest, Kept, Standing};
use crate::manifests::{self, Entry, ManifestError};
use crate::place::Place;
use boatlift_aws::s3::{Bucket, Refusal};
use boatlift_core::{Code, Error, Result, Retry};
use std::io::{BufRead, BufReader};
use std::sync::Arc;

/// The longest manifest that is held as a whole, in bytes, many at a time. Longer ones are
/// streams, and come one after the other.
pub(super) const LONGEST_HELD: u64 = 256 << 10;
/// Entries that are taken down in one transaction.
const ENTRIES: usize = 1_000;
const CANNOT: &str = "cannot read the manifest";

/// What reading a manifest as a list of candidates came to.
pub(super) enum Taken {
    /// What it names is taken down.
    Named,
    /// It is no manifest, or cannot be read.
    Not(Standing),
    /// It is not there any more as it was found.
    Changed,
}

/// Takes down the files that a manifest names, which is not longer than [`LONGEST_HELD`].
///
/// # Errors
/// When it cannot be read, or the harvest not be written.
pub(super) async fn take_held(
    harvest: &Harvest,
    candidate: &Candidate,
    bucket: &Arc<Bucket>,
    kept: &Kept,
) -> Result<Taken> {
    let place = &candidate.place;
    match bucket.content(&place.key, kept.version.as_deref(), &kept.etag).await {
        Ok(text) => take(harvest, candidate, &*text),
        Err(refusal) => not_taken(place, &refusal),
    }
}

/// Takes down the files that a manifest of any length names. Blocks.
///
/// # Errors
/// As [`take_held`].
pub(super) fn take_streamed(
    harvest: &Harvest,
    candidate: &Candidate,
    bucket: &Arc<Bucket>,
    kept: &Kept,
) -> Result<Taken> {
    if let Some(why) = too_long(kept) {
        return Ok(Taken::Not(Standing::Broken(why)));
    }
    match bucket.open(&candidate.place.key, kept.version.as_deref(), &kept.etag) {
        Ok(text) => take(harvest, candidate, BufReader::new(text)),
        Err(refusal) => not_taken(&candidate.place, &refusal),
    }
}

/// Why a manifest is not read, if it is too long for any.
fn too_long(kept: &Kept) -> Option<String> {
    let is_too_long = kept.size > manifests::LONGEST_MANIFEST;
    is_too_long.then(|| format!("it has {} bytes, more than any manifest", kept.size))
}

/// What a refusal says of a manifest: it is another by now, or cannot be read.
fn not_taken(place: &Place, refusal: &Refusal) -> Result<Taken> {
    match refusal.is_condition() || refusal.is_missing() {
        true => Ok(Taken::Changed),
        false => refused(place, refusal).map(Taken::Not),
    }
}

/// A manifest as it was pinned, as a stream that blocks; `None` when that is not there any
/// more.
///
/// # Errors
/// When it is longer than any manifest, or cannot be read.
pub(super) fn open(
    bucket: &Arc<Bucket>,
    place: &Place,
    kept: &Kept,
) -> Result<Option<impl BufRead + use<>>> {
    if let Some(why) = too_long(kept) {
        return Err(Error::new(Code::ReadFailed, CANNOT).on(place).because(why));
    }
    match bucket.open(&place.key, kept.version.as_deref(), &kept.etag) {
        Ok(there) => Ok(Some(BufReader::new(there))),
        Err(refusal) if refusal.is_condition() || refusal.is_missing() => Ok(None),
        Err(refusal) => Err(refusal.error(Code::ReadFailed, CANNOT, place)),
    }
}

fn take(harvest: &Harvest, candidate: &Candidate, text: impl BufRead) -> Result<Taken> {
    harvest.forget_named(candidate)?;
    let mut named: Vec<Entry> = Vec::new();
    let take = |named: &mut Vec<Entry>| {
        let taken = harvest.take_named(candidate, &*named);
        named.clear();
        taken
    };
    let walked = manifests::read(text, &candidate.place, |entry| {
        named.push(entry);
        match named.len() < ENTRIES {
            true => Ok(()),
            false => take(&mut named).map_err(Broke::Harvest),
        }
    });
    match walked {
        Ok(_) => take(&mut named).map(|()| Taken::Named),
        Err(Broke::Harvest(error)) => Err(error),
        Err(Broke::Manifest(ManifestError::Io(error))) => {
            let failed = Error::new(Code::ReadFailed, CANNOT).on(&candidate.place);
            Err(failed.because(error).retry(Retry::Later))
        }
        Err(Broke::Manifest(error)) => Ok(Taken::Not(Standing::Broken(error.to_string()))),
    }
}

/// Why a walk over a manifest ended early.
enum Broke {
    Harvest(Error),
    Manifest(ManifestError),
}

impl From<ManifestError> for Broke {
    fn from(error: ManifestError) -> Self {
        Broke::Manifest(error)
    }
}
