//! The clones of manifests: written when the clones are there that they name, compared when
//! they are only to be verified.

use super::lane::ObjectsLane;
use super::manifest;
use super::store::facets as facets_of;
use crate::harvest::{Kept, Row};
use crate::place::Place;
use boatlift_aws::s3::{Dress, ObjectState, facets};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::{Halt, Pace, Part, Step};
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};

/// Clones of one manifest that are looked at between two questions to the pace.
const BUNDLE: usize = 1_000;
/// Of these, as many are asked for at the same time; the bucket's own limit is below it.
const AT_ONCE: usize = 128;

impl ObjectsLane {
    /// Makes the clone of a manifest, which names the clones; or compares it. Idempotent.
    pub(super) fn make_manifest(
        &self,
        entry: &Entry<'_>,
        step: Step,
        (row, kept): (&Row, &Kept),
        pace: &dyn Pace,
    ) -> Part<Outcome> {
        pace.spend(Side::Lower, 1, 0)?;
        let is_verified = matches!(step, Step::Look | Step::ReadBack);
        let text = self.rewritten(row, kept)?.ok_or(Halt::Told(Outcome::Moving))?;
        // What it names and can be cloned is known as it was planned, or it is not written.
        if !is_verified
            && entry.lower.map(|lower| lower.as_bytes()) != Some(&*facets_of(&self.harvest, row)?)
        {
            return Ok(Outcome::Moving);
        }
        if is_verified || entry.upper.is_some() {
            pace.spend(Side::Upper, 2, text.len() as u64)?;
            match self.upper.run(self.standing(row, &text))? {
                Some(state) => return Ok(Outcome::Same(receipt(&text, &state))),
                None if is_verified => {
                    let error = Error::new(Code::ContentDiffers, "UPPER has another manifest");
                    return Err(error.on(&row.below).into());
                }
                None => {}
            }
        }
        self.prove_clones(row, pace)?;
        pace.spend(Side::Upper, 3, text.len() as u64)?;
        let (key, body) = (self.key_of(row), text.clone());
        let written = self.upper.run(self.upper.write(&key, &Dress::default(), body));
        let state = written.map_err(|refusal| {
            refusal.error(Code::WriteFailed, "cannot write the manifest", &row.below)
        })?;
        Ok(Outcome::Done(receipt(&text, &state)))
    }

    /// The manifest that names the clones; `None` when LOWER's is not as it was found.
    fn rewritten(&self, row: &Row, kept: &Kept) -> Result<Option<Bytes>> {
        let (place, family) = (&row.candidate.place, row.candidate.family);
        let bucket = self.sources.bucket(&place.bucket)?;
        let Some(text) = bucket.run(manifest::read(&bucket, place, kept))? else {
            return Ok(None);
        };
        let unknown = std::cell::OnceCell::new();
        let is_cloned = |named: &Place| {
            self.harvest.has(&self.layout.below(family, named)).unwrap_or_else(|error| {
                let _ = unknown.set(error);
                false
            })
        };
        let new = manifest::rewritten(&text, place, self.layout, &self.target, family, &is_cloned);
        if let Some(error) = unknown.into_inner() {
            return Err(error);
        }
        new.map(|new| Some(new.into())).map_err(|why| {
            Error::new(Code::ReadFailed, "cannot write anew the manifest").on(place).because(why)
        })
    }

    /// What UPPER has as the clone of a manifest, if that is this text.
    async fn standing(&self, row: &Row, text: &[u8]) -> Result<Option<ObjectState>> {
        let cannot = "cannot read the manifest on UPPER";
        let key = self.key_of(row);
        let found = self.upper.head(&key, None).await;
        let found = found.map_err(|refusal| refusal.error(Code::ReadFailed, cannot, &row.below))?;
        let Some(state) = found.filter(|state| state.size == text.len() as u64) else {
            return Ok(None);
        };
        match self.upper.content(&key, None, &state.etag).await {
            Ok(content) => Ok((content == text).then_some(state)),
            Err(refusal) if refusal.is_condition() || refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.error(Code::ReadFailed, cannot, &row.below)),
        }
    }

    /// Proves that UPPER has every clone that the manifest will name.
    fn prove_clones(&self, manifest: &Row, pace: &dyn Pace) -> Part<()> {
        let mut last: Option<String> = None;
        loop {
            let rows = self.harvest.named(manifest, last.as_deref(), BUNDLE)?;
            let Some(row) = rows.last() else { return Ok(()) };
            last = Some(row.below.clone());
            pace.spend(Side::Upper, rows.len() as u64, 0)?;
            let missing = self.upper.run(self.first_missing(&rows))?;
            if let Some(missing) = missing {
                let because = format!("the clone of {} is not on UPPER", missing.candidate.place);
                let error = Error::new(Code::RedshiftMissing, "cannot write the manifest yet");
                return Err(error.on(&manifest.below).because(because).retry(Retry::Later).into());
            }
        }
    }

    async fn first_missing<'r>(&self, rows: &'r [Row]) -> Result<Option<&'r Row>> {
        let looks = rows.iter().map(|row| async move {
            let found = self.upper.head(&self.key_of(row), None).await;
            found.map(|state| (row, state.is_some()))
        });
        let looks: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        for look in looks {
            match look {
                Ok((_, true)) => {}
                Ok((row, false)) => return Ok(Some(row)),
                Err(refusal) => {
                    let cannot = "cannot look at what is named by the manifest";
                    return Err(refusal.error(Code::ReadFailed, cannot, self.upper.url()));
                }
            }
        }
        Ok(None)
    }

    fn key_of(&self, row: &Row) -> String {
        format!("{}{}", self.target.key, row.below)
    }
}

fn receipt(text: &[u8], state: &ObjectState) -> Receipt {
    Receipt { bytes: text.len() as u64, upper: Some(facets(state)), ..Receipt::of(Proof::ReadBack) }
}
