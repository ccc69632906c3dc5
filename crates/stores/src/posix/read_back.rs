//! Reading UPPER's content, and comparing it with a digest or with LOWER's.

use super::carry::rule_for;
use super::content::{Passage, Passed, Rule};
use super::errors::{Halt, Part, failed};
use super::hands::Hands;
use super::look::differs;
use super::remove::is_as_expected;
use super::settle::lower_is_as_surveyed;
use super::source::{Source, open_file};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Key, Kind, Outcome, Proof, Retry, Side};
use rustix::fs::Stat;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

impl Hands<'_> {
    /// Reads UPPER's content and compares it with the entry's digest, or with LOWER's
    /// content where there is none. What has no content is looked at.
    pub(crate) fn read_back(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        match entry.lower.or(entry.upper).map(|facets| facets.kind()) {
            Some(Kind::File) | None => {}
            Some(Kind::Symlink) => return self.look_for(entry, Proof::ReadBack),
            Some(_) => return self.look(entry),
        }
        let (file, stat) =
            self.upper_file(key)?.ok_or_else(|| look_first(key, "it is not there"))?;
        if entry.upper.is_some_and(|upper| !is_as_expected(&upper.decode(), &stat)) {
            return Err(look_first(key, "changed since it was surveyed").into());
        }
        let expected = match entry.digest {
            Some(digest) => digest,
            None => self.lower_passed(entry)?.digest,
        };
        let found = self.hash(key, Side::Upper, file.as_fd(), &stat, Rule::of(&expected))?;
        if found.digest != expected {
            let because = format!("{} on UPPER, {expected} on LOWER", found.digest);
            let error = Error::new(Code::ContentDiffers, "content differs in").on(key);
            return Err(error.because(because).into());
        }
        let (bytes, digest) = (found.bytes, Some(expected));
        Ok(Outcome::Done(Receipt { bytes, digest, ..Receipt::of(Proof::ReadBack) }))
    }

    /// Reads both sides; carries when they differ, else brings attributes in line.
    pub(crate) fn compare_and_carry(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        if entry.lower.is_some_and(|lower| lower.kind() != Kind::File) {
            return self.compare_other(entry);
        }
        let parent = self.lower_parent(key)?;
        let source = Source::open(&parent, key)?;
        let Some((file, there)) = self.upper_file(key)? else {
            return self.carry_file(entry, &source);
        };
        if there.st_size != source.stat.st_size {
            return self.carry_file(entry, &source);
        }
        let rule = rule_for(&source.stat);
        let lower = self.hash(key, Side::Lower, source.as_fd(), &source.stat, rule)?;
        let upper = self.hash(key, Side::Upper, file.as_fd(), &there, rule)?;
        if !source.is_unmoved() {
            return Ok(Outcome::Moving);
        }
        if lower.digest != upper.digest {
            let again = Source::open(&parent, key)?;
            return self.carry_file(entry, &again);
        }
        // The content is equal, whatever UPPER's times say of it.
        match self.settle_looked(entry, &source.stat, &there)? {
            Outcome::Done(receipt) | Outcome::Same(receipt) => Ok(Outcome::Same(Receipt {
                proof: Proof::ReadBack,
                bytes: upper.bytes,
                digest: Some(lower.digest),
                ..receipt
            })),
            other => Ok(other),
        }
    }

    /// For what has no content: carried when it is another thing, else only settled.
    fn compare_other(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        match self.look(entry) {
            Ok(_) => Ok(Outcome::Same(Receipt::of(Proof::Listed))),
            Err(Halt::Told(Outcome::Failed(error))) if error.code == Code::LookDiffers => {
                self.carry(entry)
            }
            other => other,
        }
    }

    fn upper_file(&mut self, key: Key<'_>) -> Part<Option<(OwnedFd, Stat)>> {
        let Some(parent) = self.upper_parent(key)? else { return Ok(None) };
        let opened = open_file((*parent).as_fd(), key.name());
        Ok(opened.map_err(failed(Code::ReadFailed, "cannot open at UPPER", key))?)
    }

    /// Hashes LOWER's content, which must be what the survey saw and stay so.
    fn lower_passed(&mut self, entry: &Entry<'_>) -> Part<Passed> {
        let key = entry.key;
        let moving = || Halt::Told(Outcome::Moving);
        let source = self.lower_parent(key).and_then(|parent| Source::open(&parent, key));
        let source = match source {
            Err(Halt::Told(Outcome::Vanished)) => return Err(moving()),
            other => other?,
        };
        if entry.lower.is_some_and(|then| !lower_is_as_surveyed(&then.decode(), &source.stat)) {
            return Err(moving());
        }
        let rule = rule_for(&source.stat);
        let passed = self.hash(key, Side::Lower, source.as_fd(), &source.stat, rule)?;
        if source.is_unmoved() { Ok(passed) } else { Err(moving()) }
    }

    /// Hashes what an open file holds, by a rule.
    pub(crate) fn hash(
        &mut self,
        key: Key<'_>,
        side: Side,
        from: BorrowedFd<'_>,
        stat: &Stat,
        rule: Rule,
    ) -> Part<Passed> {
        let passage = Passage {
            key,
            from: (side, from),
            to: None,
            size: stat.st_size as u64,
            buffer: &mut self.buffer,
            meter: &mut self.meter,
        };
        passage.run(rule)
    }
}

fn look_first(key: Key<'_>, because: &str) -> Error {
    differs(key, because).retry(Retry::LookFirst)
}
