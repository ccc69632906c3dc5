//! What a new file in a directory is born with: owner, group, and perhaps an ACL.
//!
//! Known once per directory, it spares every further file there the calls that would
//! only set what already is.

use super::directories::Directory;
use super::node::Node;
use rustix::fs::Stat;
use rustix::io::Errno;
use std::os::fd::AsFd;

/// What the first file made in a directory turned out to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) user: u32,
    pub(crate) group: u32,
    /// The directory hands down an ACL, or does not tell whether it does.
    pub(crate) inherits: bool,
}

impl Birth {
    /// Learns from `first`, the look of a file just made in `directory`.
    pub(crate) fn learn(directory: &Directory, first: &Stat) -> Birth {
        let handed_down = Node::Held(directory.as_fd()).attribute("system.posix_acl_default");
        let inherits = !matches!(handed_down, Err(Errno::NODATA | Errno::NOTSUP));
        Birth { user: first.st_uid, group: first.st_gid, inherits }
    }
}

/// The process's umask, without changing it; all bits when it cannot be told, so that
/// no mode is taken to be right by itself.
pub(crate) fn umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o777)
}
