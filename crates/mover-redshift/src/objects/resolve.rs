//! Finding out what is where the workload touched something, bundle by bundle: each is written
//! down in one transaction, and a kill costs one bundle.

use super::judge;
use super::manifest::{self, LONGEST_HELD, Taken};
use super::sources::Sources;
use crate::harvest::{Candidate, Extent, Harvest, Kept, Pin, Role, Standing};
use boatlift_aws::s3::{Bucket, ObjectState, Refusal};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::{Code, Error, Result, Retry, Side};
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;

/// Candidates of one bundle.
const BUNDLE: usize = 1_000;
/// Of these, as many are asked for at the same time; the bucket's own limit is below it.
const AT_ONCE: usize = 128;
/// Objects that may begin like a name that was cut, until it is given up.
const MOST_LIKE_CUT: usize = 1_000;
/// How often a manifest is looked at that was changed before it could be read.
const MOST_LOOKS: u32 = 3;

/// Finds out.
pub(super) struct Resolver<'r> {
    pub(super) harvest: &'r Harvest,
    pub(super) sources: &'r Sources,
}

/// What was found out about one candidate; `Err` when it is worth to ask again later.
type Answered = std::result::Result<Standing, Error>;

impl Resolver<'_> {
    /// Finds out about every candidate that is open.
    ///
    /// # Errors
    /// When a server cannot be reached, or says so of itself; what was found out stays.
    pub(super) fn resolve(&self, pace: &dyn Pace) -> Result<()> {
        loop {
            let open = self.harvest.open_candidates(BUNDLE)?;
            let Some(first) = open.first() else { return Ok(()) };
            pace.spend(Side::Lower, open.len() as u64, 0).map_err(|Stopped| stopped())?;
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

    async fn ask(&self, candidate: &Candidate) -> Answered {
        let bucket = self.sources.bucket(&candidate.place.bucket)?;
        match candidate.extent {
            Extent::Object => self.object(candidate, &bucket).await,
            Extent::Cut => self.cut_name(candidate, &bucket).await,
            Extent::Prefix => self.prefix(candidate, &bucket, Some("/")).await,
            Extent::DeepPrefix => self.prefix(candidate, &bucket, None).await,
        }
    }

    async fn object(&self, candidate: &Candidate, bucket: &Arc<Bucket>) -> Answered {
        for _ in 0..MOST_LOOKS {
            let standing = self.standing(candidate, bucket).await?;
            let Some(kept) = manifest(candidate, &standing).filter(|kept| is_held(kept)) else {
                return Ok(standing);
            };
            match manifest::take_held(self.harvest, candidate, bucket, kept).await? {
                Taken::Named => return Ok(standing),
                Taken::Broken(why) => return Ok(Standing::Broken(why)),
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
                Taken::Broken(why) => return Ok(Standing::Broken(why)),
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
                return refused(candidate, &bucket.in_words(key, None, refusal).await);
            }
        };
        if let Some(standing) = now.as_ref().and_then(|now| judge::current(candidate, now)) {
            return Ok(standing);
        }
        match bucket.versions(key).await {
            Ok(versions) => Ok(judge::among(candidate, now.as_ref(), &versions)),
            // Without the right to see versions, there is what is there now.
            Err(refusal) if refusal.is_denied() => Ok(judge::among(candidate, now.as_ref(), &[])),
            Err(refusal) => refused(candidate, &refusal),
        }
    }

    async fn cut_name(&self, candidate: &Candidate, bucket: &Arc<Bucket>) -> Answered {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = bucket.page(&candidate.place.key, after.as_deref(), None).await;
            let page = match page {
                Ok(page) => page,
                Err(refusal) => return refused(candidate, &refusal),
            };
            found.extend(page.objects.into_iter().map(|object| (object.key, object.state)));
            after = found.last().map(|(key, _)| key.clone());
            if !page.is_cut || found.len() >= MOST_LIKE_CUT {
                break;
            }
        }
        let standing = judge::of_cut_name(candidate, &found);
        if standing == Standing::Expanded {
            let fits = found.iter().find(|(_, state)| match &candidate.known {
                Some(known) => known.etag == state.etag,
                None => true,
            });
            let meant = fits.map(|(key, state)| (key.clone(), listed(candidate, state)));
            self.harvest.expand(candidate, meant.as_slice())?;
        }
        Ok(standing)
    }

    /// The objects under a prefix; only the object itself where one has that very name.
    async fn prefix(
        &self,
        candidate: &Candidate,
        bucket: &Arc<Bucket>,
        delimiter: Option<&str>,
    ) -> Answered {
        let prefix = &candidate.place.key;
        let mut after: Option<String> = None;
        let mut is_empty = true;
        loop {
            let page = match bucket.page(prefix, after.as_deref(), delimiter).await {
                Ok(page) => page,
                Err(refusal) => return refused(candidate, &refusal),
            };
            let is_one = after.is_none()
                && !prefix.ends_with('/')
                && page.objects.first().is_some_and(|object| object.key == *prefix);
            let objects = if is_one { &page.objects[..1] } else { &page.objects[..] };
            let found: Vec<_> = objects
                .iter()
                .map(|object| (object.key.clone(), listed(candidate, &object.state)))
                .collect();
            is_empty &= found.is_empty();
            self.harvest.expand(candidate, &found)?;
            // Folders of a page are folded; the next page begins after the last of either.
            let last = page.objects.last().map(|object| &object.key).max(page.folders.last());
            after = last.cloned();
            if is_one || !page.is_cut || after.is_none() {
                break;
            }
        }
        Ok(if is_empty { Standing::Missing } else { Standing::Expanded })
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

/// What a listing says of an object: nobody wrote down what Spectrum met.
fn listed(candidate: &Candidate, state: &ObjectState) -> Standing {
    judge::current(candidate, state).unwrap_or_else(|| judge::standing(state, Pin::Changed))
}

/// What a refusal says of a candidate; an error when it says something of the server.
fn refused(candidate: &Candidate, refusal: &Refusal) -> Answered {
    let place = &candidate.place;
    let error = refusal.error(Code::ReadFailed, "cannot look at", place);
    match error.code {
        _ if refusal.is_bucket_missing() => Ok(Standing::BucketMissing),
        _ if refusal.is_missing() => Ok(Standing::Missing),
        _ if refusal.is_customer_key() => Ok(Standing::CustomerKey),
        Code::Denied => Ok(Standing::Denied(refusal.reason())),
        Code::S3Region => Ok(Standing::OtherRegion(refusal.reason())),
        Code::Unsupported => Ok(Standing::Broken(refusal.reason())),
        _ => Err(error.retry(Retry::Later)),
    }
}

fn stopped() -> Error {
    Error::new(Code::Interrupted, "finding out about objects was asked to stop")
}
