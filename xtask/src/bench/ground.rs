//! Where trees are built and copied: in memory, or on a disk. Removed at the end.

use crate::{Result, process};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of our own that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Ground {
    top: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A tmpfs that we mounted: nobody else's files take its room.
    OwnMemory,
    /// A directory on the machine's tmpfs.
    SharedMemory,
    Disk,
}

impl Ground {
    /// A tmpfs of our own where we may mount one, else a directory on `/dev/shm`.
    ///
    /// # Errors
    /// When there is neither.
    pub(crate) fn in_memory() -> Result<Ground> {
        if rustix::process::geteuid().is_root() {
            let ground = Ground::below(&std::env::temp_dir(), Kind::OwnMemory)?;
            let mut mount = Command::new("mount");
            mount.args(["-t", "tmpfs", "-o", "size=80%,nr_inodes=0", "boatlift-bench"]);
            process::run(mount.arg(&ground.top))?;
            return Ok(ground);
        }
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        if !mounts.lines().any(|line| line.split(' ').skip(1).take(2).eq(["/dev/shm", "tmpfs"])) {
            return Err("/dev/shm is no tmpfs here".into());
        }
        Ground::below(Path::new("/dev/shm"), Kind::SharedMemory)
    }

    /// A directory below `parent`, which lies on a disk.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn on_disk(parent: &Path) -> Result<Ground> {
        Ground::below(parent, Kind::Disk)
    }

    fn below(parent: &Path, kind: Kind) -> Result<Ground> {
        let top = parent.join(format!("boatlift-bench-{}", std::process::id()));
        fs::create_dir_all(&top)?;
        Ok(Ground { top, kind })
    }

    /// A path on the ground.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.top.join(name)
    }

    /// An empty directory on the ground, in place of what was there.
    pub(crate) fn empty(&self, name: &str) -> Result<PathBuf> {
        self.clear(name)?;
        let path = self.at(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Removes a directory from the ground.
    pub(crate) fn clear(&self, name: &str) -> Result<()> {
        match fs::remove_dir_all(self.at(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Lets what earlier runs left to be written come to an end.
    pub(crate) fn settle(&self) {
        if self.kind == Kind::Disk {
            rustix::fs::sync();
        }
    }

    /// Refuses a case that this machine has no room for: a benchmark that swaps or fails
    /// half-way measures nothing.
    ///
    /// # Errors
    /// When bytes or inodes do not suffice.
    pub(crate) fn has_room(&self, bytes: u64, inodes: u64) -> Result<()> {
        let system = rustix::fs::statvfs(&self.top)?;
        let mut free = system.f_bavail * system.f_frsize;
        if self.kind != Kind::Disk {
            free = free.min(available_memory()?);
        }
        if free < bytes + bytes / 10 {
            let (free, bytes) = (free >> 20, bytes >> 20);
            return Err(format!("{free} MiB are free, the case takes {bytes} MiB").into());
        }
        // Some file systems have no fixed number of inodes and say 0.
        if system.f_files > 0 && system.f_favail < inodes {
            let free = system.f_favail;
            return Err(format!("{free} inodes are free, the case takes {inodes}").into());
        }
        Ok(())
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let ended = match self.kind {
            Kind::OwnMemory => process::run(Command::new("umount").arg(&self.top))
                .and_then(|()| Ok(fs::remove_dir(&self.top)?)),
            Kind::SharedMemory | Kind::Disk => fs::remove_dir_all(&self.top).map_err(Into::into),
        };
        if let Err(error) = ended {
            eprintln!("cannot remove {}: {error}", self.top.display());
        }
    }
}

fn available_memory() -> Result<u64> {
    let info = fs::read_to_string("/proc/meminfo")?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next());
    Ok(kib.ok_or("the system does not tell its free memory")?.parse::<u64>()? << 10)
}
