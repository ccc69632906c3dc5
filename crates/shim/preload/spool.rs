//! The spool: a file on a disk of the node that takes the events for which there is no ring,
//! or no room in it. One record is one `write` at the file's end.
//!
//! The file is opened for each record: a descriptor that stayed open could be closed by the
//! program, and its number given to a file of the program's.

use super::wire::{SPOOL_LOST, SPOOL_TAKEN};
use super::{settings, sys};

/// A spool that long is a sign that nobody reads it; what comes then is dropped and counted.
const MOST_BYTES: u64 = 4 << 30;
/// Each time the reader had just taken the file away; no reader comes as often.
const MOST_TRIES: u32 = 16;
/// The mode of a spool that its reader has not taken. The marks are bits that change nobody's
/// access, and need no space.
const MODE: usize = 0o600;

/// Appends a record; whether the spool took all of it.
pub(crate) fn append(record: &[u8]) -> bool {
    let Some(path) = settings::spool() else { return false };
    for _ in 0..MOST_TRIES {
        if let Some(outcome) = append_once(path, record) {
            return outcome;
        }
    }
    false
}

/// `None` when the file is no longer the spool.
fn append_once(path: *const u8, record: &[u8]) -> Option<bool> {
    let flags = sys::O_WRONLY | sys::O_APPEND | sys::O_CREAT | sys::O_CLOEXEC;
    let careful = sys::O_NOFOLLOW | sys::O_NONBLOCK | sys::O_NOCTTY;
    // SAFETY: a setting ends with a zero byte.
    let descriptor = unsafe { sys::open(path, flags | careful, MODE) };
    if descriptor < 0 {
        return Some(false);
    }
    let outcome = append_to(descriptor, record);
    sys::close(descriptor);
    outcome
}

fn append_to(descriptor: i32, record: &[u8]) -> Option<bool> {
    let Some(stat) = sys::fstat(descriptor) else { return Some(false) };
    if !stat.is_regular() || stat.owner != sys::geteuid() {
        return Some(false);
    }
    if stat.mode & SPOOL_TAKEN != 0 {
        return None;
    }
    let size = stat.size.saturating_add(record.len() as u64);
    let allowed = size <= MOST_BYTES && size <= sys::file_size_limit();
    if !allowed || sys::write(descriptor, record) != record.len() as isize {
        sys::fchmod(descriptor, (stat.mode & 0o777 | SPOOL_LOST) as usize);
        return Some(false);
    }
    // The reader marks first and reads then. Without the mark it will see this record; with
    // it, nobody knows.
    let after = sys::fstat(descriptor)?;
    (after.mode & SPOOL_TAKEN == 0).then_some(true)
}
