//! Making a ring, or taking over the one that an agent before us has left.

use super::RingError;
use super::mapping::Mapping;
use crate::wire::{MOST_SLOTS, RING_MAGIC, RingHead, ring_bytes};
use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::Ordering;

/// The ring that is there, where it is sound; else a new one in its place.
pub(super) fn adopt_or_make(path: &Path, slots: u32) -> Result<Mapping, RingError> {
    let failed = |what| move |error| RingError::Io { what, path: path.to_owned(), error };
    let careful = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    match File::options().read(true).write(true).custom_flags(careful).open(path) {
        Ok(file) => {
            lock(&file, path)?;
            if let Some(mapping) = adopt(file).map_err(failed("map"))? {
                return Ok(mapping);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("open")(error)),
    }
    make(path, slots)
}

/// The ring that the file is. One that cannot be used is closed for the jobs that have it.
fn adopt(file: File) -> io::Result<Option<Mapping>> {
    let mut bytes = [0; 4];
    let slots = match file.read_exact_at(&mut bytes, std::mem::offset_of!(RingHead, slots) as u64) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_too_short) => return Ok(None),
    };
    let about = file.metadata()?;
    if !is_possible(slots) || about.len() != ring_bytes(slots) as u64 {
        return Ok(None);
    }
    let private = about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o077 == 0;
    let whole = about.blocks().saturating_mul(512) >= about.len();
    let mapping = Mapping::new(file, slots)?;
    let head = mapping.head();
    let open = head.closed.load(Ordering::Acquire) == 0;
    if private && whole && open && head.magic.load(Ordering::Acquire) == RING_MAGIC {
        return Ok(Some(mapping));
    }
    head.closed.store(1, Ordering::Release);
    Ok(None)
}

fn is_possible(slots: u32) -> bool {
    slots.is_power_of_two() && slots <= MOST_SLOTS
}

/// Makes a ring under another name and gives it its own when it is complete, so that no job
/// sees it half made. All its memory is taken at once: a job must never find none.
fn make(path: &Path, slots: u32) -> Result<Mapping, RingError> {
    let failed = |what| move |error| RingError::Io { what, path: path.to_owned(), error };
    if !is_possible(slots) {
        let reason = "its slots are not a power of two below a million";
        return Err(failed("make")(io::Error::new(io::ErrorKind::InvalidInput, reason)));
    }
    let mut new = path.to_owned().into_os_string();
    new.push(format!(".{}", std::process::id()));
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("make")(error)),
        _ => {}
    }
    let mut options = File::options();
    options.read(true).write(true).create_new(true).mode(0o600);
    let file = options.open(&new).map_err(failed("make"))?;
    let made = fill(file, slots, path).and_then(|mapping| {
        std::fs::rename(&new, path).map_err(failed("name"))?;
        Ok(mapping)
    });
    if made.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&new);
    }
    made
}

fn fill(file: File, slots: u32, path: &Path) -> Result<Mapping, RingError> {
    let failed = |what| move |error| RingError::Io { what, path: path.to_owned(), error };
    lock(&file, path)?;
    fallocate(&file, FallocateFlags::empty(), 0, ring_bytes(slots) as u64)
        .map_err(|errno| failed("find memory for")(errno.into()))?;
    let mapping = Mapping::new(file, slots).map_err(failed("map"))?;
    mapping.head().slots.store(slots, Ordering::Relaxed);
    mapping.head().magic.store(RING_MAGIC, Ordering::Release);
    Ok(mapping)
}

fn lock(file: &File, path: &Path) -> Result<(), RingError> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(Errno::WOULDBLOCK) => Err(RingError::Busy { path: path.to_owned() }),
        Err(errno) => {
            Err(RingError::Io { what: "lock", path: path.to_owned(), error: errno.into() })
        }
    }
}
