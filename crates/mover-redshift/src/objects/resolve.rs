//! Finding out what is where the workload touched something, bundle by bundle: each is written
//! down in one transaction, and a kill costs one bundle. One object that cannot be looked at has
//! its reason, and holds up no other.

use super::judge;
use super::manifest::{self, LONGEST_HELD, Taken};
use super::refused::refused;
use super::sources::Sources;
use crate::harvest::{Candidate, Extent, Harvest, Kept, Role, Standing};
use crate::layout::Layout;
use crate::place::Place;
use boatlift_aws::s3::{Bucket, S3Url};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::{Code, Error, Result, Side};
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;

/// Candidates of one bundle.
const BUNDLE: usize = 1_000;
/// Of these, as many are asked for at the same time; the bucket's own limit is below it.
const AT_ONCE: usize = 128;
/// How often a manifest is looked at that was changed before it could be read.
const MOST_LOOKS: u32 = 3;

/// Finds out.
pub(super) struct Resolver<'r> {
    pub(super) harvest: &'r Harvest,
    pub(super) sources: &'r Sources,
    pub(super) layout: Layout,
    /// Where clones lie: their keys have to fit.
    pub(super) target: &'r Place,
    pub(super) pace: &'r dyn Pace,
}

/// What was found out about one candidate; `Err` when it is worth to ask again later.
pub(super) type Answered = std::result::Result<Standing, Error>;

impl Resolver<'_> {
    /// Finds out about every candidate that is open.
    ///
    /// # Errors
    /// When a server cannot be reached, or says so of itself; what was found out stays.
    pub(super) fn resolve(&self) -> Result<()> {
        loop {
            let open = self.harvest.open_candidates(BUNDLE)?;
            let Some(first) = open.first() else { return Ok(()) };
            self.pay(open.len())?;
            let runtime = self.sources.bucket(&first.place.bucket)?;
            let asked = open.iter().map(|candidate| self.ask(candidate));
            let answers: Vec<(usize, Answered)> = runtime.run(
                stream::iter(asked.enumerate())
                    .map(|(at, asked)| async move { (at, asked.await) })
                    .buffer_unordered(AT_ONCE)
                    .collect(),
            );
            let (mut settled, mut failure) = (Vec::new(), None);
            for (at, answer) in answers {
                match answer.and_then(|standing| self.with_names(&open[at], standing)) {
                    Ok(standing) => settled.push((open[at].clone(), standing)),
                    Err(error) => failure = Some(error),
                }
            }
            self.harvest.settle(&settled)?;
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
    }

    /// Pays for requests to LOWER.
    ///
    /// # Errors
    /// [`Code::Interrupted`] when it was asked to stop.
    pub(super) fn pay(&self, requests: usize) -> Result<()> {
        let paid = self.pace.spend(Side::Lower, requests as u64, 0);
        paid.map_err(|Stopped| {
            Error::new(Code::Interrupted, "finding out about objects was asked to stop")
        })
    }

    async fn ask(&self, candidate: &Candidate) -> Answered {
        let place = &candidate.place;
        if !S3Url::is_bucket(&place.bucket) {
            let name = place.bucket.escape_debug();
            return Ok(Standing::Broken(format!("`{name}` is no name of a bucket")));
        }
        let bucket = self.sources.bucket(&place.bucket)?;
        match candidate.extent {
            Extent::Object => {
                let clone = self.layout.clone_of(self.target, candidate.family, place);
                match clone {
                    Err(too_long) => Ok(Standing::TooLong(too_long.bytes as u64)),
                    Ok(_) => self.object(candidate, &bucket).await,
                }
            }
            Extent::Cut => self.cut_name(candidate, &bucket).await,
            Extent::Prefix => self.folder(candidate, &bucket, Some("/")).await,
            Extent::DeepPrefix => self.folder(candidate, &bucket, None).await,
            Extent::CutPrefix => self.beginning(candidate, &bucket).await,
        }
    }

    async fn object(&self, candidate: &Candidate, bucket: &Arc<Bucket>) -> Answered {
        for _ in 0..MOST_LOOKS {
            let standing = self.standing(candidate, bucket).await?;
            if standing == Standing::Missing && self.harvest.may_be_missing(candidate)? {
                return Ok(Standing::MayBeMissing);
            }
            let Some(kept) = manifest(candidate, &standing).filter(|kept| is_held(kept)) else {
                return Ok(standing);
            };
            match manifest::take_held(self.harvest, candidate, bucket, kept).await? {
                Taken::Named => return Ok(standing),
                Taken::Not(standing) => return Ok(standing),
                Taken::Changed => {}
            }
        }
        Ok(changing())
    }

    /// Takes down what a manifest names that is too long to be held: one at a time. All else
    /// stands as it does.
    fn with_names(&self, candidate: &Candidate, mut standing: Standing) -> Answered {
        let bucket = self.sources.bucket(&candidate.place.bucket)?;
        for _ in 0..MOST_LOOKS {
            let Some(kept) = manifest(candidate, &standing).filter(|kept| !is_held(kept)) else {
                return Ok(standing);
            };
            match manifest::take_streamed(self.harvest, candidate, &bucket, kept)? {
                Taken::Named => return Ok(standing),
                Taken::Not(standing) => return Ok(standing),
                Taken::Changed => standing = bucket.run(self.object(candidate, &bucket))?,
            }
        }
        Ok(changing())
    }

    async fn standing(&self, candidate: &Candidate, bucket: &Arc<Bucket>) -> Answered {
        let key = &candidate.place.key;
        let now = match bucket.head(key, None).await {
            Ok(now) => now,
            Err(refusal) => {
                return refused(&candidate.place, &bucket.in_words(key, None, refusal).await);
            }
        };
        if let Some(standing) = now.as_ref().and_then(|now| judge::current(candidate, now)) {
            return Ok(standing);
        }
        match bucket.versions(key).await {
            Ok(versions) => Ok(judge::among(candidate, now.as_ref(), &versions)),
            // Without the right to see versions, there is what is there now.
            Err(refusal) if refusal.is_denied() => Ok(judge::among(candidate, now.as_ref(), &[])),
            Err(refusal) => refused(&candidate.place, &refusal),
        }
    }
}

/// A manifest that can be read.
fn manifest<'s>(candidate: &Candidate, standing: &'s Standing) -> Option<&'s Kept> {
    match (candidate.role, standing) {
        (Role::Manifest, Standing::There(kept)) => Some(kept),
        _ => None,
    }
}

fn is_held(kept: &Kept) -> bool {
    kept.size <= LONGEST_HELD
}

fn changing() -> Standing {
    Standing::Broken("it changes whenever it is read".into())
}
