//! From what the system says of an inode to facets: the one encoder of this store.

use boatlift_core::{Facets, Kind, Timestamp, facets::Owner};
use rustix::fs::{FileType, Stat, Timespec};

/// The bits of a mode that are not the file type.
pub(crate) const MODE_BITS: u32 = 0o7777;

/// The facets of an inode, as a store whose root lies on `root_device` tells them.
/// `target` is for symbolic links. Never says `linked`: one look cannot know.
pub(crate) fn facets<'a>(stat: &Stat, root_device: u64, target: Option<&'a [u8]>) -> Facets<'a> {
    let kind = kind(stat);
    let is_file = kind == Kind::File;
    let is_device = matches!(kind, Kind::CharDevice | Kind::BlockDevice);
    let (size, allocated) = (stat.st_size as u64, allocated(stat));
    let (device, links) = (stat.st_dev, wide(stat.st_nlink));
    Facets {
        size: is_file.then_some(size),
        mtime: Some(mtime(stat)),
        ctime: Some(ctime(stat)),
        mode: Some(mode(stat)),
        owner: Some(Owner { user: stat.st_uid, group: stat.st_gid }),
        inode: Some(stat.st_ino),
        device: (device != root_device).then_some(device),
        links: (links > 1 && kind != Kind::Directory).then_some(links),
        device_node: is_device.then_some(stat.st_rdev),
        allocated: (is_file && allocated < size).then_some(allocated),
        target: target.filter(|_| kind == Kind::Symlink),
        ..Facets::of(kind)
    }
}

/// Counts differ in width between processors.
fn wide(number: impl Into<u64>) -> u64 {
    number.into()
}

/// What kind of thing it is.
pub(crate) fn kind(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink,
        FileType::Fifo => Kind::Fifo,
        FileType::Socket => Kind::Socket,
        FileType::CharacterDevice => Kind::CharDevice,
        FileType::BlockDevice => Kind::BlockDevice,
        FileType::RegularFile | FileType::Unknown => Kind::File,
    }
}

/// Permission bits, with setuid, setgid and sticky.
pub(crate) fn mode(stat: &Stat) -> u32 {
    stat.st_mode & MODE_BITS
}

/// Last change of content.
pub(crate) fn mtime(stat: &Stat) -> Timestamp {
    Timestamp { seconds: stat.st_mtime, nanoseconds: stat.st_mtime_nsec as u32 }
}

/// Last change of anything.
pub(crate) fn ctime(stat: &Stat) -> Timestamp {
    Timestamp { seconds: stat.st_ctime, nanoseconds: stat.st_ctime_nsec as u32 }
}

/// Bytes that storage holds for it.
pub(crate) fn allocated(stat: &Stat) -> u64 {
    stat.st_blocks as u64 * 512
}

/// Whether two looks are at one inode.
pub(crate) fn same_inode(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Whether nothing happened to the inode between two looks.
pub(crate) fn unmoved(one: &Stat, other: &Stat) -> bool {
    same_inode(one, other)
        && one.st_size == other.st_size
        && mtime(one) == mtime(other)
        && ctime(one) == ctime(other)
}

/// As the system takes times.
pub(crate) fn timespec(time: Timestamp) -> Timespec {
    Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() }
}
