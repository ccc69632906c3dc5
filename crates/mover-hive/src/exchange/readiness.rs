//! Whether a place may be exchanged: every file of it was copied and read back, is still as
//! LOWER has it, and nothing else is there.

use super::Exchange;
use crate::data::{Place, files_of};
use crate::plan::DATA;
use boatlift_core::compare::{Comparison, agree};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::Pace;
use boatlift_core::side::Side;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// What was agreed on of one file.
struct Copied {
    lower: Vec<u8>,
    upper: Option<Vec<u8>>,
    seen: bool,
}

impl Exchange {
    /// Compares a place on both sides, as it is now, with what was agreed on.
    ///
    /// # Errors
    /// [`Code::HiveNotReady`] with the first file that stands against it; another when a side
    /// cannot be listed.
    pub(super) fn is_ready(&self, place: &Place, pace: &dyn Pace) -> Result<()> {
        let mut copied = self.copied(place)?;
        let mut against = None;
        let not_yet = |key: &KeyBuf, why: &str| {
            Error::new(Code::HiveNotReady, "cannot exchange yet, because of")
                .on(key.as_key())
                .because(why)
        };
        files_of(Side::Lower, &*self.opener, place, pace, &mut |entry| {
            let Some(now) = entry.lower.filter(|facets| facets.kind() != Kind::Directory) else {
                return;
            };
            let key = entry.key.to_owned();
            let why = match copied.get_mut(&key) {
                None => Some("it was not copied and read back yet"),
                Some(file) if file.lower != now.as_bytes() => Some("it changed on LOWER since"),
                Some(file) => {
                    file.seen = true;
                    None
                }
            };
            against = against.take().or(why.map(|why| not_yet(&key, why)));
        })?;
        if let Some((key, _)) = copied.iter().find(|(_, file)| !file.seen) {
            against =
                against.or(Some(not_yet(key, "it is gone from LOWER, and not yet from UPPER")));
        }
        let mut left = copied.len();
        files_of(Side::Upper, &*self.opener, place, pace, &mut |entry| {
            let Some(now) = entry.upper.filter(|facets| facets.kind() != Kind::Directory) else {
                return;
            };
            let key = entry.key.to_owned();
            let why = match copied.get(&key) {
                None => Some("it stands at the destination and is not ours"),
                Some(file) if !file.is_still(now) => Some("it changed on UPPER since"),
                Some(_) => {
                    left -= 1;
                    None
                }
            };
            against = against.take().or(why.map(|why| not_yet(&key, why)));
        })?;
        if left > 0 && against.is_none() {
            against = Some(not_yet(&place.prefix, "files of it are missing on UPPER"));
        }
        against.map_or(Ok(()), Err)
    }

    /// The files of a place that both sides agreed on, below it.
    fn copied(&self, place: &Place) -> Result<BTreeMap<KeyBuf, Copied>> {
        let mut copied = BTreeMap::new();
        let Some(agreement) = self.agreements.agreement(DATA, 0)? else { return Ok(copied) };
        let prefix = &place.prefix.0;
        self.agreements.each_from(&agreement, place.prefix.as_key(), &mut |entry| {
            let Some(below) = entry.key.as_bytes().strip_prefix(prefix.as_slice()) else {
                return ControlFlow::Break(());
            };
            if let Some(lower) = entry.lower.filter(|facets| facets.kind() != Kind::Directory) {
                let upper = entry.upper.map(|upper| upper.as_bytes().to_vec());
                let lower = lower.as_bytes().to_vec();
                copied.insert(KeyBuf(below.to_vec()), Copied { lower, upper, seen: false });
            }
            ControlFlow::Continue(())
        })?;
        Ok(copied)
    }
}

impl Copied {
    /// Whether UPPER shows the file that was agreed on.
    fn is_still(&self, now: FacetsRef<'_>) -> bool {
        match &self.upper {
            Some(then) => then == now.as_bytes(),
            None => FacetsRef::checked(&self.lower)
                .is_some_and(|lower| agree(lower, now, Comparison::default())),
        }
    }
}
