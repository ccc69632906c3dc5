//! What is under a place that is no object's whole name: a folder, the beginning of keys, a name
//! that the view cut.

use super::judge;
use super::refused::refused;
use super::resolve::{Answered, Resolver};
use crate::harvest::{Candidate, Pin, Standing};
use crate::place::Place;
use boatlift_aws::s3::{Bucket, ListedObject, ObjectState};
use std::sync::Arc;

/// Objects that may begin like a name that was cut, until it is given up.
const MOST_LIKE_CUT: usize = 1_000;

impl Resolver<'_> {
    /// The object that is meant by a name that was cut.
    pub(super) async fn cut_name(&self, candidate: &Candidate, bucket: &Arc<Bucket>) -> Answered {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = bucket.page(&candidate.place.key, after.as_deref(), None).await;
            let page = match page {
                Ok(page) => page,
                Err(refusal) => return refused(&candidate.place, &refusal),
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
            let meant = fits.map(|(key, state)| (key.clone(), found_by_name(candidate, state)));
            self.harvest.expand(candidate, meant.as_slice(), None)?;
        }
        Ok(standing)
    }

    /// The objects in a folder, and the one that is called like it: a location without a slash may
    /// be either, and is never the beginning of other names.
    pub(super) async fn folder(
        &self,
        candidate: &Candidate,
        bucket: &Arc<Bucket>,
        delimiter: Option<&str>,
    ) -> Answered {
        let key = &candidate.place.key;
        if key.is_empty() || key.ends_with('/') {
            return self.under(candidate, bucket, (key, delimiter), false).await;
        }
        // The key itself comes first of all that begin so.
        let page = match bucket.page(key, None, Some("/")).await {
            Ok(page) => page,
            Err(refusal) => return refused(&candidate.place, &refusal),
        };
        let own = page.objects.first().filter(|object| object.key == *key);
        let own: Vec<_> =
            own.map(|own| (key.clone(), self.listed(candidate, own))).into_iter().collect();
        let has_own = !own.is_empty();
        if has_own && self.harvest.answered_until(candidate)?.is_none() {
            self.harvest.expand(candidate, &own, None)?;
        }
        self.under(candidate, bucket, (&format!("{key}/"), delimiter), has_own).await
    }

    /// All objects whose keys begin so.
    pub(super) async fn beginning(&self, candidate: &Candidate, bucket: &Arc<Bucket>) -> Answered {
        self.under(candidate, bucket, (&candidate.place.key, None), false).await
    }

    /// The objects under a prefix, from where an earlier run came to.
    async fn under(
        &self,
        candidate: &Candidate,
        bucket: &Arc<Bucket>,
        (prefix, delimiter): (&str, Option<&str>),
        has_found: bool,
    ) -> Answered {
        let mut after = self.harvest.answered_until(candidate)?;
        let mut has_found = has_found || after.is_some();
        loop {
            let page = match bucket.page(prefix, after.as_deref(), delimiter).await {
                Ok(page) => page,
                Err(refusal) => return refused(&candidate.place, &refusal),
            };
            let found: Vec<_> = page
                .objects
                .iter()
                .map(|object| (object.key.clone(), self.listed(candidate, object)))
                .collect();
            has_found |= !found.is_empty();
            // Folders of a page are folded; the next page begins after the last of either.
            let last = page.objects.last().map(|object| &object.key).max(page.folders.last());
            after = last.filter(|_| page.is_cut).cloned();
            self.harvest.expand(candidate, &found, after.as_deref().filter(|_| has_found))?;
            if after.is_none() {
                break;
            }
            self.pay(1)?;
        }
        Ok(if has_found { Standing::Expanded } else { Standing::Missing })
    }

    fn listed(&self, candidate: &Candidate, object: &ListedObject) -> Standing {
        let place = Place::new(&*candidate.place.bucket, &*object.key);
        match self.layout.clone_of(self.target, candidate.family, &place) {
            Ok(_) => found_by_name(candidate, &object.state),
            Err(too_long) => Standing::TooLong(too_long.bytes as u64),
        }
    }
}

/// What a listing says of an object: nobody wrote down what Spectrum met.
fn found_by_name(candidate: &Candidate, state: &ObjectState) -> Standing {
    judge::current(candidate, state).unwrap_or_else(|| judge::standing(state, Pin::Changed))
}
