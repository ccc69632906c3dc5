//! The writing side of the ring: takes a slot, fills it, gives it away, and wakes the reader
//! only where it sleeps. It never waits: a ring that is missing, strange, closed or full is
//! left alone, and the event goes to the spool.
//!
//! The mapping stays for the life of the process, since no thread knows who else is using it.

use super::wire::{
    MOST_DEVICES, MOST_SLOTS, Phase, RING_HEAD, RING_MAGIC, RingHead, SLOT_ROOM, Slot, SlotState,
    ring_bytes,
};
use super::{settings, sys};
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};

/// Slots that are tried before the ring counts as full: others may be faster many times.
const MOST_TRIES: u32 = 256;
/// A ring that was not there is looked for again at every so many events.
const LOOK_AGAIN: u32 = 64;
/// Rings that one process maps, at most: each agent that is started anew may make one.
const MOST_RINGS: u32 = 16;

/// The mapped ring; null while there is none.
static RING: AtomicPtr<RingHead> = AtomicPtr::new(core::ptr::null_mut());
static ASKED: AtomicU32 = AtomicU32::new(0);
static MAPPED: AtomicU32 = AtomicU32::new(0);

/// A ring that is mapped.
#[derive(Clone, Copy)]
struct Ring {
    head: &'static RingHead,
    /// Checked against the size of the mapping, and kept apart from it: whatever a wild
    /// program writes into the mapping, it leads nobody out of it.
    slots: u32,
}

/// A ring's address and, in the bits that are zero in the address of a page, how many slots
/// it has: both change at once.
fn packed(ring: Ring) -> *mut RingHead {
    (&raw const *ring.head)
        .cast_mut()
        .map_addr(|address| address | ring.slots.trailing_zeros() as usize)
}

/// The other way round.
fn unpacked(packed: *mut RingHead) -> Option<Ring> {
    let slots = 1_u32.checked_shl((packed.addr() & (RING_HEAD - 1)) as u32)?;
    // SAFETY: null, or what `packed` made of a ring that was checked and stays mapped.
    let head = unsafe { packed.map_addr(|address| address & !(RING_HEAD - 1)).as_ref() }?;
    Some(Ring { head, slots })
}

/// The ring, mapped when it is first needed.
fn ring() -> Option<Ring> {
    let known = RING.load(Ordering::Acquire);
    match unpacked(known) {
        Some(ring) if ring.head.closed.load(Ordering::Relaxed) == 0 => return Some(ring),
        Some(_) => {
            let nobody = core::ptr::null_mut();
            let changed = RING.compare_exchange(known, nobody, Ordering::AcqRel, Ordering::Relaxed);
            if changed.is_ok() {
                ASKED.store(0, Ordering::Relaxed);
            }
        }
        None => {}
    }
    look()
}

#[cold]
fn look() -> Option<Ring> {
    let path = settings::ring()?;
    let asked = ASKED.fetch_add(1, Ordering::Relaxed);
    if !asked.is_multiple_of(LOOK_AGAIN) || MAPPED.load(Ordering::Relaxed) >= MOST_RINGS {
        return None;
    }
    let flags = sys::O_RDWR | sys::O_CLOEXEC | sys::O_NOFOLLOW | sys::O_NONBLOCK | sys::O_NOCTTY;
    // SAFETY: a setting ends with a zero byte.
    let descriptor = unsafe { sys::open(path, flags, 0) };
    if descriptor < 0 {
        return None;
    }
    let mapped = map(descriptor);
    sys::close(descriptor);
    let ring = mapped?;
    let (nobody, new) = (core::ptr::null_mut(), packed(ring));
    match RING.compare_exchange(nobody, new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            MAPPED.fetch_add(1, Ordering::Relaxed);
            Some(ring)
        }
        Err(theirs) => {
            let ours = (&raw const *ring.head).cast_mut().cast();
            // SAFETY: nobody but us knows this second mapping.
            unsafe { sys::unmap(ours, ring_bytes(ring.slots)) };
            unpacked(theirs)
        }
    }
}

/// Maps the file where it is a ring of this user's that cannot fail under our hands: it has
/// all its pages, so that a full file system cannot turn a store into a signal.
fn map(descriptor: i32) -> Option<Ring> {
    let stat = sys::fstat(descriptor)?;
    let size = stat.size as usize;
    let whole = size >= RING_HEAD && size <= ring_bytes(MOST_SLOTS) && stat.allocated >= stat.size;
    let private = stat.is_regular() && stat.owner == sys::geteuid() && stat.mode & 0o077 == 0;
    if !whole || !private {
        return None;
    }
    let start = sys::map(size, sys::MAP_SHARED, descriptor)?;
    // SAFETY: the mapping is at least as long as a head, and begins with a page.
    let head: &'static RingHead = unsafe { &*start.cast() };
    let slots = head.slots.load(Ordering::Relaxed);
    let known = head.magic.load(Ordering::Acquire) == RING_MAGIC
        && head.closed.load(Ordering::Relaxed) == 0
        && slots.is_power_of_two()
        && slots <= MOST_SLOTS
        && ring_bytes(slots) == size;
    if !known {
        // SAFETY: nobody but us knows it.
        unsafe { sys::unmap(start, size) };
        return None;
    }
    Some(Ring { head, slots })
}

/// Whether a root may lie on this device. Without a ring that says so, any may.
pub(crate) fn may_hold_a_root(device: u64) -> bool {
    let Some(ring) = ring() else { return true };
    let head = ring.head;
    let count = (head.device_count.load(Ordering::Relaxed) as usize).min(MOST_DEVICES);
    let devices = head.devices.get(..count).unwrap_or(&[]);
    devices.is_empty() || devices.iter().any(|known| known.load(Ordering::Relaxed) == device)
}

/// Hands a record over; whether the ring took it.
pub(crate) fn push(record: &[u8], pid: u32) -> bool {
    let Some(ring) = ring().filter(|_| record.len() <= SLOT_ROOM) else { return false };
    let Some((slot, busy)) = take(ring, pid) else { return false };
    // SAFETY: the slot is ours until its state says otherwise, and has room. Should the reader
    // have retired it meanwhile, then nobody uses it again.
    unsafe {
        core::ptr::copy_nonoverlapping(record.as_ptr(), slot.record.get().cast(), record.len());
    }
    let full = SlotState { pid: 0, phase: Phase::Full, ..busy };
    let given =
        slot.state.compare_exchange(busy.word(), full.word(), Ordering::AcqRel, Ordering::Relaxed);
    if given.is_err() {
        return false;
    }
    wake(ring.head);
    true
}

/// Counts an event that is lost.
pub(crate) fn count_dropped() {
    if let Some(ring) = ring() {
        ring.head.dropped.0.fetch_add(1, Ordering::Relaxed);
        wake(ring.head);
    }
}

/// Takes the next free slot.
fn take(ring: Ring, pid: u32) -> Option<(&'static Slot, SlotState)> {
    let Ring { head, slots } = ring;
    let start: *const RingHead = head;
    for _ in 0..MOST_TRIES {
        let ticket = head.next.0.load(Ordering::Acquire);
        let (lap, index) =
            (ticket >> slots.trailing_zeros(), ticket & u64::from(slots.wrapping_sub(1)));
        // SAFETY: the index is below the number of slots, which the mapping holds.
        let slot =
            unsafe { &*start.cast::<u8>().add(RING_HEAD).cast::<Slot>().add(index as usize) };
        let word = slot.state.load(Ordering::Acquire);
        let state = SlotState::of(word);
        let busy = SlotState { lap, pid, phase: Phase::Busy };
        let free = state.phase == Phase::Free && state.lap == lap;
        let taken = free
            && slot
                .state
                .compare_exchange(word, busy.word(), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        let behind = state.phase != Phase::Retired && state.lap < lap;
        if behind {
            return None;
        }
        if taken || !free {
            // Whoever took it may be gone: everybody helps to go on.
            let after = ticket.wrapping_add(1);
            let _ =
                head.next.0.compare_exchange(ticket, after, Ordering::AcqRel, Ordering::Relaxed);
        }
        if taken {
            return Some((slot, busy));
        }
    }
    None
}

fn wake(ring: &RingHead) {
    // The reader says that it sleeps and then looks once more: one of both sees the other.
    fence(Ordering::SeqCst);
    let waiting = &ring.waiting.0;
    if waiting.load(Ordering::Relaxed) != 0 && waiting.swap(0, Ordering::AcqRel) != 0 {
        sys::wake(waiting.as_ptr());
    }
}
