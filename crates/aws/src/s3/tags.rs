//! The tags of objects, and of which buckets they cannot be read.
//!
//! A right that is missing in one bucket says nothing of another. Every object that goes without
//! its tags is told.

use super::bucket::Bucket;
use super::errors::{Answer, Refusal};
use aws_sdk_s3::types::Tag;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The buckets of which reading tags was refused.
#[derive(Debug, Default)]
pub(crate) struct Tagless(Mutex<BTreeSet<String>>);

impl Tagless {
    fn has(&self, bucket: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(bucket)
    }

    /// Takes a bucket in; whether it is new.
    fn add(&self, bucket: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.to_owned())
    }
}

impl Bucket {
    /// The tags of an object as a query, as requests for writing take them. `None` when they
    /// may not be read: the object goes without, and that is told.
    pub(crate) async fn tagging(&self, key: &str, version: Option<&str>) -> Answer<Option<String>> {
        if self.leaves_tags(self.name(), key) {
            return Ok(None);
        }
        let _permit = self.enter().await;
        let asked = self
            .client
            .get_object_tagging()
            .bucket(self.name())
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
            .set_request_payer(self.payer())
            .send()
            .await;
        match asked.map_err(Refusal::from) {
            Ok(output) => Ok(Some(as_query(output.tag_set()))),
            Err(refusal) if refusal.is_denied() || refusal.is_unknown_request() => {
                self.leave_tags(self.name(), key, &refusal);
                Ok(None)
            }
            // RadosGW and others say so of an object that has none.
            Err(refusal) if refusal.code == "NoSuchTagSet" => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Whether the object `key` of the bucket `of` goes without its tags, since those of another
    /// object there could not be read. It is told of each.
    pub(crate) fn leaves_tags(&self, of: &str, key: &str) -> bool {
        let leaves = self.tagless.has(of);
        if leaves {
            tracing::info!(bucket = of, object = key, "an object is copied without its tags");
        }
        leaves
    }

    /// From now on objects of the bucket `of` go without their tags; `key` is the first.
    pub(crate) fn leave_tags(&self, of: &str, key: &str, refusal: &Refusal) {
        let why = refusal.reason();
        if self.tagless.add(of) {
            tracing::warn!(bucket = of, why, "objects are copied without tags");
        }
        tracing::info!(bucket = of, object = key, why, "an object is copied without its tags");
    }
}

fn as_query(tags: &[Tag]) -> String {
    let pair = |tag: &Tag| format!("{}={}", query_escaped(tag.key()), query_escaped(tag.value()));
    tags.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn query_escaped(text: &str) -> String {
    super::names::escaped(text).replace('/', "%2F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_may_not_be_read_in_one_bucket_are_read_in_another() {
        let tagless = Tagless::default();
        assert_eq!((tagless.add("one"), tagless.add("one")), (true, false), "told once");
        assert!(tagless.has("one") && !tagless.has("other"));
    }

    #[test]
    fn tags_become_a_query_in_which_nothing_has_a_meaning() {
        let tag =
            |key: &str, value: &str| Tag::builder().key(key).value(value).build().expect("a tag");
        let query = as_query(&[tag("a&b", "c=d/e"), tag("é", "")]);
        assert_eq!(query, "a%26b=c%3Dd%2Fe&%C3%A9=");
    }
}
