//! Manifests of COPY and UNLOAD: which files they name, and the same manifest for the clones.
//!
//! A manifest is a stream, of which one entry is in memory at a time. What is not changed is
//! written byte for byte.

mod error;
mod pieces;
mod rewritten;
mod walk;

pub use error::{ManifestError, Packing};
pub use rewritten::Rewritten;
pub use walk::{Entry, Kind, Necessity, Summary};

use crate::place::Place;
use std::io::BufRead;
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

#[cfg(test)]
mod tests;
