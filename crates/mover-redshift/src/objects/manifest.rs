//! Manifests: the files that they name are candidates, too, and their clones name the clones.

use crate::harvest::{Candidate, Harvest, Kept};
use crate::layout::{Family, Layout};
use crate::manifests::{self, ManifestError};
use crate::place::Place;
use boatlift_aws::s3::Bucket;
use boatlift_core::{Code, Error, Result};
use bytes::Bytes;
use std::io::BufReader;
use std::sync::Arc;

/// Entries that are taken down in one transaction.
const ENTRIES: usize = 1_000;

/// What reading a manifest as a list of candidates came to.
pub(super) enum Taken {
    /// What it names is taken down.
    Named,
    /// It is no manifest, and why.
    Broken(String),
    /// It is not there any more as it was found.
    Changed,
}

/// Takes down the files that a manifest names.
///
/// # Errors
/// When it cannot be read, or the harvest not be written.
pub(super) async fn take_entries(
    harvest: &Harvest,
    candidate: &Candidate,
    bucket: &Arc<Bucket>,
    kept: &Kept,
) -> Result<Taken> {
    let place = &candidate.place;
    let Some(text) = read(bucket, place, kept).await? else { return Ok(Taken::Changed) };
    harvest.forget_named(candidate)?;
    let mut named: Vec<Place> = Vec::new();
    let take = |named: &mut Vec<Place>| {
        let taken = harvest.take_named(candidate, &*named);
        named.clear();
        taken
    };
    let walked = manifests::read(&*text, place, |entry| {
        named.push(entry.place);
        match named.len() < ENTRIES {
            true => Ok(()),
            false => take(&mut named).map_err(Broke::Harvest),
        }
    });
    match walked {
        Ok(_) => take(&mut named).map(|()| Taken::Named),
        Err(Broke::Harvest(error)) => Err(error),
        Err(Broke::Manifest(error)) => Ok(Taken::Broken(error.to_string())),
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

/// A manifest that names the clones of what this one names.
///
/// # Errors
/// Says why it is no manifest.
pub(super) fn rewritten(
    text: &[u8],
    own: &Place,
    layout: Layout,
    target: &Place,
    family: Family,
    is_cloned: &dyn Fn(&Place) -> bool,
) -> std::result::Result<Vec<u8>, ManifestError> {
    let mut out = Vec::with_capacity(text.len());
    let clone = |place: &Place| {
        let clone = layout.clone_of(target, family, place).ok();
        clone.filter(|_| is_cloned(place))
    };
    manifests::rewrite(BufReader::new(text), own, &mut out, clone)?;
    Ok(out)
}

/// The content of a manifest, as it was pinned; `None` when that is not there any more.
///
/// # Errors
/// When it is longer than any manifest, or cannot be read.
pub(super) async fn read(
    bucket: &Arc<Bucket>,
    place: &Place,
    kept: &Kept,
) -> Result<Option<Bytes>> {
    const CANNOT: &str = "cannot read the manifest";
    if kept.size > manifests::LONGEST_MANIFEST {
        let why = format!("it has {} bytes, more than any manifest", kept.size);
        return Err(Error::new(Code::ReadFailed, CANNOT).on(place).because(why));
    }
    match bucket.content(&place.key, kept.version.as_deref(), &kept.etag).await {
        Ok(content) => Ok(Some(content)),
        Err(refusal) if refusal.is_condition() || refusal.is_missing() => Ok(None),
        Err(refusal) => Err(refusal.error(Code::ReadFailed, CANNOT, place)),
    }
}
