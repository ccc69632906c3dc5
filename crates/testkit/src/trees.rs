//! Trees to be moved: one with every sharp case that a file system knows, and random ones.

mod everything;
mod random;

pub use everything::build_everything;
pub use random::{Edits, random_edits, random_tree};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, XattrFlags};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whether we may set owners, make devices and mount.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Sets the modification time of `path` itself, also of a symbolic link.
///
/// # Errors
/// When it cannot.
pub fn stamp(path: &Path, seconds: i64, nanoseconds: i64) -> io::Result<()> {
    let times = times_of(seconds, nanoseconds);
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Sets an extended attribute of `path` itself, also of a symbolic link.
///
/// # Errors
/// When the file system refuses it.
pub fn set_attribute(path: &Path, name: &str, value: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::lsetxattr(path, name, value, XattrFlags::empty())?)
}

/// The value of a POSIX ACL attribute that gives `user` the rights `user_rights` beside
/// the owner (7), the group (`group_rights`) and others (none).
#[must_use]
pub fn acl(user: u32, user_rights: u16, group_rights: u16) -> Vec<u8> {
    const VERSION: u32 = 2;
    const UNNAMED: u32 = u32::MAX;
    let entries = [
        (0x01, 7, UNNAMED),
        (0x02, user_rights, user),
        (0x04, group_rights, UNNAMED),
        (0x10, user_rights | group_rights, UNNAMED),
        (0x20, 0, UNNAMED),
    ];
    let mut value = VERSION.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        value.extend_from_slice(&u16::to_le_bytes(tag));
        value.extend_from_slice(&rights.to_le_bytes());
        value.extend_from_slice(&id.to_le_bytes());
    }
    value
}

/// Every path below `top`, parents first, each directory's entries by name.
///
/// # Errors
/// When a directory cannot be listed.
pub fn below(top: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut entries = fs::read_dir(top)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        found.push(entry.path());
        if entry.file_type()?.is_dir() {
            found.extend(below(&entry.path())?);
        }
    }
    Ok(found)
}

fn times_of(seconds: i64, nanoseconds: i64) -> Timestamps {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    Timestamps { last_access: time, last_modification: time }
}
