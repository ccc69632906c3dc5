//! Directories that are gone from LOWER although its metastore still names them.
//!
//! A table whose directory was never made has no files, and that is well. Where files were
//! agreed on, a directory that is gone is an accident or a storage that is not mounted: what
//! is below it is unknown, and the copies on UPPER stay.

use super::places::Place;
use crate::plan::DATA;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::Kind;
use boatlift_core::mover::Agreements;
use boatlift_core::page::Entry;
use boatlift_core::store::Hole;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Tells what is lost from what never was.
pub(crate) struct Lost {
    pub(crate) agreements: Arc<dyn Agreements>,
    /// Whether an entry of AGREED says that LOWER held something at a place.
    pub(crate) held: fn(&Entry<'_>) -> bool,
}

impl Lost {
    /// The hole that a place without a directory on LOWER leaves, if something was there.
    ///
    /// # Errors
    /// When what was agreed on cannot be read.
    pub(crate) fn hole(&self, place: &Place) -> Result<Option<Hole>> {
        let Some(agreement) = self.agreements.agreement(DATA, 0)? else { return Ok(None) };
        let mut was_held = false;
        self.agreements.each_from(&agreement, place.prefix.as_key(), &mut |entry| {
            if !entry.key.as_bytes().starts_with(&place.prefix.0) {
                return ControlFlow::Break(());
            }
            was_held = (self.held)(entry);
            match was_held {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        Ok(was_held.then(|| Hole {
            under: place.prefix.clone(),
            error: Error::new(Code::RootMissing, "cannot find the directory of")
                .on(place.prefix.as_key())
                .because(format!(
                    "{} is gone from LOWER, whose metastore still names it; its copy on UPPER stays",
                    place.lower
                )),
        }))
    }
}

/// Whether an entry of AGREED is a file that LOWER held.
pub(super) fn is_file(entry: &Entry<'_>) -> bool {
    entry.lower.is_some_and(|lower| lower.kind() != Kind::Directory)
}
