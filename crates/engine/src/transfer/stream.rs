//! The stream: the lane that any two stores have. Each item is read from one and
//! written to the other, through this process.
//!
//! Slower than a lane of a store's own kind, and it keeps what both stores can say of
//! an item: hard links become files of their own.

use boatlift_core::compare::{Comparison, agree};
use boatlift_core::digest::Digest;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Pace, Step, Stopped, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, Store};
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that are asked of a store at once.
const BLOCK: usize = 256 << 10;

/// A lane through this process.
pub struct StreamLane {
    lower: Arc<dyn Store>,
    upper: Arc<dyn Store>,
}

/// Why an item has no good outcome.
enum Trouble {
    Stopped,
    Vanished,
    Moving,
    Failed(Error),
}

impl From<Stopped> for Trouble {
    fn from(_: Stopped) -> Self {
        Trouble::Stopped
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Failed(error)
    }
}

impl StreamLane {
    /// The lane from `lower` to `upper`.
    #[must_use]
    pub fn new(lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Self {
        StreamLane { lower, upper }
    }

    fn make(
        &self,
        step: Step,
        entry: &Entry<'_>,
        owners: bool,
        pace: &dyn Pace,
    ) -> Result<Outcome, Trouble> {
        pace.spend(Side::Lower, 1, 0)?;
        pace.spend(Side::Upper, 1, 0)?;
        match step {
            Step::Remove => {
                if let Some(upper) = entry.upper {
                    self.upper.remove(entry.key, upper)?;
                }
                Ok(Outcome::Done(Receipt::of(Proof::Claimed)))
            }
            Step::Look => self.look(entry, owners),
            Step::ReadBack => self.read_back(entry, pace),
            Step::CompareAndCarry => match self.read_back(entry, pace) {
                Ok(Outcome::Done(receipt)) => Ok(Outcome::Same(receipt)),
                Err(Trouble::Failed(error)) if error.code == Code::ContentDiffers => {
                    self.carry_item(entry, pace)
                }
                other => other,
            },
            Step::MakeDirectory | Step::Carry | Step::Rename | Step::Link | Step::SetAttributes => {
                self.carry_item(entry, pace)
            }
        }
    }

    fn carry_item(&self, entry: &Entry<'_>, pace: &dyn Pace) -> Result<Outcome, Trouble> {
        let facets = self.lower.look(entry.key, Detail::Basic)?.ok_or(Trouble::Vanished)?;
        let now = checked(&facets)?;
        if now.kind() != Kind::File {
            self.upper.write(entry.key, &now.decode(), &mut io::empty())?;
            return Ok(Outcome::Done(Receipt::of(Proof::Claimed)));
        }
        let content = self.lower.read(entry.key)?;
        let mut passing = Passing {
            body: content.body,
            lower: &*self.lower,
            key: entry.key,
            opened: &facets,
            pace,
            bytes: 0,
            trouble: None,
        };
        let facets = content.facets.clone();
        let opened = checked(&facets)?.decode();
        let written = self.upper.write(entry.key, &opened, &mut passing);
        let (bytes, trouble) = (passing.bytes, passing.trouble);
        match (trouble, written) {
            (Some(trouble), _) => Err(trouble),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(digest)) => Ok(Outcome::Done(Receipt {
                bytes,
                digest: Some(digest),
                lower: Some(facets.as_slice().into()),
                ..Receipt::of(Proof::Carried)
            })),
        }
    }

    fn look(&self, entry: &Entry<'_>, owners: bool) -> Result<Outcome, Trouble> {
        let found = self.upper.look(entry.key, Detail::Basic)?;
        let differs = |because: &str| {
            Trouble::Failed(
                Error::new(Code::LookDiffers, "UPPER does not show what was written:")
                    .on(entry.key)
                    .because(because),
            )
        };
        let Some(lower) = entry.lower else {
            let upper = found.map(Into::into);
            return Ok(Outcome::Done(Receipt { upper, ..Receipt::of(Proof::Listed) }));
        };
        let found = found.ok_or_else(|| differs("it is not there"))?;
        let how = Comparison { owners, ..Comparison::default() };
        match agree(lower, checked(&found)?, how) {
            true => {
                let upper = Some(found.into());
                Ok(Outcome::Done(Receipt { upper, ..Receipt::of(Proof::Listed) }))
            }
            false => Err(differs("size, time, mode or owner is another")),
        }
    }

    fn read_back(&self, entry: &Entry<'_>, pace: &dyn Pace) -> Result<Outcome, Trouble> {
        if entry.lower.map(FacetsRef::kind) != Some(Kind::File) {
            return self.look(entry, false);
        }
        let known = entry.digest.filter(|digest| matches!(digest, Digest::Blake3(_)));
        let (_, lower) = match known {
            Some(digest) => (0, digest),
            None => self.hash(&*self.lower, Side::Lower, entry.key, pace)?,
        };
        let (bytes, upper) = self.hash(&*self.upper, Side::Upper, entry.key, pace)?;
        if lower != upper {
            return Err(Trouble::Failed(
                Error::new(Code::ContentDiffers, "UPPER's content is not LOWER's:").on(entry.key),
            ));
        }
        let digest = Some(upper);
        Ok(Outcome::Done(Receipt { bytes, digest, ..Receipt::of(Proof::ReadBack) }))
    }

    fn hash(
        &self,
        store: &dyn Store,
        side: Side,
        key: Key<'_>,
        pace: &dyn Pace,
    ) -> Result<(u64, Digest), Trouble> {
        let mut body = store.read(key)?.body;
        let mut hasher = blake3::Hasher::new();
        let mut block = vec![0; BLOCK];
        let mut bytes = 0;
        loop {
            let read = body.read(&mut block).map_err(|error| {
                Error::new(Code::ReadFailed, "cannot read").on(key).because(error)
            })?;
            if read == 0 {
                return Ok((bytes, Digest::Blake3(*hasher.finalize().as_bytes())));
            }
            pace.spend(side, 0, read as u64)?;
            hasher.update(&block[..read]);
            bytes += read as u64;
        }
    }
}

impl Lane for StreamLane {
    fn name(&self) -> &'static str {
        "stream"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        for (index, step) in turn.steps {
            let entry = turn.page.get(*index as usize);
            let outcome = match self.make(*step, &entry, turn.owners, pace) {
                Ok(outcome) => outcome,
                Err(Trouble::Stopped) => break,
                Err(Trouble::Vanished) => Outcome::Vanished,
                Err(Trouble::Moving) => Outcome::Moving,
                Err(Trouble::Failed(error)) => Outcome::Failed(error),
            };
            outcomes.push((*index, outcome));
        }
        outcomes
    }
}

fn checked(facets: &[u8]) -> Result<FacetsRef<'_>, Trouble> {
    FacetsRef::checked(facets)
        .ok_or_else(|| Trouble::Failed(Error::new(Code::Bug, "a store gave malformed facets")))
}

/// Content on its way, which ends in an error if LOWER's item changed meanwhile: then the
/// other store keeps nothing of it.
struct Passing<'a> {
    body: Box<dyn Read + Send + 'a>,
    lower: &'a dyn Store,
    key: Key<'a>,
    opened: &'a [u8],
    pace: &'a dyn Pace,
    bytes: u64,
    trouble: Option<Trouble>,
}

impl Passing<'_> {
    fn fail(&mut self, trouble: Trouble) -> io::Error {
        self.trouble = Some(trouble);
        io::Error::other("the item cannot be carried now")
    }

    /// At the end of the content: is LOWER's item still what was opened?
    fn check(&self) -> Option<Trouble> {
        match self.lower.look(self.key, Detail::Basic) {
            Ok(Some(now)) if now == self.opened => None,
            Ok(Some(_)) => Some(Trouble::Moving),
            Ok(None) => Some(Trouble::Vanished),
            Err(error) => Some(Trouble::Failed(error.retry(Retry::Later))),
        }
    }
}

impl Read for Passing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(BLOCK);
        let read = match self.body.read(&mut buffer[..len]) {
            Ok(read) => read,
            Err(error) => {
                let failed = Error::new(Code::ReadFailed, "cannot read").on(self.key);
                return Err(self.fail(Trouble::Failed(failed.because(error).retry(Retry::Later))));
            }
        };
        if read == 0 {
            return match self.check() {
                None => Ok(0),
                Some(trouble) => Err(self.fail(trouble)),
            };
        }
        for side in [Side::Lower, Side::Upper] {
            if let Err(stopped) = self.pace.spend(side, 0, read as u64) {
                return Err(self.fail(stopped.into()));
            }
        }
        self.bytes += read as u64;
        Ok(read)
    }
}
