//! A manifest written anew, as a stream over the old one.

use super::error::ManifestError;
use super::walk::{Meaning, Walk};
use super::{LONGEST_MANIFEST, Place};
use std::io::{self, BufRead, Read};

/// Bytes that are made ready at a time.
const READY: usize = 16 << 10;

/// A manifest in which each place is as `clone` gives it; where that gives none, the place
/// stays as it was. What is wrong with the old one is an error of reading.
pub struct Rewritten<'a, R, F> {
    /// None at the end.
    walk: Option<Walk<'a, R>>,
    clone: F,
    ready: Vec<u8>,
    /// Bytes of these that were read.
    at: usize,
}

impl<'a, R, F> Rewritten<'a, R, F>
where
    R: BufRead,
    F: FnMut(&Place) -> io::Result<Option<Place>>,
{
    /// The manifest that lies at `own`, written anew.
    ///
    /// # Errors
    /// See [`ManifestError`].
    pub fn new(input: R, own: &'a Place, clone: F) -> Result<Self, ManifestError> {
        let walk = Some(Walk::new(input, own, LONGEST_MANIFEST)?);
        Ok(Rewritten { walk, clone, ready: Vec::with_capacity(READY), at: 0 })
    }

    fn make_ready(&mut self) -> Result<(), ManifestError> {
        self.ready.clear();
        self.at = 0;
        while self.ready.len() < READY {
            let Some(walk) = &mut self.walk else { return Ok(()) };
            let Some((raw, meaning)) = walk.next()? else {
                return self.walk.take().map_or(Ok(()), |walk| walk.finish().map(drop));
            };
            let changed = match &meaning {
                Meaning::Url(place) => (self.clone)(place)?.filter(|new| new != place),
                _ => None,
            };
            match changed {
                Some(new) => serde_json::to_writer(&mut self.ready, &new.to_string())
                    .map_err(|error| ManifestError::Io(error.into()))?,
                None => self.ready.extend_from_slice(raw),
            }
        }
        Ok(())
    }
}

impl<R, F> Read for Rewritten<'_, R, F>
where
    R: BufRead,
    F: FnMut(&Place) -> io::Result<Option<Place>>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            self.make_ready().map_err(|error| match error {
                ManifestError::Io(error) => error,
                broken => io::Error::other(broken),
            })?;
        }
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
