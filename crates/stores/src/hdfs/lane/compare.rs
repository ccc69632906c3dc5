//! Reading UPPER's content, and comparing it with a digest or with LOWER's.

use super::super::cluster::Body;
use super::super::errors::{Halt, Part, failed, is_nowhere};
use super::super::remove::is_as_expected;
use super::carry::Passed;
use super::hands::Hands;
use super::look::differs;
use super::lower::{decoded, is_same_content};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Digest, Entry, Error, Key, Kind, Outcome, Proof, Retry};

impl Hands<'_> {
    /// Reads UPPER's content and compares it with the entry's digest, or with LOWER's
    /// content where there is none. What has no content is looked at.
    pub(crate) async fn read_back(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        if entry.lower.or(entry.upper).is_some_and(|facets| facets.kind() != Kind::File) {
            return self.look(entry).await;
        }
        let there = self.upper_look(key).await?.filter(|there| there.kind == Kind::File);
        let there = there.ok_or_else(|| look_first(key, "it is not there"))?;
        if entry.upper.is_some_and(|upper| !is_as_expected(&upper.decode(), &there)) {
            return Err(look_first(key, "changed since it was surveyed").into());
        }
        // A digest of another rule says nothing of bytes read here.
        let expected = match entry.digest {
            Some(digest @ Digest::Blake3(_)) => digest,
            _ => self.hash_lower(entry).await?.digest,
        };
        let Some((_, body)) = self.open_upper(key).await? else {
            return Err(look_first(key, "it is not there").into());
        };
        let found = self.hash_upper(key, body).await?;
        if found.digest != expected {
            let because = format!("{} on UPPER, {expected} on LOWER", found.digest);
            let error = Error::new(Code::ContentDiffers, "content differs in").on(key);
            return Err(error.because(because).into());
        }
        let (bytes, digest) = (found.bytes, Some(expected));
        Ok(Outcome::Done(Receipt { bytes, digest, ..Receipt::of(Proof::ReadBack) }))
    }

    /// Reads both sides; carries when they differ, else brings attributes in line.
    pub(crate) async fn compare_and_carry(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let before = self.lower.look(entry).await?;
        let facets = decoded(&before)?;
        if facets.kind != Kind::File {
            return self.compare_other(entry).await;
        }
        let there = self.upper_look(key).await?;
        let same_size = |there: &super::super::facets::Look| {
            there.kind == Kind::File && Some(there.size) == facets.size
        };
        let Some(there) = there.filter(same_size) else { return self.carry(entry).await };
        let Some((_, body)) = self.open_upper(key).await? else { return self.carry(entry).await };
        let upper = self.hash_upper(key, body).await?;
        let mut opened = self.lower.open(key).await?;
        let lower = self.pass(key, &mut opened.content, None).await?;
        let after = self.lower.look(entry).await?;
        if !is_same_content(&facets, &decoded(&after)?) {
            return Ok(Outcome::Moving);
        }
        if lower.digest != upper.digest {
            return self.carry(entry).await;
        }
        // The content is equal, whatever UPPER's times say of it.
        let wanted = self.lower.wanted(key, &after, self.owners).await?;
        match self.settle_looked(entry, (&after, &wanted), &there).await? {
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
    async fn compare_other(&self, entry: &Entry<'_>) -> Part<Outcome> {
        match self.look(entry).await {
            Ok(_) => Ok(Outcome::Same(Receipt::of(Proof::Listed))),
            Err(Halt::Told(Outcome::Failed(error))) if error.code == Code::LookDiffers => {
                self.carry(entry).await
            }
            other => other,
        }
    }

    /// Hashes LOWER's content, which must be what the survey saw and stay so.
    pub(crate) async fn hash_lower(&self, entry: &Entry<'_>) -> Part<Passed> {
        let moving = |halt| match halt {
            Halt::Told(Outcome::Vanished) => Halt::Told(Outcome::Moving),
            other => other,
        };
        let mut opened = self.lower.open(entry.key).await.map_err(moving)?;
        let passed = self.pass(entry.key, &mut opened.content, None).await?;
        let now = self.lower.look(entry).await.map_err(moving)?;
        let then = entry.lower.map(|then| then.decode());
        let before = opened.facets.as_deref().map(decoded).transpose()?;
        let now = decoded(&now)?;
        let kept = [then, before].iter().flatten().all(|then| is_same_content(then, &now));
        match kept && now.size == Some(passed.bytes) {
            true => Ok(passed),
            false => Err(Halt::Told(Outcome::Moving)),
        }
    }

    async fn open_upper(&self, key: Key<'_>) -> Part<Option<(u64, Body)>> {
        match self.upper.open(&self.upper.path(key)?).await {
            Ok(opened) => Ok(Some(opened)),
            Err(answer) if is_nowhere(&answer) => Ok(None),
            Err(answer) => {
                Err(failed(Code::ReadFailed, "cannot open at UPPER", key)(answer).into())
            }
        }
    }
}

fn look_first(key: Key<'_>, because: &str) -> Error {
    differs(key, because).retry(Retry::LookFirst)
}
