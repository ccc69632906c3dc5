//! Carrying one object, pinned to the entity tag that LOWER told.

use super::super::bucket::Condition;
use super::super::copy::Source;
use super::super::errors::{Halt, Part, Refusal, failed};
use super::super::facets;
use super::super::names;
use super::super::origin::Origin;
use super::super::state::{ObjectState, is_same_tag};
use super::hands::{Hands, newer, surveyed};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Digest, Entry, Error, Outcome, Proof};

/// What became of one attempt.
pub(super) enum Carried {
    /// UPPER has it.
    Made(Box<Made>),
    /// LOWER has something else by now.
    Otherwise,
}

/// What was made of an object at UPPER.
pub(super) struct Made {
    pub(super) state: ObjectState,
    /// Hash of the bytes, if they passed through here.
    pub(super) digest: Option<Digest>,
}

impl Hands<'_> {
    /// Carries what `entry` names. Idempotent: what stands at UPPER is replaced as a whole,
    /// or left.
    pub(super) async fn carry(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let (lower, upper) = (entry.lower.and_then(surveyed), entry.upper.and_then(surveyed));
        if let (Some(lower), Some(upper)) = (&lower, &upper)
            && lower.is_stored_alike(upper)
        {
            let upper = entry.upper.map(|upper| upper.as_bytes().into());
            return Ok(Outcome::Same(Receipt { upper, ..Receipt::of(Proof::Stored) }));
        }
        let origin = &self.origin(entry.key)?;
        let first = match lower {
            // What goes by parts is written anew, with all that belongs to it.
            Some(lower) if !self.is_by_parts(entry) => {
                ObjectState { version: origin.version.clone(), ..lower }
            }
            _ => self.lower_state(entry.key, origin).await?,
        };
        match self.attempt(entry, origin, &first).await? {
            Carried::Made(made) => self.proved(entry, origin, &first, *made).await,
            // It was changed after the survey, but perhaps not now: once more, as it is.
            Carried::Otherwise => {
                let now = self.lower_state(entry.key, origin).await?;
                match self.attempt(entry, origin, &now).await? {
                    Carried::Made(made) => self.proved(entry, origin, &now, *made).await,
                    Carried::Otherwise => Ok(Outcome::Moving),
                }
            }
        }
    }

    async fn attempt(
        &self,
        entry: &Entry<'_>,
        origin: &Origin,
        state: &ObjectState,
    ) -> Part<Carried> {
        if self.inside.is_open(origin.bucket.name())
            && let Some(carried) = self.copy_inside(entry, origin, state).await?
        {
            return Ok(carried);
        }
        self.pass(entry.key, origin, state).await
    }

    /// Has the server copy; `None` when it does not for this object, which it may yet give.
    async fn copy_inside(
        &self,
        entry: &Entry<'_>,
        origin: &Origin,
        state: &ObjectState,
    ) -> Part<Option<Carried>> {
        let key = entry.key;
        let to = names::object(self.upper.prefix(), key)?;
        let source = Source {
            bucket: origin.bucket.name().to_owned(),
            owner: origin.bucket.options.expected_bucket_owner.clone(),
            key: origin.key.clone(),
            state: state.clone(),
        };
        let tags = match self.upper.options.copies_by_parts(state.size) {
            true => self.upper.source_tags(&origin.bucket, &source).await.map_err(failed(
                Code::ReadFailed,
                "cannot read the tags of",
                key,
            ))?,
            false => None,
        };
        match self.upper.copy(&source, &to, tags.as_deref(), Condition::None).await {
            Ok(state) => {
                self.inside.worked(origin.bucket.name());
                Ok(Some(Made { state, digest: None }.into()))
            }
            Err(refusal) if refusal.is_condition() => Ok(Some(Carried::Otherwise)),
            Err(refusal) if is_about_lower(&refusal) => {
                // Gone, then, or only out of reach of UPPER's account.
                self.lower_state(key, origin).await?;
                self.inside.was_refused(origin.bucket.name(), &refusal.reason());
                Ok(None)
            }
            // Of this object only: Versity's gateway (1.7.0) copies no empty `folder/`.
            Err(refusal) if refusal.is_plain_no() => Ok(None),
            Err(refusal) => Err(failed(Code::WriteFailed, "cannot copy", key)(refusal).into()),
        }
    }

    /// Tells on what ground UPPER has it.
    async fn proved(
        &self,
        entry: &Entry<'_>,
        origin: &Origin,
        source: &ObjectState,
        made: Made,
    ) -> Part<Outcome> {
        let key = entry.key;
        let (mut source, mut state) = (source.clone(), made.state);
        if !is_same_tag(&source.etag, &state.etag) {
            // Perhaps their servers keep checksums that can be compared.
            let now = self.lower_state(key, origin).await?;
            if now.etag != source.etag {
                return Ok(Outcome::Moving);
            }
            source = now;
            match self.upper_state(key).await? {
                Some(there) if there.size == source.size => state = there,
                _ => return Ok(Outcome::Moving),
            }
        }
        if source.is_stored_otherwise(&state) {
            let error = Error::new(Code::ContentDiffers, "UPPER stores another checksum of");
            return Err(error.on(key).into());
        }
        let proof = match (source.is_stored_alike(&state), made.digest) {
            (true, _) => Proof::Stored,
            (false, Some(_)) => Proof::Carried,
            (false, None) => Proof::Claimed,
        };
        Ok(Outcome::Done(Receipt {
            proof,
            bytes: source.size,
            digest: made.digest,
            lower: newer(entry, &source),
            upper: Some(facets(&state)),
        }))
    }
}

/// Whether a refused copy may be one that UPPER's account cannot make, but ours can.
fn is_about_lower(refusal: &Refusal) -> bool {
    refusal.is_missing()
        || refusal.is_denied()
        || refusal.is_bucket_missing()
        || refusal.is_unknown_request()
}

impl From<Made> for Carried {
    fn from(made: Made) -> Self {
        Carried::Made(Box::new(made))
    }
}

/// For `map_err` where a read of LOWER may find something else there.
pub(super) fn gone_or(refusal: Refusal, key: boatlift_core::Key<'_>) -> Result<Carried, Halt> {
    match refusal {
        refusal if refusal.is_condition() => Ok(Carried::Otherwise),
        refusal if refusal.is_missing() => Err(Halt::Told(Outcome::Vanished)),
        refusal => Err(failed(Code::ReadFailed, "cannot read LOWER's", key)(refusal).into()),
    }
}
