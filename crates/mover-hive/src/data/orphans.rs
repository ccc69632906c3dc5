//! Copies that nobody needs any more: the files of what LOWER dropped.
//!
//! Only what a receipt says we brought is removed, only if it is still as we left it, and only
//! where nothing else needs it. No metastore is asked to delete anything.

use super::copied::Copied;
use super::listing::Unpaced;
use super::needed::{Needed, Users};
use super::places::{Place, root_of};
use crate::keys::Name;
use crate::plan::DATA;
use crate::rows::{clear, held};
use crate::translate::Translator;
use boatlift_core::error::{Code, Result};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::mover::Agreements;
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, Opener};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

/// Removes copies.
pub(crate) struct Orphans {
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) translator: Arc<Translator>,
    pub(crate) agreements: Arc<dyn Agreements>,
    /// Who may need a place.
    pub(crate) users: Users,
    /// What they answered last.
    pub(crate) needed: Mutex<Option<Needed>>,
}

impl Orphans {
    /// Asks who needs which place: before anything is dropped, so that nothing is if that cannot
    /// be known.
    ///
    /// # Errors
    /// When a part of either metastore cannot be read.
    pub(crate) fn look(&self) -> Result<()> {
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        if needed.is_none() {
            *needed = Some(self.users.ask()?);
        }
        Ok(())
    }

    /// Forgets the answer: time has passed.
    pub(crate) fn look_again(&self) {
        *self.needed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes note that what pointed at `location` of UPPER was dropped.
    pub(crate) fn dropped(&self, location: &str) {
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(needed) = &mut *needed {
            needed.forget(&self.translator, location);
        }
    }

    fn is_needed(&self, upper: &str) -> Result<bool> {
        self.look()?;
        let needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(needed.as_ref().is_none_or(|needed| needed.needs(&self.translator, upper)))
    }

    /// Removes what was copied for a table or partition that UPPER no longer has, and that
    /// pointed at `location` there: on LOWER or, once exchanged, on UPPER. Idempotent.
    ///
    /// # Errors
    /// When something of ours is there and cannot be removed.
    pub(crate) fn remove(&self, name: Name<'_>, location: &str) -> Result<()> {
        let locations = self.translator.locations();
        let upper = match locations.side_of(Side::Upper, location) {
            Some(Side::Lower) => locations.to_upper(location),
            _ => locations.qualify(Side::Upper, location),
        };
        let Ok(upper) = upper else { return Ok(()) };
        if self.is_needed(&upper)? {
            tracing::info!(upper, "copies of what LOWER dropped stay: something else needs them");
            return Ok(());
        }
        let mut prefix = name.key();
        if matches!(name, Name::Partition(..)) {
            prefix.0.push(b'/');
        }
        let copied = self.copied(&prefix)?;
        if copied.is_empty() {
            return self.remove_rows(prefix, upper);
        }
        let store = match self.opener.open(root_of(&upper)) {
            Ok(store) => store,
            Err(error) if error.code == Code::RootMissing => return Ok(()),
            Err(error) => return Err(error),
        };
        // Against key order: what is in a directory comes before it.
        for copy in copied.iter().rev() {
            let now = store.look(copy.key.as_key(), Detail::Basic)?;
            let Some(now) = now.as_deref().and_then(FacetsRef::checked) else { continue };
            let is_directory = now.kind() == Kind::Directory;
            if is_directory || copy.is_still(now) {
                // A directory with something of others in it stays.
                match store.remove(copy.key.as_key(), now) {
                    Err(_) if is_directory => {}
                    removed => removed?,
                }
            }
        }
        self.remove_root(root_of(&upper))
    }

    /// Removes all files of a place whose rows were carried, if they are as we left them.
    fn remove_rows(&self, prefix: KeyBuf, upper: String) -> Result<()> {
        let Some(agreement) = self.agreements.agreement(DATA, 0)? else { return Ok(()) };
        let place = Place { prefix, lower: String::new(), upper };
        let now = held(Side::Upper, &*self.opener, &place, &Unpaced)?;
        let mut is_ours = false;
        self.agreements.each_from(&agreement, place.prefix.as_key(), &mut |entry| {
            let is_place = entry.key == place.prefix.as_key();
            is_ours = is_place && now.as_ref().is_some_and(|now| now.is(entry.upper));
            ControlFlow::Break(())
        })?;
        if !is_ours {
            return Ok(());
        }
        clear(&*self.opener, place.on(Side::Upper), &Unpaced)?;
        self.remove_root(place.on(Side::Upper))
    }

    /// Removes the place itself when it is empty.
    fn remove_root(&self, upper: &str) -> Result<()> {
        let upper = upper.trim_end_matches('/');
        let Some((parent, name)) = upper.rsplit_once('/') else { return Ok(()) };
        let store = match self.opener.open(&format!("{parent}/")) {
            Ok(store) => store,
            Err(error) if error.code == Code::RootMissing => return Ok(()),
            Err(error) => return Err(error),
        };
        let key = format!("{name}/");
        let Ok(key) = Key::checked(key.as_bytes()) else { return Ok(()) };
        match store.look(key, Detail::Basic)?.as_deref().and_then(FacetsRef::checked) {
            // One that is not empty is not ours alone.
            Some(now) => store.remove(key, now).or(Ok(())),
            None => Ok(()),
        }
    }

    /// What was copied below a prefix, in key order.
    fn copied(&self, prefix: &KeyBuf) -> Result<Vec<Copied>> {
        let mut copied = Vec::new();
        let Some(agreement) = self.agreements.agreement(DATA, 0)? else { return Ok(copied) };
        self.agreements.each_from(&agreement, prefix.as_key(), &mut |entry| {
            let Some(below) = entry.key.as_bytes().strip_prefix(prefix.0.as_slice()) else {
                return ControlFlow::Break(());
            };
            if !below.is_empty() {
                copied.extend(Copied::of(KeyBuf(below.to_vec()), entry));
            }
            ControlFlow::Continue(())
        })?;
        Ok(copied)
    }
}
