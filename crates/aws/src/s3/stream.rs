//! The stream path: one item's content out of a bucket or into it, a blocking call at a time.

use super::bucket::{Bucket, Condition};
use super::errors::{Answer, Refusal, failed};
use super::multipart::{Landed, Upload};
use super::names::{self, Form};
use super::state::{Algorithm, Dress, ObjectState};
use super::uploads;
use aws_sdk_s3::primitives::ByteStream;
use boatlift_core::store::Content;
use boatlift_core::{Code, Digest, Error, Facets, Key, Kind, Result, Retry};
use bytes::{Buf, Bytes};
use std::io::{self, Read};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Parts of one item that are on their way while the next is read.
const PARTS_ON_THE_WAY: usize = 3;

/// Opens an item's content.
pub(crate) fn read<'a>(bucket: &Arc<Bucket>, form: Form, key: Key<'_>) -> Result<Content<'a>> {
    let name = names::object(bucket.prefix(), key)?;
    let own = Arc::clone(bucket);
    let opened = bucket.wait(async move {
        let _permit = own.enter().await;
        own.get(&name, None, None, None).await
    });
    let mut output = opened.map_err(failed(Code::ReadFailed, "cannot open", key))?;
    let state = ObjectState::from(&output);
    form.file(key, &state)?;
    let body = std::mem::take(&mut output.body);
    let left = state.size;
    let reader = Reader { bucket: Arc::clone(bucket), body, rest: Bytes::new(), left };
    Ok(Content { body: Box::new(reader), facets: state.encode(form, Kind::File) })
}

impl Bucket {
    /// Opens the content under `key`, pinned to a version and an entity tag, as a stream that
    /// blocks: for what may be too long to be held.
    ///
    /// # Errors
    /// When it is not there any more, or cannot be read.
    pub fn open(
        self: &Arc<Bucket>,
        key: &str,
        version: Option<&str>,
        tag: &str,
    ) -> Answer<impl Read + use<>> {
        let (own, key, tag) = (Arc::clone(self), key.to_owned(), tag.to_owned());
        let version = version.map(str::to_owned);
        let mut output = self.wait(async move {
            let _permit = own.enter().await;
            own.get(&key, version.as_deref(), Some(&tag), None).await
        })?;
        let left = ObjectState::from(&output).size;
        let body = std::mem::take(&mut output.body);
        Ok(Reader { bucket: Arc::clone(self), body, rest: Bytes::new(), left })
    }
}

impl Form {
    /// Refuses to take for a file what a tree has no such file for.
    pub(crate) fn file(self, key: Key<'_>, state: &ObjectState) -> Result<()> {
        let refuse = |why| Err(Error::new(Code::Unsupported, "cannot read").on(key).because(why));
        match self {
            Form::Tree if key.is_directory() && state.size > 0 => {
                refuse("its key ends in `/` and it has content: a tree has no such file")
            }
            Form::Tree if key.is_directory() => refuse("it is a directory"),
            _ => Ok(()),
        }
    }
}

/// An object's content as a blocking reader.
struct Reader {
    bucket: Arc<Bucket>,
    body: ByteStream,
    rest: Bytes,
    /// Bytes that must still come: a body that ends before is broken.
    left: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !buffer.is_empty() {
            let mut body = std::mem::take(&mut self.body);
            let (next, body) = self.bucket.wait(async move { (body.next().await, body) });
            self.body = body;
            match next {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(error)) => return Err(io::Error::other(error)),
                None if self.left > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut buffer[..length]);
        self.left = self.left.saturating_sub(length as u64);
        Ok(length)
    }
}

/// Writes an item whole: what stands under the key is replaced at once, or left.
pub(crate) fn write(
    bucket: &Arc<Bucket>,
    form: Form,
    key: Key<'_>,
    facets: &Facets<'_>,
    body: &mut dyn Read,
) -> Result<Digest> {
    let name = names::object(bucket.prefix(), key)?;
    let dress = match form {
        Form::Tree => Dress::of(facets),
        Form::Objects => Dress::default(),
    };
    match facets.kind {
        Kind::File if form == Form::Objects || !key.is_directory() => {
            let pour = Pour { bucket, key, name, dress, size: facets.size };
            pour.pour(body)
        }
        Kind::Directory if key.is_directory() => {
            let made = bucket.run(bucket.put(&name, &dress, None, Bytes::new(), Condition::None));
            made.map_err(failed(Code::WriteFailed, "cannot make directory", key))?;
            Ok(Digest::Blake3(blake3::hash(b"").into()))
        }
        kind => {
            let because = format!("it is a {}, which an object store does not have", kind.word());
            Err(Error::new(Code::Unsupported, "cannot make").on(key).because(because))
        }
    }
}

/// One item on its way into a bucket. Its body is read outside of the runtime: it may be
/// another client's, with a runtime of its own.
struct Pour<'a> {
    bucket: &'a Arc<Bucket>,
    key: Key<'a>,
    name: String,
    dress: Dress,
    /// How long it should be.
    size: Option<u64>,
}

impl Pour<'_> {
    /// In one request what fits into a part, else by parts.
    fn pour(&self, body: &mut dyn Read) -> Result<Digest> {
        self.bucket.run(uploads::before_write(self.bucket, &self.name)).map_err(self.refused())?;
        let part_bytes = self.bucket.options.part_bytes(self.size.unwrap_or(0)) as usize;
        let mut hasher = blake3::Hasher::new();
        let first = filled(body, part_bytes, self.size, self.key)?;
        hasher.update(&first);
        if first.len() < part_bytes {
            self.check_length(first.len() as u64)?;
            let put = self.bucket.put(&self.name, &self.dress, None, first, Condition::None);
            self.bucket.run(put).map_err(self.refused())?;
            return Ok(Digest::Blake3(hasher.finalize().into()));
        }
        let checksum = self.bucket.algorithm().map(|_| Algorithm::Crc64Nvme);
        let upload = Upload::begin(self.bucket, &self.name, &self.dress, None, checksum);
        let upload = self.bucket.run(upload).map_err(self.refused())?;
        match self.parts(&upload, (first, part_bytes), body, &mut hasher) {
            Ok(parts) => {
                self.bucket.run(upload.complete(parts)).map_err(self.refused())?;
                Ok(Digest::Blake3(hasher.finalize().into()))
            }
            Err(error) => {
                self.bucket.run(upload.abort());
                Err(error)
            }
        }
    }

    fn parts(
        &self,
        upload: &Upload,
        (first, part_bytes): (Bytes, usize),
        body: &mut dyn Read,
        hasher: &mut blake3::Hasher,
    ) -> Result<Vec<Landed>> {
        let (mut flight, mut landed) = (JoinSet::new(), Vec::new());
        let (mut part, mut number, mut bytes) = (first, 0, 0);
        while !part.is_empty() {
            bytes += part.len() as u64;
            number += 1;
            if flight.len() >= PARTS_ON_THE_WAY
                && let Some(ended) = self.bucket.run(flight.join_next())
            {
                landed.push(self.landed(ended)?);
            }
            let upload = upload.clone();
            let sent = async move { upload.send(number, part).await };
            flight.spawn_on(sent, self.bucket.handle());
            part = filled(body, part_bytes, None, self.key)?;
            hasher.update(&part);
        }
        while let Some(ended) = self.bucket.run(flight.join_next()) {
            landed.push(self.landed(ended)?);
        }
        self.check_length(bytes)?;
        Ok(landed)
    }

    fn landed(&self, ended: Result<Answer<Landed>, tokio::task::JoinError>) -> Result<Landed> {
        let answer = ended.unwrap_or_else(|broken| Err(Refusal::ours(broken.to_string())));
        answer.map_err(self.refused())
    }

    fn check_length(&self, bytes: u64) -> Result<()> {
        match self.size {
            Some(size) if size != bytes => Err(Error::new(Code::WriteFailed, "cannot write")
                .on(self.key)
                .because("the content is not as long as it should be")),
            _ => Ok(()),
        }
    }

    fn refused(&self) -> impl FnOnce(Refusal) -> Error {
        failed(Code::WriteFailed, "cannot write", self.key.to_owned())
    }
}

/// The next `part_bytes` of a body that blocks; fewer only at its end. `size` tells how many
/// will come, where that is known.
fn filled(
    body: &mut dyn Read,
    part_bytes: usize,
    size: Option<u64>,
    key: Key<'_>,
) -> Result<Bytes> {
    let expected = size.map_or(part_bytes, |size| part_bytes.min(size as usize));
    let mut part = Vec::with_capacity(expected + 1);
    match body.take(part_bytes as u64).read_to_end(&mut part) {
        Ok(_) => Ok(part.into()),
        Err(error) => {
            let failed = Error::new(Code::ReadFailed, "cannot read the content of").on(key);
            Err(failed.because(error).retry(Retry::Later))
        }
    }
}
