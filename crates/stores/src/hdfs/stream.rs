//! The stream path: one item's content as a stream, out of this store or into it, a
//! blocking call at a time.

use super::cluster::{Above, Body, Cluster};
use super::dress::{Has, Wanted};
use super::errors::{Answer, failed, reason};
use super::facets::{MODE_BITS, milliseconds};
use super::place::Temporary;
use boatlift_core::store::Content;
use boatlift_core::{Code, Digest, Error, Facets, Key, Kind, Result, Retry};
use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes read of a body at a time.
pub(crate) const BUFFER: usize = 256 << 10;
/// The mode of what is not finished: nobody else is let in.
pub(crate) const UNFINISHED: u32 = 0o600;
/// The same of directories.
pub(crate) const UNFINISHED_DIRECTORY: u32 = 0o700;

/// Opens a file's content.
pub(crate) fn read<'a>(cluster: &Arc<Cluster>, key: Key<'_>) -> Result<Content<'a>> {
    let path = cluster.path(key)?;
    let refused = || failed(Code::ReadFailed, "cannot open", key);
    let look = cluster.run(cluster.look(&path)).map_err(refused())?;
    let Some(look) = look.filter(|look| look.kind == Kind::File && !key.is_directory()) else {
        let error = Error::new(Code::ReadFailed, "cannot open").on(key);
        return Err(error.because("it is not there, or is no file"));
    };
    let (length, body) = cluster.run(cluster.open(&path)).map_err(refused())?;
    if length != look.size {
        let error = Error::new(Code::ReadFailed, "cannot open").on(key);
        return Err(error.because("it is being written").retry(Retry::Later));
    }
    let reader = Reader { cluster: Arc::clone(cluster), body, rest: Bytes::new() };
    Ok(Content { body: Box::new(reader), facets: look.encode(None) })
}

/// A file's content as a blocking reader.
struct Reader {
    cluster: Arc<Cluster>,
    body: Body,
    rest: Bytes,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !buffer.is_empty() {
            match self.cluster.run(next(&mut self.body)) {
                Ok(Some(bytes)) => self.rest = bytes,
                Ok(None) => return Ok(0),
                Err(answer) => return Err(io::Error::other(reason(&answer))),
            }
        }
        let length = buffer.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// The next part of a body.
pub(crate) async fn next(body: &mut Body) -> Answer<Option<Bytes>> {
    super::cluster::ask(async { body.next().await.transpose() }).await
}

/// Writes an item whole: the file that stands under the key is replaced at once, or left.
pub(crate) fn write(
    cluster: &Cluster,
    key: Key<'_>,
    facets: &Facets<'_>,
    body: &mut dyn Read,
) -> Result<Digest> {
    let path = cluster.path(key)?;
    let wanted = Wanted {
        mtime: facets.mtime.and_then(milliseconds),
        mode: facets.mode.map(|mode| mode & MODE_BITS),
        ..Wanted::default()
    };
    match facets.kind {
        Kind::File => cluster.run(write_file(cluster, key, path, (facets.size, &wanted), body)),
        Kind::Directory => cluster
            .run(write_directory(cluster, &path, &wanted))
            .map(|()| Digest::Blake3(blake3::hash(b"").into()))
            .map_err(failed(Code::WriteFailed, "cannot make directory", key)),
        kind => Err(unsupported(key, kind)),
    }
}

/// HDFS has files and directories, and nothing else.
pub(crate) fn unsupported(key: Key<'_>, kind: Kind) -> Error {
    let because = format!("it is a {}, which HDFS does not have", kind.word());
    Error::new(Code::Unsupported, "cannot make").on(key).because(because)
}

async fn write_directory(cluster: &Cluster, path: &str, wanted: &Wanted) -> Answer<()> {
    cluster.make_directory(path, UNFINISHED_DIRECTORY, Above::Make).await?;
    match cluster.look(path).await? {
        None => Ok(()),
        Some(look) => {
            let acl = super::acl::Acl::default();
            wanted.put(cluster, path, &Has::of(&look, acl)).await.map(drop)
        }
    }
}

async fn write_file(
    cluster: &Cluster,
    key: Key<'_>,
    path: String,
    (size, wanted): (Option<u64>, &Wanted),
    body: &mut dyn Read,
) -> Result<Digest> {
    let refused = || failed(Code::WriteFailed, "cannot write", key);
    let mode = wanted.mode.unwrap_or(UNFINISHED);
    let mut temporary = Temporary::create(cluster, path, mode).await.map_err(refused())?;
    let poured = async {
        let (digest, bytes) = pour(body, &mut temporary, key).await?;
        if size.is_some_and(|size| size != bytes) {
            let error = Error::new(Code::WriteFailed, "cannot write").on(key);
            return Err(error.because("the content is not as long as it should be"));
        }
        temporary.close().await.map_err(refused())?;
        if let Some(mtime) = wanted.mtime {
            let dressed = cluster.set_mtime(temporary.name(), mtime).await;
            dressed.map_err(failed(Code::WriteFailed, "cannot set the time of", key))?;
        }
        Ok(digest)
    };
    match poured.await {
        Ok(digest) => temporary.place(key).await.map(|()| digest),
        Err(error) => {
            temporary.discard().await;
            Err(error)
        }
    }
}

async fn pour(
    body: &mut dyn Read,
    temporary: &mut Temporary<'_>,
    key: Key<'_>,
) -> Result<(Digest, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0;
    while let Some(part) = part(body, key)? {
        hasher.update(&part);
        bytes += part.len() as u64;
        temporary.write(part).await.map_err(failed(Code::WriteFailed, "cannot write", key))?;
    }
    Ok((Digest::Blake3(hasher.finalize().into()), bytes))
}

/// The next part of a body that blocks.
pub(crate) fn part(body: &mut dyn Read, key: Key<'_>) -> Result<Option<Bytes>> {
    let mut part = vec![0; BUFFER];
    loop {
        match body.read(&mut part) {
            Ok(0) => return Ok(None),
            Ok(got) => {
                part.truncate(got);
                return Ok(Some(part.into()));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let failed = Error::new(Code::ReadFailed, "cannot read the content of").on(key);
                return Err(failed.because(error).retry(Retry::Later));
            }
        }
    }
}
