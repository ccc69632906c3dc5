//! Bytes that pass through this process, hashed on their way: a small object at once, a large
//! one by parts of which several are read and written at a time.

use super::super::bucket::{Bucket, Condition};
use super::super::errors::{Answer, Part, Refusal, failed};
use super::super::multipart::{Landed, Upload};
use super::super::names;
use super::super::options::Tags;
use super::super::origin::Origin;
use super::super::state::{Algorithm, ObjectState};
use super::carry::{Carried, Made, gone_or};
use super::hands::Hands;
use aws_sdk_s3::primitives::ByteStream;
use boatlift_core::{Code, Digest, Key, Side};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use tokio::task::JoinSet;

/// Parts of one object that are read ahead, and as many that are being written.
const PARTS_AT_ONCE: usize = 3;

/// Why a large object did not arrive.
enum Lost {
    /// LOWER's part could not be read.
    Reading(Refusal),
    /// UPPER did not take a part.
    Writing(Refusal),
    /// The pace said stop.
    Stopped,
}

impl Hands<'_> {
    /// Carries the object that LOWER told of as `state`.
    pub(super) async fn pass(
        &self,
        key: Key<'_>,
        origin: &Origin,
        state: &ObjectState,
    ) -> Part<Carried> {
        let to = names::object(self.upper.prefix(), key)?;
        let _aboard = self.room.come_aboard(state.size, &self.upper.options).await;
        match self.upper.options.sends_whole(state.size) {
            true => self.pass_whole(key, (origin, &to), state).await,
            false => self.pass_parts(key, (origin, &to), state).await,
        }
    }

    async fn pass_whole(
        &self,
        key: Key<'_>,
        (from, to): (&Origin, &str),
        state: &ObjectState,
    ) -> Part<Carried> {
        self.pay_bytes(&[Side::Lower, Side::Upper], state.size)?;
        let (body, state) = match whole(from, state).await {
            Ok(read) => read,
            Err(refusal) => return gone_or(refusal, key),
        };
        let digest = Digest::Blake3(*blake3::hash(&body).as_bytes());
        let tags = self.tags(key, from).await?;
        let put = self.upper.put(to, &state.dress, tags.as_deref(), body, Condition::None).await;
        let etag = put.map_err(failed(Code::WriteFailed, "cannot write", key))?;
        // A listing tells the time that the server gave it; only a look does so now.
        let made = match self.upper_state(key).await? {
            Some(there) if there.etag == etag || etag.is_empty() => there,
            _ => return Ok(Carried::Otherwise),
        };
        Ok(Made { state: made, digest: Some(digest) }.into())
    }

    async fn pass_parts(
        &self,
        key: Key<'_>,
        (from, to): (&Origin, &str),
        state: &ObjectState,
    ) -> Part<Carried> {
        let refused = || failed(Code::WriteFailed, "cannot write", key);
        let tags = self.tags(key, from).await?;
        // The rule of LOWER's own checksum, so that the two can be compared afterwards.
        let checksum = state.checksum.as_ref().map(|checksum| checksum.algorithm);
        let checksum = Some(checksum.unwrap_or(Algorithm::Crc64Nvme))
            .filter(|_| self.upper.options.sends_checksums());
        let upload = Upload::begin(self.upper, to, &state.dress, tags.as_deref(), checksum).await;
        let upload = upload.map_err(refused())?;
        let (parts, digest) = match self.parts(&upload, from, state).await {
            Ok(passed) => passed,
            Err(lost) => {
                upload.abort().await;
                return match lost {
                    Lost::Reading(refusal) => gone_or(refusal, key),
                    Lost::Writing(refusal) => Err(refused()(refusal).into()),
                    Lost::Stopped => Err(boatlift_core::lane::Stopped.into()),
                };
            }
        };
        upload.complete(parts).await.map_err(refused())?;
        match self.upper_state(key).await? {
            Some(there) if there.size == state.size => {
                Ok(Made { state: there, digest: Some(digest) }.into())
            }
            _ => Ok(Carried::Otherwise),
        }
    }

    async fn parts(
        &self,
        upload: &Upload,
        from: &Origin,
        state: &ObjectState,
    ) -> Result<(Vec<Landed>, Digest), Lost> {
        let part = self.upper.options.part_bytes(state.size);
        let firsts = (0..state.size.div_ceil(part)).map(|index| index * part);
        let reads = firsts.map(|first| {
            let range = (first, (first + part).min(state.size) - 1);
            range_of(from, &state.etag, range)
        });
        let mut reads = stream::iter(reads).buffered(PARTS_AT_ONCE);
        let mut hasher = blake3::Hasher::new();
        let (mut flight, mut landed, mut number) = (JoinSet::new(), Vec::new(), 0);
        while let Some(body) = reads.next().await {
            let body = body.map_err(Lost::Reading)?;
            let paid = self.pay_bytes(&[Side::Lower, Side::Upper], body.len() as u64);
            paid.map_err(|_| Lost::Stopped)?;
            hasher.update(&body);
            number += 1;
            if flight.len() >= PARTS_AT_ONCE
                && let Some(ended) = flight.join_next().await
            {
                landed.push(answered(ended)?);
            }
            let upload = upload.clone();
            flight.spawn(async move { upload.send(number, body).await });
        }
        while let Some(ended) = flight.join_next().await {
            landed.push(answered(ended)?);
        }
        Ok((landed, Digest::Blake3(hasher.finalize().into())))
    }

    async fn tags(&self, key: Key<'_>, from: &Origin) -> Part<Option<String>> {
        match self.upper.options.tags {
            Tags::Drop => Ok(None),
            Tags::Copy => {
                let tags = from.bucket.tagging(&from.key, from.version.as_deref()).await;
                let cannot = failed(Code::ReadFailed, "cannot read the tags of", key);
                Ok(tags.map_err(cannot)?)
            }
        }
    }
}

fn answered(ended: Result<Answer<Landed>, tokio::task::JoinError>) -> Result<Landed, Lost> {
    let answer = ended.unwrap_or_else(|broken| Err(Refusal::ours(broken.to_string())));
    answer.map_err(Lost::Writing)
}

/// The content of an object, with what the server says of it.
async fn whole(from: &Origin, wanted: &ObjectState) -> Answer<(Bytes, ObjectState)> {
    let Origin { bucket, key, version, .. } = from;
    let _permit = bucket.enter().await;
    let output = bucket.get(key, version.as_deref(), Some(&wanted.etag), None).await?;
    let state = ObjectState::from(&output);
    let body = collected(bucket, output.body, wanted.size).await?;
    Ok((body, state))
}

async fn range_of(from: &Origin, tag: &str, range: (u64, u64)) -> Answer<Bytes> {
    let Origin { bucket, key, version, .. } = from;
    let _permit = bucket.enter().await;
    let output = bucket.get(key, version.as_deref(), Some(tag), Some(range)).await?;
    collected(bucket, output.body, range.1 - range.0 + 1).await
}

/// A body of which the length is known, in one piece: none of it is copied twice.
async fn collected(bucket: &Bucket, mut body: ByteStream, length: u64) -> Answer<Bytes> {
    let mut bytes = bucket.buffers.take(length as usize);
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| Refusal::ours(error.to_string()))?;
        if (bytes.len() + part.len()) as u64 > length {
            return Err(Refusal::ours(format!("more than {length} bytes came")));
        }
        bytes.extend_from_slice(&part);
    }
    match bytes.len() as u64 == length {
        true => Ok(bucket.buffers.share(bytes)),
        false => Err(Refusal::ours(format!("{} bytes came, not {length}", bytes.len()))),
    }
}
