//! Whether a place may be exchanged: every file of it was copied and read back, is still as
//! LOWER has it, and nothing else is there.

use super::{Carried, Exchange};
use crate::data::{Copied, Place, files_of};
use crate::plan::DATA;
use crate::rows::{Held, held};
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
        match self.carried {
            Carried::Files => self.has_its_files(place, pace),
            Carried::Rows => self.has_its_rows(place, pace),
        }
    }

    /// The same where rows were carried: both sides must show the files that were agreed on.
    fn has_its_rows(&self, place: &Place, pace: &dyn Pace) -> Result<()> {
        let mut agreed = (None, None);
        if let Some(agreement) = self.agreements.agreement(DATA, 0)? {
            self.agreements.each_from(&agreement, place.prefix.as_key(), &mut |entry| {
                if entry.key == place.prefix.as_key() {
                    let owned = |facets: FacetsRef<'_>| facets.as_bytes().to_vec();
                    agreed = (entry.lower.map(owned), entry.upper.map(owned));
                }
                ControlFlow::Break(())
            })?;
        }
        for (side, then) in [(Side::Lower, &agreed.0), (Side::Upper, &agreed.1)] {
            let now = held(side, &*self.opener, place, pace)?;
            let now = now.unwrap_or_else(Held::nothing);
            let why = match then.as_deref() {
                None => "its rows were not carried and proved yet".to_owned(),
                Some(then) if now.is(FacetsRef::checked(then)) => continue,
                Some(_) => format!("its files changed on {side} since its rows were proved"),
            };
            return Err(Error::new(Code::HiveNotReady, "cannot exchange yet, because of")
                .on(place.prefix.as_key())
                .because(why));
        }
        Ok(())
    }

    /// The same where files were carried.
    fn has_its_files(&self, place: &Place, pace: &dyn Pace) -> Result<()> {
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
