//! Manifests of COPY and UNLOAD: which files they name, and the same manifest for the clones.
//!
//! Here a manifest is a stream, of which one entry is in memory at a time; its readers hold its
//! text. What is not changed is written byte for byte.

mod error;
mod pieces;
mod walk;

pub use error::{ManifestError, Packing};
pub use walk::{Entry, Kind, Necessity, Summary};

use crate::place::Place;
use std::io::{BufRead, Write};
use walk::{Meaning, Walk};

/// The longest manifest that is read, in bytes: a million entries with keys of full length.
pub const LONGEST_MANIFEST: u64 = 2 << 30;

/// Reads a manifest and hands out its entries in their order.
///
/// `own` is where the manifest lies, to notice one that names itself.
///
/// # Errors
/// See [`ManifestError`]; also the first error of `each`.
pub fn read<E: From<ManifestError>>(
    input: impl BufRead,
    own: &Place,
    mut each: impl FnMut(Entry) -> Result<(), E>,
) -> Result<Summary, E> {
    let mut walk = Walk::new(input, own, LONGEST_MANIFEST)?;
    while let Some((_, meaning)) = walk.next()? {
        if let Meaning::Entry(entry) = meaning {
            each(entry)?;
        }
    }
    Ok(walk.finish()?)
}

/// Writes a manifest anew, each place as `clone` gives it; where that gives none, the place
/// stays as it was.
///
/// # Errors
/// See [`ManifestError`]. What was written until then is of no use.
pub fn rewrite(
    input: impl BufRead,
    own: &Place,
    output: &mut impl Write,
    mut clone: impl FnMut(&Place) -> Option<Place>,
) -> Result<Summary, ManifestError> {
    let mut walk = Walk::new(input, own, LONGEST_MANIFEST)?;
    while let Some((raw, meaning)) = walk.next()? {
        let changed = match &meaning {
            Meaning::Url(place) => clone(place).filter(|new| new != place),
            _ => None,
        };
        match changed {
            Some(new) => serde_json::to_writer(&mut *output, &new.to_string())
                .map_err(|error| ManifestError::Io(error.into()))?,
            None => output.write_all(raw)?,
        }
    }
    walk.finish()
}

#[cfg(test)]
mod tests;
