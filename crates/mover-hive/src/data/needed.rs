//! Places on UPPER whose files somebody needs: as copies of what LOWER has, or because something
//! on UPPER points there.
//!
//! Two partitions may share a directory, and what was renamed on LOWER kept its own. So a copy
//! may go with the object that it was made for only where no place is the same, holds it or lies
//! in it.

use super::places::{PlaceWalk, Places, Spot};
use crate::catalog::{Object, Reader, Walk, Walked, is_view, location};
use crate::translate::Translator;
use boatlift_core::error::{Code, Result};
use boatlift_core::side::Side;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many need each place, by its location on UPPER.
#[derive(Debug, Default)]
pub(crate) struct Needed {
    users: BTreeMap<Box<str>, u32>,
}

/// What is asked for it.
pub(crate) struct Users {
    pub(crate) places: Arc<Places>,
    /// Reads LOWER's metastore.
    pub(crate) lower: Arc<Reader>,
    /// Reads UPPER's.
    pub(crate) upper: Arc<Reader>,
}

impl Users {
    /// Asks both metastores.
    ///
    /// # Errors
    /// When a part of one cannot be read: it is not known then who needs what.
    pub(super) fn ask(&self) -> Result<Needed> {
        let mut needed = Needed::default();
        let mut places = PlaceWalk::new(Arc::clone(&self.places), Arc::clone(&self.lower))?;
        while let Some(spot) = places.next()? {
            match spot {
                Spot::Place(place) => needed.add(self.translator(), &place.upper),
                // Without a place on UPPER it needs none there.
                Spot::Hole(hole) if hole.error.code == Code::HiveLocation => {}
                Spot::Hole(hole) => return Err(hole.error),
            }
        }
        let mut walk = Walk::new(Arc::clone(&self.upper))?;
        while let Some(walked) = walk.next()? {
            let at = match &walked {
                Walked::Hole(hole) => return Err(hole.error.clone()),
                Walked::Object(_, Object::Table(table))
                    if !table.is_partitioned() && !is_view(table) =>
                {
                    location(&**table)
                }
                Walked::Object(_, Object::Partition(_, partition)) => location(&**partition),
                _ => None,
            };
            if let Some(at) = at {
                needed.add(self.translator(), at);
            }
        }
        Ok(needed)
    }

    fn translator(&self) -> &Translator {
        &self.places.translator
    }
}

impl Needed {
    fn add(&mut self, translator: &Translator, at: &str) {
        if let Some(at) = on_upper(translator, at) {
            *self.users.entry(at).or_default() += 1;
        }
    }

    /// Counts one less that points at `location`.
    pub(super) fn forget(&mut self, translator: &Translator, location: &str) {
        let at = on_upper(translator, location);
        if let Some(users) = at.and_then(|at| self.users.get_mut(&at)) {
            *users = users.saturating_sub(1);
        }
    }

    /// Whether somebody needs the place at `location`, one that holds it, or one in it.
    pub(super) fn needs(&self, translator: &Translator, location: &str) -> bool {
        let Some(at) = on_upper(translator, location) else { return true };
        let is_needed = |at: &str| self.users.get(at).is_some_and(|users| *users > 0);
        let holds_it = at.match_indices('/').any(|(slash, _)| is_needed(&at[..slash]));
        let below = format!("{at}/");
        let in_it = self
            .users
            .range(Box::from(below.as_str())..)
            .take_while(|(other, _)| other.starts_with(&below))
            .any(|(_, users)| *users > 0);
        is_needed(&at) || holds_it || in_it
    }
}

/// A location of UPPER in one form; `None` when it is on LOWER's storage or cannot be told.
fn on_upper(translator: &Translator, location: &str) -> Option<Box<str>> {
    let locations = translator.locations();
    if locations.side_of(Side::Upper, location) == Some(Side::Lower) {
        return None;
    }
    let place = locations.place(Side::Upper, location).ok()?;
    Some(place.canonical().trim_end_matches('/').into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_needed_with_what_it_holds_and_what_holds_it() {
        let translator = Translator::new(&crate::samples::config(), "m").expect("valid");
        let mut needed = Needed::default();
        needed.add(&translator, "hdfs://upper/data/t/p=1");
        for (at, expected) in [
            ("hdfs://upper/data/t/p=1", true),
            ("hdfs://upper/data/t/p=1/", true),
            ("hdfs://upper/data/t", true),
            ("hdfs://upper/data/t/p=1/sub", true),
            ("hdfs://upper/data/t/p=10", false),
            ("hdfs://upper/data/other", false),
        ] {
            assert_eq!(needed.needs(&translator, at), expected, "{at}");
        }
        needed.forget(&translator, "hdfs://upper/data/t/p=1");
        assert!(!needed.needs(&translator, "hdfs://upper/data/t"));
    }
}
