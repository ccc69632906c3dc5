//! The stream path: one item's content as a stream, out of this store or into it. Slow
//! for small files, but any two stores have it.

use super::apply::{Look, Rights, apply};
use super::attributes::Attributes;
use super::birth;
use super::directories::{Directories, Directory};
use super::errors::failed;
use super::node::Node;
use super::place::Temporary;
use super::root::Root;
use super::source::open_file;
use boatlift_core::facets::Owner;
use boatlift_core::store::Content;
use boatlift_core::{Code, Digest, Error, Facets, Key, Kind, Result, Retry};
use rustix::fs::{FileType, Mode, mkdirat, mknodat, symlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;

const BUFFER: usize = 256 << 10;

/// Opens a file's content.
pub(crate) fn read<'a>(root: &Root, key: Key<'_>) -> Result<Content<'a>> {
    let refused = || failed(Code::ReadFailed, "cannot open", key);
    let parent = Directories::below(root)
        .and_then(|mut directories| directories.find(key.parent()))
        .map_err(refused())?;
    let opened = open_file((*parent).as_fd(), key.name()).map_err(refused())?;
    let Some((file, stat)) = opened else {
        let error = Error::new(Code::ReadFailed, "cannot open").on(key);
        return Err(error.because("it is not there, or is no file"));
    };
    let mut facets = Vec::new();
    super::facets::facets(&stat, root.device(), None).encode(&mut facets);
    Ok(Content { body: Box::new(File::from(file)), facets })
}

/// Writes an item whole: what stands under the key is replaced at once, or left.
pub(crate) fn write(
    root: &Root,
    key: Key<'_>,
    facets: &Facets<'_>,
    body: &mut dyn Read,
) -> Result<Digest> {
    let refused = || failed(Code::WriteFailed, "cannot write", key);
    let parent = Directories::below(root)
        .and_then(|mut directories| directories.find_or_make(key.parent()))
        .map_err(refused())?;
    match facets.kind {
        Kind::File => write_file(&parent, key, facets, body),
        Kind::Directory => write_directory(&parent, key, facets),
        _ => write_other(&parent, key, facets),
    }
}

fn write_directory(parent: &Directory, key: Key<'_>, facets: &Facets<'_>) -> Result<Digest> {
    match mkdirat(parent, key.name(), Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => {
            return Err(failed(Code::WriteFailed, "cannot make directory", key)(errno));
        }
    }
    dress(Node::Named(parent.as_fd(), key.name()), facets, key)?;
    Ok(empty())
}

fn write_other(parent: &Directory, key: Key<'_>, facets: &Facets<'_>) -> Result<Digest> {
    let made = Temporary::make(parent, key, |name| match facets.kind {
        Kind::Symlink => symlinkat(facets.target.unwrap_or_default(), parent, name),
        kind => {
            let node = facets.device_node.unwrap_or_default();
            mknodat(parent, name, file_type(kind), Mode::RUSR | Mode::WUSR, node)
        }
    });
    let (temporary, ()) = made.map_err(failed(Code::WriteFailed, "cannot make", key))?;
    dress(Node::Named(parent.as_fd(), temporary.name()), facets, key)?;
    temporary.place(key)?;
    Ok(empty())
}

fn write_file(
    parent: &Directory,
    key: Key<'_>,
    facets: &Facets<'_>,
    body: &mut dyn Read,
) -> Result<Digest> {
    let refused = || failed(Code::WriteFailed, "cannot write", key);
    let (temporary, fd, _) =
        Temporary::make_file(parent, key, 0o600, birth::umask()).map_err(refused())?;
    let mut file = File::from(fd);
    let (digest, bytes) = pour(body, &mut file, key)?;
    if facets.size.is_some_and(|size| size != bytes) {
        let error = Error::new(Code::WriteFailed, "cannot write").on(key);
        return Err(error.because("the content is not as long as it should be"));
    }
    dress(Node::Open(file.as_fd()), facets, key)?;
    drop(file);
    temporary.place(key)?;
    Ok(digest)
}

fn pour(body: &mut dyn Read, file: &mut File, key: Key<'_>) -> Result<(Digest, u64)> {
    let mut buffer = vec![0; BUFFER];
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0;
    loop {
        let got = match body.read(&mut buffer) {
            Ok(0) => return Ok((Digest::Blake3(hasher.finalize().into()), bytes)),
            Ok(got) => got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let failed = Error::new(Code::ReadFailed, "cannot read the content of").on(key);
                return Err(failed.because(error).retry(Retry::Later));
            }
        };
        hasher.update(&buffer[..got]);
        bytes += got as u64;
        file.write_all(&buffer[..got]).map_err(|error| {
            let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            failed(Code::WriteFailed, "cannot write", key)(errno)
        })?;
    }
}

/// Gives what was just made the facets that are known, and leaves the others.
fn dress(node: Node<'_>, facets: &Facets<'_>, key: Key<'_>) -> Result<()> {
    let refused = || failed(Code::WriteFailed, "cannot set attributes of", key);
    let has = Look::of(&node.stat().map_err(refused())?);
    let owner = facets.owner.unwrap_or(Owner { user: has.user, group: has.group });
    let wanted = Look {
        user: owner.user,
        group: owner.group,
        mode: has.mode.and(facets.mode).or(has.mode),
        mtime: facets.mtime.or(has.mtime),
    };
    let none = Attributes::default();
    let rights = Rights::of_this_process(true);
    apply(node, (&wanted, &none), (&has, &none), rights).map_err(refused())?;
    Ok(())
}

/// The digest of what has no content.
fn empty() -> Digest {
    Digest::Blake3(blake3::hash(b"").into())
}

fn file_type(kind: Kind) -> FileType {
    match kind {
        Kind::File => FileType::RegularFile,
        Kind::Directory => FileType::Directory,
        Kind::Symlink => FileType::Symlink,
        Kind::Fifo => FileType::Fifo,
        Kind::Socket => FileType::Socket,
        Kind::CharDevice => FileType::CharacterDevice,
        Kind::BlockDevice => FileType::BlockDevice,
    }
}
