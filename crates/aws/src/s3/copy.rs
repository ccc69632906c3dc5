//! Copies inside the server: the bytes never come here. The source is pinned to one version
//! and entity tag; a large object is copied by parts.

use super::bucket::{Bucket, Condition};
use super::errors::{Answer, Refusal};
use super::multipart::{Landed, PartSource, Upload, long_and_empty};
use super::names::escaped;
use super::options::Tags;
use super::state::{ObjectState, pinned, quoted, seconds, unquoted};
use aws_sdk_s3::types::TaggingDirective;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::sync::Arc;

/// Parts of one object that the server copies at a time.
const PARTS_AT_ONCE: usize = 16;

/// One version of an object, to be copied.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The bucket that holds it.
    pub bucket: String,
    /// The account that must own that bucket, where one is expected.
    pub owner: Option<String>,
    /// Its whole key.
    pub key: String,
    /// What was last seen of it: version, entity tag and size pin it. For a copy by parts it
    /// must be what [`Bucket::head`] told, since the rest of it is written anew.
    pub state: ObjectState,
}

impl Source {
    /// Bucket, key and version as the server takes them in a header.
    pub(crate) fn header(&self) -> String {
        let from = format!("{}/{}", self.bucket, escaped(&self.key));
        match &self.state.version {
            Some(version) => format!("{from}?versionId={}", escaped(version)),
            None => from,
        }
    }
}

impl Bucket {
    /// Has the server copy exactly the version that `source` names to the key `to` of this
    /// bucket, with this bucket's session, which must be allowed to read it. Tells what
    /// stands there then: of a copy in one request, size, entity tag and time.
    ///
    /// Idempotent: made again it writes the same again. `tags` are those of a copy by parts,
    /// as [`Bucket::source_tags`] gives them; the server takes them along otherwise.
    ///
    /// # Errors
    /// [`Refusal::is_condition`] when the source is no longer as pinned or `condition` does
    /// not hold, [`Refusal::is_missing`] when it is gone. Nothing is visible then.
    pub async fn copy(
        self: &Arc<Self>,
        source: &Source,
        to: &str,
        tags: Option<&str>,
        condition: Condition<'_>,
    ) -> Answer<ObjectState> {
        match self.options.copies_by_parts(source.state.size) {
            true => self.copy_by_parts(source, to, tags, condition).await,
            false => self.copy_whole(source, to, condition).await,
        }
    }

    /// The tags that a copy by parts is to be given: those of the source in its own bucket
    /// `from`, unless this side's options drop them or they may not be read.
    ///
    /// # Errors
    /// When the server answers neither.
    pub async fn source_tags(&self, from: &Bucket, source: &Source) -> Answer<Option<String>> {
        match self.options.tags {
            Tags::Drop => Ok(None),
            Tags::Copy => from.tagging(&source.key, source.state.version.as_deref()).await,
        }
    }

    async fn copy_whole(
        &self,
        source: &Source,
        to: &str,
        condition: Condition<'_>,
    ) -> Answer<ObjectState> {
        let keeps =
            self.options.tags == Tags::Copy && !self.leaves_tags(&source.bucket, &source.key);
        let copied = self.request_copy(source, to, condition, keeps).await;
        match copied {
            // Perhaps only the right to read the tags is missing.
            Err(refusal) if keeps && refusal.is_denied() => {
                let copied = self.request_copy(source, to, condition, false).await;
                if copied.is_ok() {
                    self.leave_tags(&source.bucket, &source.key, &refusal);
                }
                copied
            }
            copied => copied,
        }
    }

    async fn request_copy(
        &self,
        source: &Source,
        to: &str,
        condition: Condition<'_>,
        keeps_tags: bool,
    ) -> Answer<ObjectState> {
        let _permit = self.enter().await;
        // With a condition a second copy would meet what the first has made.
        if condition == Condition::None
            && let Some(state) = self.copy_directly(source, to, keeps_tags).await
        {
            return Ok(state);
        }
        let request = self
            .client
            .copy_object()
            .bucket(self.name())
            .key(to)
            .copy_source(source.header())
            .copy_source_if_match(quoted(pinned(&source.state)?))
            .set_tagging_directive((!keeps_tags).then_some(TaggingDirective::Replace))
            .set_acl(self.acl())
            .set_storage_class(self.storage_class())
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.key_id())
            .set_if_none_match((condition == Condition::Absent).then(|| "*".to_owned()))
            .set_if_match(match condition {
                Condition::Tag(tag) => Some(quoted(tag)),
                _ => None,
            })
            .set_expected_source_bucket_owner(source.owner.clone())
            .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
            .set_request_payer(self.payer());
        let copied = long_and_empty!(request).await.map_err(Refusal::from)?;
        let Some(result) = copied.copy_object_result() else {
            return Err(Refusal::ours("the server does not say what it copied"));
        };
        Ok(ObjectState {
            size: source.state.size,
            etag: unquoted(result.e_tag()),
            version: copied.version_id().map(str::to_owned).filter(|version| version != "null"),
            modified: result.last_modified().map(seconds),
            ..ObjectState::default()
        })
    }

    async fn copy_by_parts(
        self: &Arc<Self>,
        source: &Source,
        to: &str,
        tags: Option<&str>,
        condition: Condition<'_>,
    ) -> Answer<ObjectState> {
        // Uploads by parts take conditions only at their end, and not on every server.
        let there = match condition {
            Condition::None => None,
            _ => Some(self.head(to, None).await?),
        };
        if there.is_some_and(|there| !holds(condition, there.as_ref())) {
            return Err(Refusal::condition());
        }
        // Asked for no checksum, servers compute their own over the whole. Asked for the
        // source's, Versity's gateway (1.7.0) takes the source's own sum for that of each part.
        let upload = Upload::begin(self, to, &source.state.dress, tags, None).await?;
        match self.copy_parts(&upload, source).await {
            Ok(parts) => upload.complete(parts).await?,
            Err(refusal) => {
                upload.abort().await;
                return Err(refusal);
            }
        }
        let made = self.head(to, None).await?;
        match made.filter(|made| made.size == source.state.size) {
            Some(made) => Ok(made),
            None => Err(Refusal::ours("what was put together of parts is not there, or shorter")),
        }
    }

    async fn copy_parts(&self, upload: &Upload, source: &Source) -> Answer<Vec<Landed>> {
        let (from, tag) = (source.header(), pinned(&source.state)?.to_owned());
        let size = source.state.size;
        let part = self.options.copy_part_bytes(size);
        let copies = (0..size.div_ceil(part)).map(|index| {
            let first = index * part;
            let source = PartSource {
                from: from.clone(),
                tag: tag.clone(),
                owner: source.owner.clone(),
                range: (first, (first + part).min(size) - 1),
            };
            upload.copy(index as i32 + 1, source)
        });
        stream::iter(copies).buffer_unordered(PARTS_AT_ONCE).try_collect().await
    }
}

fn holds(condition: Condition<'_>, there: Option<&ObjectState>) -> bool {
    match (condition, there) {
        (Condition::None, _) | (Condition::Absent, None) => true,
        (Condition::Tag(tag), Some(there)) => there.etag == tag,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_so_that_no_character_of_its_key_has_a_meaning() {
        let state = ObjectState { version: Some("a+b".into()), ..ObjectState::default() };
        let key = "a b+c%25?x#é".to_owned();
        let source = Source { bucket: "b".into(), owner: None, key, state };
        assert_eq!(source.header(), "b/a%20b%2Bc%2525%3Fx%23%C3%A9?versionId=a%2Bb");
    }
}
