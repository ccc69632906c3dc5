//! Files beside a table's own that its properties name, as `avro.schema.url` does: they are
//! brought, and proved, before readers are led to where the properties say then.
//!
//! They are of no group of their own. One that changes on LOWER after the exchange is found by
//! nobody: schemas are written once, under a new name for each version.

use super::Exchange;
use crate::data::{make_all, root_of};
use crate::translate::SideFile;
use boatlift_core::compare::Verdict;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Pace, Step, Turn};
use boatlift_core::outcome::Outcome;
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::store::{Detail, Store};
use std::sync::Arc;

impl Exchange {
    /// Brings the files that are not on UPPER yet, and compares all of them. Idempotent: what is
    /// there is only read.
    ///
    /// # Errors
    /// When one is missing on LOWER, or another file is in its place on UPPER.
    pub(super) fn bring_side_files(&self, files: &[SideFile], pace: &dyn Pace) -> Result<()> {
        files.iter().try_for_each(|file| self.bring_side_file(file, pace))
    }

    fn bring_side_file(&self, file: &SideFile, pace: &dyn Pace) -> Result<()> {
        let (lower, upper) = (root_of(&file.lower), root_of(&file.upper));
        let not_ready = |why: String| {
            Error::new(Code::HiveNotReady, "cannot exchange what names in its properties")
                .on(&file.lower)
                .because(why)
        };
        let ((lower, name), (upper, upper_name)) = match (split(lower), split(upper)) {
            (Some(lower), Some(upper)) => (lower, upper),
            _ => return Err(not_ready(format!("{} is no file", file.key))),
        };
        if name != upper_name {
            return Err(not_ready(format!("it is called otherwise at {}", file.upper)));
        }
        let key = Key::checked(name.as_bytes()).map_err(|why| not_ready(why.to_string()))?;
        let of_lower = match self.opener.open(lower) {
            Err(error) if error.code == Code::RootMissing => None,
            opened => Some(opened?),
        };
        let there = of_lower.as_ref().map(|store| store.look(key, Detail::Basic)).transpose()?;
        let there = there.flatten();
        let facets = there.as_deref().and_then(FacetsRef::checked);
        let (Some(of_lower), Some(facets)) = (of_lower, facets) else {
            return Err(not_ready(format!("{} names it, and it is not there", file.key)));
        };
        if facets.kind() != Kind::File {
            return Err(not_ready(format!("{} names it, and it is no file", file.key)));
        }
        make_all(&*self.opener, upper)?;
        let of_upper = self.opener.open(upper)?;
        let is_there = of_upper.look(key, Detail::Basic)?.is_some();
        let entry = Entry { lower: Some(facets), verdict: Verdict::Added, ..Entry::new(key) };
        let lane = self.opener.lane(Arc::clone(&of_lower) as Arc<dyn Store>, of_upper);
        if !is_there {
            step(&*lane, &entry, Step::Carry, pace)?;
        }
        step(&*lane, &entry, Step::ReadBack, pace).map_err(|error| match error.code {
            Code::ContentDiffers => {
                Error::new(Code::InTheWay, "cannot bring").on(&file.lower).because(format!(
                    "another file is at {}, which {} would name",
                    file.upper, file.key
                ))
            }
            _ => error,
        })
    }
}

/// Makes one step of one file.
fn step(lane: &dyn Lane, entry: &Entry<'_>, step: Step, pace: &dyn Pace) -> Result<()> {
    let mut builder = PageBuilder::new();
    builder.push(entry);
    let page = builder.take();
    let turn = Turn { page: &page, steps: &[(0, step)], owners: false };
    match lane.carry(&turn, pace).into_iter().next() {
        None => {
            Err(Error::new(Code::Interrupted, "the turn was asked to stop before").on(entry.key))
        }
        Some((_, Outcome::Done(_) | Outcome::Same(_))) => Ok(()),
        Some((_, Outcome::Failed(error))) => Err(error),
        Some((_, _)) => Err(Error::new(Code::HiveNotReady, "cannot bring")
            .on(entry.key)
            .because("it changed meanwhile")),
    }
}

/// The directory, with its slash, and the name of a file.
fn split(location: &str) -> Option<(&str, &str)> {
    let slash = location.rfind('/')?;
    let (directory, name) = location.split_at(slash + 1);
    (!name.is_empty() && directory.len() > 1).then_some((directory, name))
}
