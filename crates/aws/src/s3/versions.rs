//! The versions that a bucket keeps of one key.

use super::bucket::Bucket;
use super::errors::{Answer, Refusal};
use super::names::unescaped;
use super::state::{ObjectState, seconds, unquoted};
use aws_sdk_s3::types::{EncodingType, ObjectVersion};
use boatlift_core::Timestamp;

/// Versions of one key that are looked at: who has more keeps the newest of these.
const MOST_VERSIONS: usize = 10_000;

/// One version of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its id; `None` for the one from before the bucket kept versions.
    pub id: Option<String>,
    /// The entity tag, without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// When it was written.
    pub modified: Option<Timestamp>,
    /// The storage class, where it is told.
    pub storage_class: Option<String>,
}

impl Version {
    /// The same as an object's state.
    #[must_use]
    pub fn state(&self) -> ObjectState {
        ObjectState {
            size: self.size,
            etag: self.etag.clone(),
            version: self.id.clone(),
            modified: self.modified,
            storage_class: self.storage_class.clone(),
            ..ObjectState::default()
        }
    }
}

impl Bucket {
    /// The versions of `key`, the newest first, without marks of removal. A server that keeps
    /// none tells what it has, or nothing.
    ///
    /// # Errors
    /// When the server does not answer, or denies it.
    pub async fn versions(&self, key: &str) -> Answer<Vec<Version>> {
        let mut found = Vec::new();
        let (mut after, mut version) = (None, None);
        loop {
            let _permit = self.enter().await;
            let asked = self
                .client
                .list_object_versions()
                .bucket(self.name())
                .prefix(key)
                .set_key_marker(after)
                .set_version_id_marker(version)
                .encoding_type(EncodingType::Url)
                .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
                .set_request_payer(self.payer())
                .send()
                .await
                .map_err(Refusal::from);
            let page = match asked {
                Err(refusal) if refusal.is_unknown_request() => return Ok(found),
                page => page?,
            };
            // Without it a key with a control character is an answer that no reader takes.
            let is_escaped = page.encoding_type() == Some(&EncodingType::Url);
            let told = |told: Option<&str>| match is_escaped {
                true => told.and_then(unescaped),
                false => told.map(str::to_owned),
            };
            let is_of_key = |version: &&ObjectVersion| told(version.key()).as_deref() == Some(key);
            let of_key = page.versions().iter().filter(is_of_key);
            found.extend(of_key.map(|version| Version {
                id: version.version_id().filter(|id| *id != "null").map(str::to_owned),
                etag: unquoted(version.e_tag()),
                size: version.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                modified: version.last_modified().map(seconds),
                storage_class: version.storage_class().map(|class| class.as_str().to_owned()),
            }));
            after = told(page.next_key_marker());
            version = page.next_version_id_marker().map(str::to_owned);
            let goes_on = page.is_truncated() == Some(true) && after.as_deref() == Some(key);
            if !goes_on || found.len() >= MOST_VERSIONS {
                found.sort_by_key(|version| std::cmp::Reverse(version.modified));
                return Ok(found);
            }
        }
    }
}
