//! What a root says of itself: its file system, whether it is empty, what is free.

use super::errors::failed;
use super::names::{Level, Names};
use super::root::Root;
use super::way::open_to_list;
use boatlift_core::store::RootFacts;
use boatlift_core::{Code, Error, Result};
use rustix::fs::{fstatfs, fstatvfs};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::path::Path;

/// Looks at the root.
pub(crate) fn facts(root: &Root) -> Result<RootFacts> {
    root.check()?;
    let unreadable = |tried| failed(Code::RootUnreadable, tried, root.path().display());
    let resolved = std::fs::canonicalize(root.path()).map_err(|error| {
        Error::new(Code::RootUnreadable, "cannot resolve root")
            .on(root.path().display())
            .because(error)
    })?;
    let system = fstatfs(root).map_err(unreadable("cannot ask the file system of root"))?;
    let space = fstatvfs(root).map_err(unreadable("cannot ask the file system of root"))?;
    let system = system_name(system.f_type as u64 & 0xffff_ffff);
    let identity = if space.f_fsid == 0 { root.device() } else { space.f_fsid };
    Ok(RootFacts {
        position: None,
        resolved: resolved.to_string_lossy().into_owned(),
        device: format!("{system}:{identity:x}"),
        system,
        is_empty: is_empty(root)?,
        sets_owners: rustix::process::geteuid().is_root(),
        free_bytes: Some(space.f_bavail.saturating_mul(space.f_frsize)),
        ancestry: ancestry(&resolved),
    })
}

/// Device and inode of the directory and of each above it, as far as they can be seen.
fn ancestry(resolved: &Path) -> Vec<String> {
    let identity = |stat: rustix::fs::Stat| format!("{:x}:{:x}", stat.st_dev, stat.st_ino);
    resolved.ancestors().filter_map(|path| rustix::fs::stat(path).ok().map(identity)).collect()
}

fn is_empty(root: &Root) -> Result<bool> {
    let unreadable = |tried| failed(Code::RootUnreadable, tried, root.path().display());
    let fd = open_to_list(root.as_fd(), b"").map_err(unreadable("cannot open root"))?;
    let mut room = vec![MaybeUninit::uninit(); 64 << 10];
    let names = Names::read(fd.as_fd(), &mut room, Level::Top);
    Ok(names.map_err(unreadable("cannot list root"))?.is_empty())
}

/// The usual name of a file system, by the number in its superblock (statfs(2)); the
/// number itself where it is not a usual one.
fn system_name(magic: u64) -> String {
    let name = match magic {
        0xef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0x0102_1994 => "tmpfs",
        0x8584_58f6 => "ramfs",
        0x6969 => "nfs",
        0x0bd0_0bd0 => "lustre",
        0x4750_4653 => "gpfs",
        0x1983_0326 => "beegfs",
        0x00c3_6400 => "ceph",
        0x794c_7630 => "overlay",
        0x6573_5546 => "fuse",
        0xff53_4d42 | 0xfe53_4d42 => "cifs",
        0x2fc1_2fc1 => "zfs",
        0xf2f5_2010 => "f2fs",
        0xca45_1a4e => "bcachefs",
        0x0102_1997 => "9p",
        0x4d44 => "vfat",
        0x2011_bab0 => "exfat",
        0x7366_746e => "ntfs",
        0x7371_7368 => "squashfs",
        0x9660 => "iso9660",
        _ => return format!("{magic:x}"),
    };
    name.into()
}
