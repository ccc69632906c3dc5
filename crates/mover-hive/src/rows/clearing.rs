//! Directories of ours that are emptied, on either side.

use boatlift_core::error::{Code, Error, Result};
use boatlift_core::filter::Filter;
use boatlift_core::key::Key;
use boatlift_core::lane::Pace;
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, ListRequest, Listed, Opener};
use std::sync::Arc;

/// Removes all that is below a directory. Only for what was found to be ours. Idempotent.
///
/// # Errors
/// When something cannot be listed or removed.
pub(crate) fn clear(opener: &dyn Opener, url: &str, pace: &dyn Pace) -> Result<()> {
    let missing = |error: Error| match error.code {
        Code::RootMissing => Ok(()),
        _ => Err(error),
    };
    let store = match opener.open(url) {
        Ok(store) => store,
        Err(error) => return missing(error),
    };
    let filter = Arc::new(Filter::default());
    let request = ListRequest { filter, detail: Detail::Basic, side: Side::Upper };
    let mut listing = match store.list(request) {
        Ok(listing) => listing,
        Err(error) => return missing(error),
    };
    let mut pages = Vec::new();
    loop {
        match listing.next(pace) {
            Ok(Some(Listed::Page(page))) => pages.push(page),
            Ok(Some(Listed::Hole(hole))) => return Err(hole.error),
            Ok(None) => break,
            Err(error) => return missing(error),
        }
    }
    // Against key order: what is in a directory comes before it.
    for entry in pages.iter().rev().flat_map(|page| page.iter().rev()) {
        if let Some(facets) = entry.upper.or(entry.lower) {
            store.remove(entry.key, facets)?;
        }
    }
    Ok(())
}

/// Removes a directory, if it is there and empty.
///
/// # Errors
/// When it cannot be looked at.
pub(super) fn remove_empty(opener: &dyn Opener, url: &str) -> Result<()> {
    let Some((parent, name)) = url.trim_end_matches('/').rsplit_once('/') else { return Ok(()) };
    let store = opener.open(&format!("{parent}/"))?;
    let key = format!("{name}/");
    let Ok(key) = Key::checked(key.as_bytes()) else { return Ok(()) };
    let now = store.look(key, Detail::Basic)?;
    match now.as_deref().and_then(boatlift_core::facets::FacetsRef::checked) {
        // One that is not empty is not ours alone.
        Some(now) => store.remove(key, now).or(Ok(())),
        None => Ok(()),
    }
}
