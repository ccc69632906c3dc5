//! Whether a place may be exchanged: every file of it was copied and read back, is still as
//! LOWER has it, and nothing else is there.

use super::Exchange;
use crate::data::{Copied, Place, files_of};
use crate::plan::DATA;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::Pace;
use boatlift_core::side::Side;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

impl Exchange {
    /// Compares a place on both sides, as it is now, with what was agreed on.
    ///
    /// # Errors
    /// [`Code::HiveNotReady`] with the first file that stands against it; another when a side
    /// cannot be listed.
    pub(super) fn is_ready(&self, place: &Place, pace: &dyn Pace) -> Result<()> {
        let copied = self.copied(place)?;
        let mut seen = BTreeSet::new();
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
            let why = match copied.get(&key) {
                None => Some("it was not copied and read back yet"),
                Some(file) if file.lower != now.as_bytes() => Some("it changed on LOWER since"),
                Some(_) => {
                    seen.insert(key.clone());
                    None
                }
            };
            against = against.take().or(why.map(|why| not_yet(&key, why)));
        })?;
        if let Some(key) = copied.keys().find(|key| !seen.contains(*key)) {
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
            if entry.lower.map(FacetsRef::kind) != Some(Kind::Directory) {
                let file = Copied::of(KeyBuf(below.to_vec()), entry);
                copied.extend(file.map(|file| (file.key.clone(), file)));
            }
            ControlFlow::Continue(())
        })?;
        Ok(copied)
    }
}
