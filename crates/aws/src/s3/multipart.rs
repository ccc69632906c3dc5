//! Uploads by parts: nothing of one is visible before it is completed, and one that is not
//! completed is aborted.

use super::bucket::{Bucket, dressed};
use super::errors::{Answer, Refusal};
use super::state::{Algorithm, Dress, quoted, unquoted};
use super::{names, uploads};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// How long the server may take to copy or to put together what it already has.
const LONG: Duration = Duration::from_secs(15 * 60);

/// An upload that is being made. It must be completed or aborted; what a crash leaves is
/// found by its record.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    bucket: Arc<Bucket>,
    key: String,
    id: String,
    checksum: Option<ChecksumAlgorithm>,
}

/// A part that the server has.
pub(crate) type Landed = CompletedPart;

/// Where a part is copied from.
#[derive(Debug, Clone)]
pub(crate) struct PartSource {
    /// Bucket, key and version, escaped.
    pub(crate) from: String,
    pub(crate) tag: String,
    pub(crate) owner: Option<String>,
    /// First and last byte.
    pub(crate) range: (u64, u64),
}

/// A client's request that may take long, as some servers insist on a length of nothing.
macro_rules! long_and_empty {
    ($request:expr) => {
        $request
            .customize()
            .config_override(
                aws_sdk_s3::config::Config::builder().timeout_config(
                    aws_sdk_s3::config::timeout::TimeoutConfig::builder()
                        .read_timeout($crate::s3::multipart::long())
                        .build(),
                ),
            )
            .mutate_request(|request| {
                request.headers_mut().insert("content-length", "0");
            })
            .send()
    };
}
pub(crate) use long_and_empty;

/// How long the server may take over its own bytes.
pub(crate) fn long() -> Duration {
    LONG
}

impl Upload {
    /// Begins one. The record of it is written before.
    pub(crate) async fn begin(
        bucket: &Arc<Bucket>,
        key: &str,
        dress: &Dress,
        tagging: Option<&str>,
        checksum: Option<Algorithm>,
    ) -> Answer<Upload> {
        uploads::before_write(bucket, key).await?;
        uploads::note(bucket, key, None).await?;
        let checksum = checksum.map(Algorithm::of_parts);
        let permit = bucket.enter().await;
        let request = dressed!(bucket.client.create_multipart_upload(), bucket, dress)
            .key(key)
            .set_tagging(tagging.filter(|tags| !tags.is_empty()).map(str::to_owned))
            .set_checksum_type(checksum.as_ref().map(|_| ChecksumType::FullObject))
            .set_checksum_algorithm(checksum.clone());
        let begun = long_and_empty!(request).await.map_err(Refusal::from)?;
        let id = begun.upload_id().unwrap_or_default().to_owned();
        drop(permit);
        let upload = Upload { bucket: Arc::clone(bucket), key: key.to_owned(), id, checksum };
        match uploads::note(bucket, key, Some(&upload.id)).await {
            Ok(()) => Ok(upload),
            Err(refusal) => {
                upload.abort().await;
                Err(refusal)
            }
        }
    }

    /// Sends the part with `number`, from 1.
    pub(crate) async fn send(&self, number: i32, body: Bytes) -> Answer<Landed> {
        let _permit = self.bucket.enter().await;
        let sent = self
            .bucket
            .client
            .upload_part()
            .bucket(self.bucket.name())
            .key(&self.key)
            .upload_id(&self.id)
            .part_number(number)
            .set_checksum_algorithm(self.checksum.clone())
            .set_expected_bucket_owner(self.bucket.options.expected_bucket_owner.clone())
            .set_request_payer(self.bucket.payer())
            .body(ByteStream::from(body))
            .customize();
        let sent = match self.bucket.is_private() {
            true => sent.disable_payload_signing(),
            false => sent,
        };
        let sent = sent.send().await.map_err(Refusal::from)?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .e_tag(quoted(&unquoted(sent.e_tag())))
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme().map(str::to_owned))
            .set_checksum_crc32(sent.checksum_crc32().map(str::to_owned))
            .set_checksum_crc32_c(sent.checksum_crc32_c().map(str::to_owned))
            .build())
    }

    /// Has the server copy the part with `number` from what it already has.
    pub(crate) async fn copy(&self, number: i32, source: PartSource) -> Answer<Landed> {
        let _permit = self.bucket.enter().await;
        let (first, last) = source.range;
        let request = self
            .bucket
            .client
            .upload_part_copy()
            .bucket(self.bucket.name())
            .key(&self.key)
            .upload_id(&self.id)
            .part_number(number)
            .copy_source(source.from)
            .copy_source_if_match(quoted(&source.tag))
            .copy_source_range(format!("bytes={first}-{last}"))
            .set_expected_source_bucket_owner(source.owner)
            .set_expected_bucket_owner(self.bucket.options.expected_bucket_owner.clone())
            .set_request_payer(self.bucket.payer());
        let copied = long_and_empty!(request).await.map_err(Refusal::from)?;
        let Some(result) = copied.copy_part_result() else {
            return Err(Refusal::ours("the server does not say what it copied"));
        };
        Ok(CompletedPart::builder()
            .part_number(number)
            .e_tag(quoted(&unquoted(result.e_tag())))
            .set_checksum_crc64_nvme(result.checksum_crc64_nvme().map(str::to_owned))
            .set_checksum_crc32(result.checksum_crc32().map(str::to_owned))
            .set_checksum_crc32_c(result.checksum_crc32_c().map(str::to_owned))
            .build())
    }

    /// Makes the object of its parts, in order of their numbers. On failure it is aborted.
    pub(crate) async fn complete(self, mut parts: Vec<Landed>) -> Answer<()> {
        parts.sort_unstable_by_key(|part| part.part_number());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let completed = {
            let _permit = self.bucket.enter().await;
            self.bucket
                .client
                .complete_multipart_upload()
                .bucket(self.bucket.name())
                .key(&self.key)
                .upload_id(&self.id)
                .multipart_upload(parts)
                .set_checksum_type(self.checksum.as_ref().map(|_| ChecksumType::FullObject))
                .set_expected_bucket_owner(self.bucket.options.expected_bucket_owner.clone())
                .set_request_payer(self.bucket.payer())
                .customize()
                .config_override(
                    aws_sdk_s3::config::Config::builder().timeout_config(
                        aws_sdk_s3::config::timeout::TimeoutConfig::builder()
                            .read_timeout(LONG)
                            .build(),
                    ),
                )
                .send()
                .await
        };
        match completed.map_err(Refusal::from) {
            Ok(_) => uploads::forget(&self.bucket, &self.key).await,
            Err(refusal) => {
                self.abort().await;
                Err(refusal)
            }
        }
    }

    /// Gives it up: the server forgets its parts. What cannot be aborted now is found by its
    /// record later.
    pub(crate) async fn abort(self) {
        match abort(&self.bucket, &self.key, &self.id).await {
            Ok(()) => drop(uploads::forget(&self.bucket, &self.key).await),
            Err(_) => uploads::keep(&self.bucket, &self.key),
        }
    }
}

impl Algorithm {
    /// The rule for uploads by parts: what has no sum over a whole gets another.
    fn of_parts(self) -> ChecksumAlgorithm {
        match self {
            Algorithm::Crc64Nvme | Algorithm::Sha256 => ChecksumAlgorithm::Crc64Nvme,
            Algorithm::Crc32 => ChecksumAlgorithm::Crc32,
            Algorithm::Crc32C => ChecksumAlgorithm::Crc32C,
        }
    }
}

/// Aborts one upload. Idempotent.
pub(crate) async fn abort(bucket: &Bucket, key: &str, id: &str) -> Answer<()> {
    let _permit = bucket.enter().await;
    let aborted = bucket
        .client
        .abort_multipart_upload()
        .bucket(bucket.name())
        .key(key)
        .upload_id(id)
        .set_expected_bucket_owner(bucket.options.expected_bucket_owner.clone())
        .set_request_payer(bucket.payer())
        .send()
        .await;
    match aborted.map_err(Refusal::from) {
        Err(refusal) if refusal.is_upload_missing() => Ok(()),
        answer => answer.map(drop),
    }
}

/// An upload that was begun and not ended.
pub(crate) struct Unfinished {
    pub(crate) id: String,
    /// When, in seconds by the server's clock.
    pub(crate) begun: Option<i64>,
}

/// The uploads under exactly `key` that were begun and not ended.
pub(crate) async fn unfinished(bucket: &Bucket, key: &str) -> Answer<Vec<Unfinished>> {
    let (mut found, mut after) = (Vec::new(), (None::<String>, None::<String>));
    loop {
        let _permit = bucket.enter().await;
        let page = bucket
            .client
            .list_multipart_uploads()
            .bucket(bucket.name())
            .prefix(key)
            .encoding_type(aws_sdk_s3::types::EncodingType::Url)
            .set_key_marker(after.0.take())
            .set_upload_id_marker(after.1.take())
            .set_expected_bucket_owner(bucket.options.expected_bucket_owner.clone())
            .set_request_payer(bucket.payer())
            .send()
            .await
            .map_err(Refusal::from)?;
        let is_escaped = page.encoding_type().is_some();
        for upload in page.uploads() {
            let told = upload.key().unwrap_or_default();
            // Ceph's gateway escapes and does not say so: only the prefix that was asked for tells.
            let is_escaped = is_escaped || !told.starts_with(key);
            let same =
                told == key || (is_escaped && names::unescaped(told).as_deref() == Some(key));
            let begun = upload.initiated().map(|at| at.secs());
            let id = upload.upload_id().filter(|_| same).map(str::to_owned);
            found.extend(id.map(|id| Unfinished { id, begun }));
        }
        let next = page.next_key_marker().map(str::to_owned);
        if page.is_truncated() != Some(true) || next.is_none() {
            return Ok(found);
        }
        after = (next, page.next_upload_id_marker().map(str::to_owned));
    }
}
