//! The clones of manifests: written when the clones are there that they name, compared when
//! they are only to be verified. LOWER's text goes through as a stream.

use super::lane::ObjectsLane;
use super::manifest::{self, LONGEST_HELD};
use super::store::facets as facets_of;
use crate::harvest::{Kept, OtherLength, Row};
use crate::manifests::Rewritten;
use crate::place::Place;
use boatlift_aws::s3::{ObjectState, facets};
use boatlift_core::digest::Digest;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::facets::{Facets, Kind};
use boatlift_core::key::Key;
use boatlift_core::lane::{Halt, Pace, Part, Step};
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use futures_util::stream::{self, StreamExt};
use std::io::{self, Read};
use std::sync::PoisonError;

const CANNOT: &str = "cannot read the manifest on UPPER";

/// Clones of one manifest that are looked at between two questions to the pace.
const BUNDLE: usize = 1_000;
/// Of these, as many are asked for at the same time; the bucket's own limit is below it.
const AT_ONCE: usize = 128;

/// A text that nobody holds.
#[derive(Debug, PartialEq, Eq)]
struct Text {
    digest: Digest,
    bytes: u64,
}

impl Text {
    fn of(mut stream: impl Read) -> io::Result<Text> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut stream)?;
        Ok(Text { digest: Digest::Blake3(hasher.finalize().into()), bytes: hasher.count() })
    }
}

impl ObjectsLane {
    /// Makes the clone of a manifest, which names the clones; or compares it. Idempotent.
    pub(super) fn make_manifest(
        &self,
        entry: &Entry<'_>,
        step: Step,
        (row, kept): (&Row, &Kept),
        pace: &dyn Pace,
    ) -> Part<Outcome> {
        // Of those that are written by parts there is one at a time.
        let one = (kept.size > LONGEST_HELD).then_some(&self.one_long);
        let _alone = one.map(|one| one.lock().unwrap_or_else(PoisonError::into_inner));
        pace.spend(Side::Lower, 1, 0)?;
        let is_verified = matches!(step, Step::Look | Step::ReadBack);
        // What it names and can be cloned is known as it was planned, or it is not written.
        if !is_verified
            && entry.lower.map(|lower| lower.as_bytes()) != Some(&*facets_of(&self.harvest, row)?)
        {
            return Ok(Outcome::Moving);
        }
        if is_verified || entry.upper.is_some() {
            let new = self.rewritten(row, kept)?.ok_or(Halt::Told(Outcome::Moving))?;
            let new = Text::of(new).map_err(unreadable(&row.candidate.place))?;
            pace.spend(Side::Upper, 2, new.bytes)?;
            match self.standing(row, &new)? {
                Some(state) => return Ok(Outcome::Same(receipt(&state))),
                None if is_verified => {
                    let error = Error::new(Code::ContentDiffers, "UPPER has another manifest");
                    return Err(error.on(&row.below).into());
                }
                None => {}
            }
        }
        if let Some(OtherLength { row: named, told }) = self.harvest.other_length(row)? {
            let because = format!(
                "it says that {} has {told} bytes, which it has not: it was changed since the \
                 manifest was written",
                named.candidate.place
            );
            let error = Error::new(Code::ContentDiffers, "cannot clone the manifest");
            return Err(error.on(&row.candidate.place).because(because).into());
        }
        if let Some(reason) = self.prove_clones(row, pace)? {
            return Ok(Outcome::Skipped(reason));
        }
        pace.spend(Side::Upper, 3, kept.size)?;
        self.write_manifest(row, kept)
    }

    /// Writes the manifest that names the clones, and reads it back.
    fn write_manifest(&self, row: &Row, kept: &Kept) -> Part<Outcome> {
        let mut new = self.rewritten(row, kept)?.ok_or(Halt::Told(Outcome::Moving))?;
        let file = Facets::of(Kind::File);
        let digest = self.store.write(Key::new(row.below.as_bytes()), &file, &mut new)?;
        let state = self.state_of(row)?;
        let there = state.as_ref().map(|state| self.text_of(row, state)).transpose()?.flatten();
        match (state, there) {
            (Some(state), Some(there)) if there.digest == digest => {
                Ok(Outcome::Done(receipt(&state)))
            }
            _ => Err(Error::new(Code::WriteFailed, "cannot write the manifest")
                .on(&row.below)
                .because("what is there is not what was written")
                .into()),
        }
    }

    /// The manifest that names the clones; `None` when LOWER's is not as it was found.
    fn rewritten<'r>(&'r self, row: &'r Row, kept: &Kept) -> Result<Option<impl Read + use<'r>>> {
        let (place, family) = (&row.candidate.place, row.candidate.family);
        let bucket = self.sources.bucket(&place.bucket)?;
        let Some(text) = manifest::open(&bucket, place, kept)? else { return Ok(None) };
        let clone = move |named: &Place| {
            let is_cloned = self.harvest.has(&self.layout.below(family, named));
            let is_cloned = is_cloned.map_err(io::Error::other)?;
            let clone = self.layout.clone_of(&self.target, family, named).ok();
            Ok(clone.filter(|_| is_cloned))
        };
        Rewritten::new(text, place, clone).map(Some).map_err(unreadable(place))
    }

    /// What UPPER has as the clone of a manifest, if that is this text.
    fn standing(&self, row: &Row, text: &Text) -> Result<Option<ObjectState>> {
        let Some(state) = self.state_of(row)?.filter(|state| state.size == text.bytes) else {
            return Ok(None);
        };
        Ok(self.text_of(row, &state)?.is_some_and(|there| there == *text).then_some(state))
    }

    fn state_of(&self, row: &Row) -> Result<Option<ObjectState>> {
        let found = self.upper.run(self.upper.head(&self.key_of(row), None));
        found.map_err(|refusal| refusal.error(Code::ReadFailed, CANNOT, &row.below))
    }

    /// The text of a clone on UPPER; `None` when it is another by now.
    fn text_of(&self, row: &Row, state: &ObjectState) -> Result<Option<Text>> {
        match self.upper.open(&self.key_of(row), None, &state.etag) {
            Ok(content) => Text::of(content).map(Some).map_err(|error| {
                let failed = Error::new(Code::ReadFailed, CANNOT).on(&row.below);
                failed.because(error).retry(Retry::Later)
            }),
            Err(refusal) if refusal.is_condition() || refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.error(Code::ReadFailed, CANNOT, &row.below)),
        }
    }

    /// Proves that UPPER has every clone that the manifest will name. One that is missing since it
    /// was left out on purpose is told: the manifest stays behind with it.
    fn prove_clones(&self, manifest: &Row, pace: &dyn Pace) -> Part<Option<String>> {
        let (mut last, mut reason): (Option<String>, _) = (None, None);
        loop {
            let rows = self.harvest.named(manifest, last.as_deref(), BUNDLE)?;
            let Some(row) = rows.last() else { return Ok(reason) };
            last = Some(row.below.clone());
            pace.spend(Side::Upper, rows.len() as u64, 0)?;
            for missing in self.upper.run(self.missing(&rows))? {
                let place = &missing.candidate.place;
                let Some(why) = self.left_out(missing)? else {
                    let because = format!("the clone of {place} is not on UPPER");
                    let error = Error::new(Code::RedshiftMissing, "cannot write the manifest yet");
                    return Err(error
                        .on(&manifest.below)
                        .because(because)
                        .retry(Retry::Later)
                        .into());
                };
                reason.get_or_insert_with(|| format!("it names {place}: {why}"));
            }
        }
    }

    fn left_out(&self, row: &Row) -> Result<Option<String>> {
        let agreements = self.agreements.get();
        agreements.map_or(Ok(None), |told| told.left_out(Key::new(row.below.as_bytes())))
    }

    async fn missing<'r>(&self, rows: &'r [Row]) -> Result<Vec<&'r Row>> {
        let looks = rows.iter().map(|row| async move {
            let found = self.upper.head(&self.key_of(row), None).await;
            found.map(|state| (row, state.is_some()))
        });
        let looks: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        let looks: std::result::Result<Vec<_>, _> = looks.into_iter().collect();
        let looks = looks.map_err(|refusal| {
            let cannot = "cannot look at what is named by the manifest";
            refusal.error(Code::ReadFailed, cannot, self.upper.url())
        })?;
        Ok(looks.into_iter().filter(|(_, is_there)| !is_there).map(|(row, _)| row).collect())
    }

    fn key_of(&self, row: &Row) -> String {
        format!("{}{}", self.target.key, row.below)
    }
}

fn receipt(state: &ObjectState) -> Receipt {
    Receipt { bytes: state.size, upper: Some(facets(state)), ..Receipt::of(Proof::ReadBack) }
}

fn unreadable<E: std::fmt::Display>(place: &Place) -> impl FnOnce(E) -> Error {
    move |why| {
        let failed = Error::new(Code::ReadFailed, "cannot write anew the manifest").on(place);
        failed.because(why).retry(Retry::Later)
    }
}
