//! Looking at UPPER, reading its content, and comparing it with LOWER's.

use super::super::errors::{Halt, Part, Refusal, failed};
use super::super::facets;
use super::super::names;
use super::super::origin::Origin;
use super::super::state::ObjectState;
use super::hands::{Hands, newer, surveyed};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Digest, Entry, Error, Key, Outcome, Proof, Retry, Side};
use std::sync::Arc;

impl Hands<'_> {
    /// Compares what UPPER shows with what the entry says was made there, and with LOWER's size.
    /// Without LOWER's, as after a removal, it tells what is there. What a listing showed as
    /// `listed` is taken for it where it is as it should be.
    pub(super) async fn look(
        &self,
        entry: &Entry<'_>,
        listed: Option<&ObjectState>,
    ) -> Part<Outcome> {
        if let Some(Ok(outcome)) = listed.map(|listed| compared(entry, Some(listed))) {
            return Ok(outcome);
        }
        let there = self.upper_state(entry.key).await?;
        Ok(compared(entry, there.as_ref())?)
    }

    /// Reads UPPER's content and compares it with the entry's digest, or with LOWER's
    /// content where there is none.
    pub(super) async fn read_back(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let there = self.upper_state(key).await?.ok_or_else(|| moved(key, "it is not there"))?;
        if entry.upper.and_then(surveyed).is_some_and(|then| then.etag != there.etag) {
            return Err(moved(key, "changed since it was surveyed").into());
        }
        let expected = match entry.digest {
            Some(digest @ Digest::Blake3(_)) => digest,
            _ => {
                let origin = self.origin(key)?;
                let lower = self.lower_state(key, &origin).await?;
                let then = entry.lower.and_then(surveyed);
                if then.is_some_and(|then| then.etag != lower.etag) {
                    return Ok(Outcome::Moving);
                }
                self.hash(&origin, Side::Lower, key, &lower).await?
            }
        };
        let found = self.hash(&self.made(key)?, Side::Upper, key, &there).await?;
        if found != expected {
            let because = format!("{found} on UPPER, {expected} on LOWER");
            let error = Error::new(Code::ContentDiffers, "content differs in").on(key);
            return Err(error.because(because).into());
        }
        let (bytes, digest) = (there.size, Some(found));
        Ok(Outcome::Done(Receipt { bytes, digest, ..Receipt::of(Proof::ReadBack) }))
    }

    /// Compares what the servers keep of both, else reads both; carries when content or what
    /// its owner wrote beside it differs.
    pub(super) async fn compare_and_carry(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let origin = self.origin(key)?;
        let lower = self.lower_state(key, &origin).await?;
        let Some(upper) = self.upper_state(key).await? else { return self.carry(entry).await };
        if lower.size != upper.size || lower.dress != upper.dress {
            return self.carry_afresh(entry).await;
        }
        if lower.is_stored_alike(&upper) {
            return Ok(same(entry, (&lower, &upper), Receipt::of(Proof::Stored)));
        }
        let one = self.hash(&origin, Side::Lower, key, &lower).await?;
        let other = self.hash(&self.made(key)?, Side::Upper, key, &upper).await?;
        if one != other {
            return self.carry_afresh(entry).await;
        }
        let receipt =
            Receipt { digest: Some(one), bytes: upper.size, ..Receipt::of(Proof::ReadBack) };
        Ok(same(entry, (&lower, &upper), receipt))
    }

    /// Carries, whatever the survey said of UPPER.
    async fn carry_afresh(&self, entry: &Entry<'_>) -> Part<Outcome> {
        self.carry(&Entry { upper: None, ..*entry }).await
    }

    /// What stands at UPPER under `key`.
    fn made(&self, key: Key<'_>) -> Part<Origin> {
        let name = names::object(self.upper.prefix(), key)?;
        Ok(Origin { bucket: Arc::clone(self.upper), key: name, version: None, etag: None })
    }

    /// Hashes a content that is pinned to `state`.
    async fn hash(
        &self,
        from: &Origin,
        side: Side,
        key: Key<'_>,
        state: &ObjectState,
    ) -> Part<Digest> {
        let Origin { bucket, key: name, version, .. } = from;
        let cannot = |refusal: Refusal| match refusal.is_condition() || refusal.is_missing() {
            true => Halt::Told(Outcome::Moving),
            false => failed(Code::ReadFailed, "cannot read", key)(refusal).into(),
        };
        let _permit = bucket.enter().await;
        let opened = bucket.get(name, version.as_deref(), Some(&state.etag), None).await;
        let mut body = opened.map_err(cannot)?.body;
        let (mut hasher, mut bytes) = (blake3::Hasher::new(), 0);
        while let Some(part) = body.next().await {
            let part = part.map_err(|error| cannot(Refusal::ours(error.to_string())))?;
            self.pay_bytes(&[side], part.len() as u64)?;
            bytes += part.len() as u64;
            hasher.update(&part);
        }
        match bytes == state.size {
            true => Ok(Digest::Blake3(hasher.finalize().into())),
            false => Err(cannot(Refusal::ours("the content ended early"))),
        }
    }
}

fn same(
    entry: &Entry<'_>,
    (lower, upper): (&ObjectState, &ObjectState),
    receipt: Receipt,
) -> Outcome {
    let (lower, upper) = (newer(entry, lower), Some(facets(upper)));
    Outcome::Same(Receipt { lower, upper, ..receipt })
}

/// What a look tells that found `there`.
fn compared(entry: &Entry<'_>, there: Option<&ObjectState>) -> Result<Outcome, Error> {
    let lower = entry.lower.map(|lower| lower.decode());
    let there = match (there, &lower) {
        (Some(there), _) => there,
        (None, None) => return Ok(Outcome::Done(Receipt::of(Proof::Listed))),
        (None, Some(_)) => return Err(differs(entry.key, "it is not there")),
    };
    if let Some(size) = lower.and_then(|lower| lower.size).filter(|size| *size != there.size) {
        let because = format!("size {}, not {size}", there.size);
        return Err(differs(entry.key, &because));
    }
    let made = entry.upper.and_then(surveyed);
    if lower.is_some() && made.is_some_and(|made| made.etag != there.etag) {
        return Err(differs(entry.key, "it was written again since"));
    }
    let upper = Some(facets(there));
    Ok(Outcome::Done(Receipt { upper, ..Receipt::of(Proof::Listed) }))
}

/// UPPER does not show what it should.
fn differs(key: Key<'_>, because: &str) -> Error {
    Error::new(Code::LookDiffers, "UPPER does not show what was written as")
        .on(key)
        .because(because)
}

fn moved(key: Key<'_>, because: &'static str) -> Error {
    Error::new(Code::LookDiffers, "cannot read back")
        .on(key)
        .because(because)
        .retry(Retry::LookFirst)
}
