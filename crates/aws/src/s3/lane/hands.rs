//! What one turn has in hand: both buckets, the way between them, and what is owed to the
//! pace.

use super::super::bucket::Bucket;
use super::super::errors::{Halt, Part, failed};
use super::super::facets;
use super::super::names::{self, Form};
use super::super::origin::{Origin, Origins};
use super::super::remove::remove;
use super::super::state::ObjectState;
use super::inside::Inside;
use super::operations;
use super::room::Room;
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::{Code, Entry, Error, Key, Outcome, Side};
use std::sync::Arc;

/// The state of one turn.
pub(crate) struct Hands<'a> {
    pub(crate) origins: &'a dyn Origins,
    pub(crate) upper: &'a Arc<Bucket>,
    pub(crate) inside: &'a Inside,
    pub(crate) room: &'a Room,
    pub(crate) pace: &'a dyn Pace,
}

impl Hands<'_> {
    /// Pays for a step before it is made.
    pub(crate) fn pay_for(&self, step: Step) -> Result<(), Stopped> {
        for (side, operations) in operations(step) {
            if operations > 0 {
                self.pace.spend(side, operations, 0)?;
            }
        }
        Ok(())
    }

    /// Pays for bytes that are about to pass.
    pub(crate) fn pay_bytes(&self, sides: &[Side], bytes: u64) -> Result<(), Stopped> {
        sides.iter().try_for_each(|side| self.pace.spend(*side, 0, bytes))
    }

    /// Whether what `entry` names goes to UPPER by parts.
    pub(crate) fn is_by_parts(&self, entry: &Entry<'_>) -> bool {
        let (size, options) = (size_of(entry), &self.upper.options);
        options.copies_by_parts(size) || !options.sends_whole(size)
    }

    /// What LOWER has under `key` now; nothing is vanished, and another content than the one
    /// that is wanted is moving.
    pub(crate) async fn lower_state(&self, key: Key<'_>, origin: &Origin) -> Part<ObjectState> {
        let found = origin.bucket.head(&origin.key, origin.version.as_deref()).await;
        let found = found.map_err(failed(Code::ReadFailed, "cannot look at LOWER's", key))?;
        let found = found.ok_or(Halt::Told(Outcome::Vanished))?;
        match &origin.etag {
            Some(wanted) if *wanted != found.etag => Err(Halt::Told(Outcome::Moving)),
            _ => Ok(found),
        }
    }

    /// Where the content of `key` comes from.
    pub(crate) fn origin(&self, key: Key<'_>) -> Part<Origin> {
        self.origins.origin(key)?.map_err(Halt::Told)
    }

    /// What UPPER has under `key` now.
    pub(crate) async fn upper_state(&self, key: Key<'_>) -> Part<Option<ObjectState>> {
        let name = names::object(self.upper.prefix(), key)?;
        let found = self.upper.head(&name, None).await;
        Ok(found.map_err(failed(Code::WriteFailed, "cannot look at UPPER's", key))?)
    }

    /// Removes what `entry` names, if it is still as the entry's `upper` says. Idempotent.
    pub(crate) async fn remove(&self, entry: &Entry<'_>) -> Part<Outcome> {
        match entry.upper {
            Some(expected) => Ok(remove(self.upper, Form::Objects, entry.key, expected).await?),
            None => {
                let error = Error::new(Code::RemoveFailed, "cannot remove").on(entry.key);
                Err(error.because("nothing is known of what stands there").into())
            }
        }
    }
}

/// The size of what an entry names.
fn size_of(entry: &Entry<'_>) -> u64 {
    entry.lower.or(entry.upper).and_then(|facets| facets.size()).unwrap_or(0)
}

/// What an entry's facets tell of an object.
pub(crate) fn surveyed(facets: boatlift_core::FacetsRef<'_>) -> Option<ObjectState> {
    let facets = facets.decode();
    let etag = String::from_utf8(facets.version?.to_vec()).ok()?;
    Some(ObjectState {
        size: facets.size?,
        etag: Some(etag).filter(|tag| !tag.is_empty())?,
        modified: facets.ctime,
        ..ObjectState::default()
    })
}

/// LOWER's facets, where they are not those of the entry.
pub(crate) fn newer(entry: &Entry<'_>, now: &ObjectState) -> Option<Box<[u8]>> {
    let now = facets(now);
    (entry.lower.map(|lower| lower.as_bytes()) != Some(&*now)).then_some(now)
}
