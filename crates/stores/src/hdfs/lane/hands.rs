//! What one turn has in hand: both sides, what it may set, and what it owes to the pace.

use super::super::acl::Acl;
use super::super::cluster::Cluster;
use super::super::errors::{Part, failed};
use super::super::facets::Look;
use super::super::remove::remove;
use super::lower::Lower;
use super::operations;
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::{Code, Entry, Error, Key, Outcome, Side};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What new files in a directory are born with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) owner: String,
    pub(crate) group: String,
    /// They get an ACL from the directory.
    pub(crate) inherits: bool,
}

/// The state of one turn.
pub(crate) struct Hands<'a> {
    pub(crate) lower: &'a Lower,
    pub(crate) upper: &'a Cluster,
    /// Owner and group are to be kept.
    pub(crate) owners: bool,
    pace: &'a dyn Pace,
    births: Mutex<HashMap<String, Birth>>,
}

impl<'a> Hands<'a> {
    pub(crate) fn new(
        lower: &'a Lower,
        upper: &'a Cluster,
        owners: bool,
        pace: &'a dyn Pace,
    ) -> Hands<'a> {
        Hands { lower, upper, owners, pace, births: Mutex::default() }
    }

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

    /// How `key` looks at UPPER now, or `None` when it is not there.
    pub(crate) async fn upper_look(&self, key: Key<'_>) -> Part<Option<Look>> {
        let path = self.upper.path(key)?;
        let look = self.upper.look(&path).await;
        Ok(look.map_err(failed(Code::WriteFailed, "cannot look at UPPER's", key))?)
    }

    /// What files in `directory` are born with, if one was made there in this turn.
    pub(crate) fn birth(&self, directory: &str) -> Option<Birth> {
        let births = self.births.lock().unwrap_or_else(PoisonError::into_inner);
        births.get(directory).cloned()
    }

    /// Remembers what a new file in `directory` was born with.
    pub(crate) fn learn(&self, directory: &str, look: Look, acl: &Acl) -> Birth {
        let birth = Birth { owner: look.owner, group: look.group, inherits: !acl.is_empty() };
        let mut births = self.births.lock().unwrap_or_else(PoisonError::into_inner);
        births.insert(directory.to_owned(), birth.clone());
        birth
    }

    /// Removes what `entry` names, if it is still as the entry's `upper` says. Idempotent.
    pub(crate) async fn remove(&self, entry: &Entry<'_>) -> Part<Outcome> {
        match entry.upper {
            Some(expected) => Ok(remove(self.upper, entry.key, expected).await?),
            None => {
                let error = Error::new(Code::RemoveFailed, "cannot remove").on(entry.key);
                Err(error.because("nothing is known of what stands there").into())
            }
        }
    }
}
