//! The files that this process has open for writing: the path of each descriptor, kept from
//! the time when it was opened, and of each mapping that is shared.
//!
//! The table is a shortcut and never the truth. What is not in it is asked of the system when
//! it is closed. It belongs to one process: the child of a `vfork` sees its parent's memory
//! and must not touch it.

use super::draft::Draft;
use super::sys;
use super::wire::{HEADER, SLOT_ROOM};
use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Descriptors above are not kept.
const DESCRIPTORS: usize = 1024;
/// Mappings that are kept; they follow the descriptors.
const MAPPINGS: usize = 64;
const PLACES: usize = DESCRIPTORS + MAPPINGS;
/// Longest path that is kept.
const ROOM: usize = SLOT_ROOM - HEADER;

/// One open file, however many descriptors and mappings it has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Family(u32);

/// Nothing is known of the descriptor.
const UNKNOWN: u32 = 0;
/// The descriptor was opened outside of every root: it need not be looked at again.
const FOREIGN: u32 = 1;

struct Path {
    bytes: [u8; ROOM],
    length: usize,
}

struct Table {
    /// The process that the table belongs to.
    owner: AtomicU32,
    families: [AtomicU32; PLACES],
    paths: [UnsafeCell<Path>; PLACES],
    /// Where each mapping begins.
    starts: [AtomicUsize; MAPPINGS],
    last_family: AtomicU32,
    /// No place from here on was ever used.
    end: AtomicUsize,
    mappings: AtomicUsize,
}

// SAFETY: a path is written before its family is, by the thread that the system gave the
// descriptor to, and read by the one that closes it. Programs that close a descriptor in one
// thread while another opens it have the path of one of both.
unsafe impl Sync for Table {}

static TABLE: Table = Table {
    owner: AtomicU32::new(0),
    families: [const { AtomicU32::new(0) }; PLACES],
    paths: [const { UnsafeCell::new(Path { bytes: [0; ROOM], length: 0 }) }; PLACES],
    starts: [const { AtomicUsize::new(0) }; MAPPINGS],
    last_family: AtomicU32::new(0),
    end: AtomicUsize::new(0),
    mappings: AtomicUsize::new(0),
};

/// Makes the table this process's: when it begins, and in the child of a `fork`.
pub(crate) fn own() {
    TABLE.owner.store(sys::getpid(), Ordering::Relaxed);
    VFORKED.store(0, Ordering::Relaxed);
}

/// How many children of a `vfork` run in this memory. Without one the process's number need
/// not be asked for at every call.
pub(crate) static VFORKED: AtomicU32 = AtomicU32::new(0);

/// Whether the table is this process's.
pub(crate) fn is_ours() -> bool {
    VFORKED.load(Ordering::Relaxed) == 0 || TABLE.owner.load(Ordering::Relaxed) == sys::getpid()
}

/// The process's number.
pub(crate) fn pid() -> u32 {
    match VFORKED.load(Ordering::Relaxed) {
        0 => TABLE.owner.load(Ordering::Relaxed),
        _ => sys::getpid(),
    }
}

fn place(descriptor: c_int) -> Option<usize> {
    usize::try_from(descriptor).ok().filter(|place| *place < DESCRIPTORS)
}

fn family_at(place: usize) -> Option<Family> {
    let family = TABLE.families.get(place)?.load(Ordering::Acquire);
    (family > FOREIGN).then_some(Family(family))
}

fn set(place: usize, family: u32) {
    if let Some(cell) = TABLE.families.get(place) {
        cell.store(family, Ordering::Release);
        if family > FOREIGN {
            TABLE.end.fetch_max(place.wrapping_add(1), Ordering::Relaxed);
        }
    }
}

fn kept(place: usize) -> &'static [u8] {
    let Some(cell) = TABLE.paths.get(place) else { return &[] };
    // SAFETY: see `Table`.
    let path = unsafe { &*cell.get() };
    path.bytes.get(..path.length).unwrap_or(&[])
}

fn keep(place: usize, bytes: &[u8]) -> bool {
    let Some(cell) = TABLE.paths.get(place) else { return false };
    if bytes.len() > ROOM {
        return false;
    }
    // SAFETY: see `Table`; the bytes fit. They may be those of this very place.
    unsafe {
        core::ptr::copy(bytes.as_ptr(), (&raw mut (*cell.get()).bytes).cast(), bytes.len());
        (*cell.get()).length = bytes.len();
    }
    true
}

/// The file that the descriptor was opened on, as far as the table knows.
pub(crate) fn family(descriptor: c_int) -> Option<Family> {
    place(descriptor).and_then(family_at)
}

/// Keeps the path of a file that was just opened.
pub(crate) fn open(descriptor: c_int, path: &[u8]) {
    let Some(place) = place(descriptor) else { return };
    if keep(place, path) {
        let number = TABLE.last_family.fetch_add(1, Ordering::Relaxed);
        set(place, number.wrapping_add(FOREIGN + 1).max(FOREIGN + 1));
    }
}

/// Keeps that a file was opened outside of every root.
pub(crate) fn open_elsewhere(descriptor: c_int) {
    if let Some(place) = place(descriptor) {
        set(place, FOREIGN);
    }
}

/// Forgets a descriptor that is about to be closed, if its file is outside of every root;
/// whether it is.
pub(crate) fn take_elsewhere(descriptor: c_int) -> bool {
    let cell = place(descriptor).and_then(|place| TABLE.families.get(place));
    cell.is_some_and(|cell| {
        cell.load(Ordering::Relaxed) == FOREIGN && {
            cell.store(UNKNOWN, Ordering::Relaxed);
            true
        }
    })
}

/// Keeps that `copy` is the same open file as `descriptor`.
pub(crate) fn copy(descriptor: c_int, copy: c_int) {
    let (Some(from), Some(to)) = (place(descriptor), place(copy)) else { return };
    if let Some(family) = family_at(from).filter(|_| from != to && keep(to, kept(from))) {
        set(to, family.0);
    }
}

/// Forgets a descriptor that is about to be closed, and puts its path into the draft.
pub(crate) fn take(descriptor: c_int, draft: &mut Draft) -> Option<Family> {
    take_place(place(descriptor)?, draft)
}

fn take_place(place: usize, draft: &mut Draft) -> Option<Family> {
    let family = family_at(place)?;
    draft.push(kept(place));
    set(place, UNKNOWN);
    Some(family)
}

/// Keeps a descriptor again that was taken and not closed after all.
pub(crate) fn put_back(descriptor: c_int, family: Family, path: &[u8]) {
    if let Some(place) = place(descriptor).filter(|place| keep(*place, path)) {
        set(place, family.0);
    }
}

/// Whether another descriptor or mapping of this open file is left.
pub(crate) fn is_held(family: Family) -> bool {
    held_below(family, TABLE.end.load(Ordering::Relaxed))
}

fn held_below(family: Family, end: usize) -> bool {
    let places = TABLE.families.get(..end).unwrap_or(&[]);
    places.iter().any(|other| other.load(Ordering::Relaxed) == family.0)
}

/// The descriptors from `first` to `last` that are kept.
pub(crate) fn descriptors(first: u32, last: u32) -> impl Iterator<Item = c_int> {
    let end = TABLE.end.load(Ordering::Relaxed).min(DESCRIPTORS) as u32;
    (first..end.min(last.saturating_add(1)))
        .filter(|place| family_at(*place as usize).is_some())
        .map(|place| place as c_int)
}

/// Every open file once, descriptors and mappings: its first place and its path.
pub(crate) fn each_file(mut tell: impl FnMut(usize, &[u8])) {
    for place in 0..TABLE.end.load(Ordering::Relaxed) {
        if family_at(place).is_some_and(|family| !held_below(family, place)) {
            tell(place, kept(place));
        }
    }
}

/// Keeps that a descriptor's file is mapped from `start` on.
pub(crate) fn map(descriptor: c_int, start: usize) {
    let Some((from, family)) = place(descriptor).and_then(|p| Some((p, family_at(p)?))) else {
        return;
    };
    let free = (DESCRIPTORS..PLACES).find(|place| family_at(*place).is_none());
    if let Some(to) = free.filter(|to| keep(*to, kept(from))) {
        if let Some(cell) = TABLE.starts.get(to.wrapping_sub(DESCRIPTORS)) {
            cell.store(start, Ordering::Relaxed);
        }
        set(to, family.0);
        TABLE.mappings.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether any mapping is kept.
pub(crate) fn has_mappings() -> bool {
    TABLE.mappings.load(Ordering::Relaxed) != 0
}

/// Forgets one mapping that begins in `start..end`, and puts its path into the draft.
pub(crate) fn take_mapping(start: usize, end: usize, draft: &mut Draft) -> Option<Family> {
    let family = take_place(mapping_in(start, end)?, draft)?;
    TABLE.mappings.fetch_sub(1, Ordering::Relaxed);
    Some(family)
}

/// Puts the path of the mapping that begins in `start..end` into the draft.
pub(crate) fn look_at_mapping(start: usize, end: usize, draft: &mut Draft) -> bool {
    mapping_in(start, end).is_some_and(|place| draft.push(kept(place)))
}

fn mapping_in(start: usize, end: usize) -> Option<usize> {
    let begins = |index: usize| TABLE.starts.get(index).map(|cell| cell.load(Ordering::Relaxed));
    (0..MAPPINGS)
        .filter(|index| begins(*index).is_some_and(|at| (start..end).contains(&at)))
        .map(|index| DESCRIPTORS.wrapping_add(index))
        .find(|place| family_at(*place).is_some())
}

/// Follows a rename in the paths that are kept: of the file, and of all below a directory.
pub(crate) fn rename(old: &[u8], new: &[u8]) {
    for place in 0..TABLE.end.load(Ordering::Relaxed) {
        if family_at(place).is_none() {
            continue;
        }
        let Some(rest) = kept(place).strip_prefix(old) else { continue };
        if rest.is_empty() || rest.first() == Some(&b'/') {
            let length = new.len().wrapping_add(rest.len());
            if length > ROOM {
                set(place, UNKNOWN);
                continue;
            }
            replace(place, new, rest.len());
        }
    }
}

/// Puts `new` before the last `rest` bytes of the path at `place`, which fit.
fn replace(place: usize, new: &[u8], rest: usize) {
    let Some(cell) = TABLE.paths.get(place) else { return };
    // SAFETY: see `Table`; both pieces were found to fit.
    unsafe {
        let path = cell.get();
        let bytes: *mut u8 = (&raw mut (*path).bytes).cast();
        let from = (*path).length.saturating_sub(rest);
        core::ptr::copy(bytes.add(from), bytes.add(new.len()), rest);
        core::ptr::copy_nonoverlapping(new.as_ptr(), bytes, new.len());
        (*path).length = new.len().wrapping_add(rest);
    }
}
