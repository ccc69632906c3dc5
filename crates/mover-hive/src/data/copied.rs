//! What was agreed on of one file: what both sides showed when it was last in step.

use boatlift_core::compare::{Comparison, agree};
use boatlift_core::facets::FacetsRef;
use boatlift_core::key::KeyBuf;
use boatlift_core::page::Entry;

/// One file that both sides agreed on, by its path below its place.
pub(crate) struct Copied {
    pub(crate) key: KeyBuf,
    /// What LOWER showed, encoded.
    pub(crate) lower: Vec<u8>,
    /// What UPPER showed, encoded, where it was looked at afterwards.
    upper: Option<Vec<u8>>,
}

impl Copied {
    /// What an entry of AGREED says of the file under `key`; `None` when LOWER did not have it.
    pub(crate) fn of(key: KeyBuf, entry: &Entry<'_>) -> Option<Copied> {
        let lower = entry.lower?.as_bytes().to_vec();
        let upper = entry.upper.map(|upper| upper.as_bytes().to_vec());
        Some(Copied { key, lower, upper })
    }

    /// Whether UPPER shows the file that was agreed on.
    pub(crate) fn is_still(&self, now: FacetsRef<'_>) -> bool {
        match &self.upper {
            Some(then) => then == now.as_bytes(),
            None => FacetsRef::checked(&self.lower)
                .is_some_and(|lower| agree(lower, now, Comparison::default())),
        }
    }
}
