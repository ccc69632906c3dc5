//! The memory of a ring, seen from the reading side, and sleeping on it.

use super::Woken;
use crate::wire::{MOST_DEVICES, RING_HEAD, RingHead, SLOT_ROOM, Slot, ring_bytes};
use rustix::thread::futex;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A ring's file, locked and mapped.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    slots: u32,
    /// Holds the lock.
    _file: File,
}

// SAFETY: the memory is shared with other processes anyhow, and only read and written through
// atomics and by copies.
#[allow(unsafe_code, reason = "the mapping has no tie to a thread")]
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps a file of `slots` slots, which has to have that length.
    #[allow(unsafe_code, reason = "maps memory that other processes write")]
    pub(super) fn new(file: File, slots: u32) -> io::Result<Mapping> {
        let size = ring_bytes(slots);
        if file.metadata()?.len() != size as u64 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its length is wrong"));
        }
        // SAFETY: a new mapping, wherever the system likes.
        let start = unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let nowhere = std::ptr::null_mut();
            libc::mmap(nowhere, size, protection, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        match NonNull::new(start.cast::<u8>()) {
            Some(mapped) if start != libc::MAP_FAILED => {
                Ok(Mapping { start: mapped, slots, _file: file })
            }
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn slots(&self) -> u32 {
        self.slots
    }

    #[allow(unsafe_code, reason = "reads shared memory")]
    pub(super) fn head(&self) -> &RingHead {
        // SAFETY: the mapping is longer than a head, begins with a page and lives as long as we.
        unsafe { self.start.cast::<RingHead>().as_ref() }
    }

    /// The slot of a ticket, and for which lap.
    #[allow(unsafe_code, reason = "reads shared memory")]
    pub(super) fn slot(&self, ticket: u64) -> (u64, &Slot) {
        let index = (ticket & u64::from(self.slots - 1)) as usize;
        // SAFETY: the index is below the number of slots that the mapping was made for.
        let slot = unsafe { self.start.add(RING_HEAD).cast::<Slot>().add(index).as_ref() };
        (ticket >> self.slots.trailing_zeros(), slot)
    }

    /// A copy of a slot's record, whatever it is.
    #[allow(unsafe_code, reason = "reads shared memory")]
    pub(super) fn record(&self, slot: &Slot) -> [u8; SLOT_ROOM] {
        let mut record = [0; SLOT_ROOM];
        // SAFETY: both are that long. Should a job write at the same time, then the copy is
        // torn, and its sum says so.
        unsafe {
            std::ptr::copy_nonoverlapping(slot.record.get().cast(), record.as_mut_ptr(), SLOT_ROOM);
        }
        record
    }

    /// Tells jobs on which devices the roots lie.
    pub(super) fn tell_devices(&self, devices: &[u64]) {
        let head = self.head();
        // Too many to name: then any device may hold a root.
        let devices = if devices.len() > MOST_DEVICES { &[] } else { devices };
        head.device_count.store(0, Ordering::Release);
        for (place, device) in head.devices.iter().zip(devices) {
            place.store(*device, Ordering::Relaxed);
        }
        head.device_count.store(devices.len() as u32, Ordering::Release);
    }
}

impl Drop for Mapping {
    #[allow(unsafe_code, reason = "gives back memory")]
    fn drop(&mut self) {
        // SAFETY: made by `new` with this size; no reference outlives the mapping.
        unsafe { libc::munmap(self.start.as_ptr().cast(), ring_bytes(self.slots)) };
    }
}

/// Sleeps while the word is 1, at most `at_most`.
pub(super) fn sleep(word: &AtomicU32, at_most: Duration) -> Woken {
    let timeout = futex::Timespec {
        tv_sec: i64::try_from(at_most.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(at_most.subsec_nanos()),
    };
    match futex::wait(word, futex::Flags::empty(), 1, Some(&timeout)) {
        Err(rustix::io::Errno::TIMEDOUT) => Woken::Timeout,
        // Woken, interrupted, or an event came first.
        _ => Woken::Events,
    }
}
