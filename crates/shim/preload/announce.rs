//! Events: which calls make one, and what it says. Called by the hooks after the call that
//! they stand before; nothing here changes what that call answered, nor `errno`.

use super::draft::{Draft, Place};
use super::table::{self, Family};
use super::wire::{self, Facts, Header, LONGEST_PATH, Operation};
use super::{ring, settings, spool, sys};
use core::ffi::{c_char, c_int};
use core::sync::atomic::{AtomicU64, Ordering};

/// Descriptors that a process may have inherited open for writing: shells redirect these.
const INHERITED: c_int = 10;

static PRODUCER: AtomicU64 = AtomicU64::new(0);
static SEQUENCE: AtomicU64 = AtomicU64::new(0);

/// Makes the table and the numbers this process's: when it begins, and in a forked child.
pub(crate) fn begin() {
    table::own();
    // Uptime has many more bits than two processes with one number are ever apart.
    let unique = sys::uptime_ns() ^ (u64::from(sys::getpid()) << 40);
    PRODUCER.store(unique, Ordering::Relaxed);
    SEQUENCE.store(0, Ordering::Relaxed);
}

fn send(draft: &mut Draft, operation: Operation, flags: u8, stat: Option<&sys::Stat>) {
    let (path, other) = draft.paths();
    let (path, other) = (path.len(), other.len());
    if path == 0 || path > LONGEST_PATH || other > LONGEST_PATH {
        return;
    }
    let header = Header {
        operation: operation as u8,
        flags: flags | if stat.is_some() { wire::FACTS } else { 0 },
        pid: table::pid(),
        producer: PRODUCER.load(Ordering::Relaxed),
        sequence: match operation {
            Operation::Opened => SEQUENCE.load(Ordering::Relaxed),
            _ => SEQUENCE.fetch_add(1, Ordering::Relaxed),
        },
        time_ns: sys::now_ns(),
        facts: stat.map_or(Facts::default(), facts),
        path: path as u16,
        other: other as u16,
    };
    let Some(record) = draft.record(&header.to_bytes(), header.record()) else { return };
    wire::seal(record);
    let told =
        ring::push(record, header.pid) || operation == Operation::Opened || spool::append(record);
    if !told {
        ring::count_dropped();
    }
}

fn facts(stat: &sys::Stat) -> Facts {
    Facts {
        device: stat.device,
        inode: stat.inode,
        size: stat.size,
        modified_ns: stat.modified_ns,
        mode: stat.mode,
    }
}

fn flags_of(place: Place) -> u8 {
    if place == Place::OursAsSpelt { wire::UNRESOLVED } else { 0 }
}

/// Tells of a path that a call named, seen from the open directory `directory`. Without a
/// name the call was about the directory's descriptor itself.
pub(crate) fn named(operation: Operation, directory: c_int, name: *const c_char) {
    if !settings::active() {
        return;
    }
    // SAFETY: null, or a string of C that the call has just read.
    if name.is_null() || unsafe { *name } == 0 {
        return of_descriptor(operation, directory);
    }
    let mut draft = Draft::new();
    let place = draft.locate(directory, name);
    if place.is_ours() {
        send(&mut draft, operation, flags_of(place), None);
    }
}

/// Tells of a change through a descriptor. One that can be written will be told of when it
/// is closed.
pub(crate) fn of_descriptor(operation: Operation, descriptor: c_int) {
    if !settings::active() || (table::family(descriptor).is_some() && table::is_ours()) {
        return;
    }
    let mut draft = Draft::new();
    let stat = sys::fstat(descriptor).filter(|stat| ring::may_hold_a_root(stat.device));
    if stat.is_some() && draft.locate_descriptor(descriptor).is_ours() {
        send(&mut draft, operation, 0, stat.as_ref());
    }
}

/// Tells of a call with two names: what is there now, and where it came from.
pub(crate) fn paired(
    operation: Operation,
    (directory, name): (c_int, *const c_char),
    (old_directory, old_name): (c_int, *const c_char),
) {
    if !settings::active() {
        return;
    }
    let mut draft = Draft::new();
    let place = draft.locate(directory, name);
    draft.begin_second();
    let old_place = draft.locate(old_directory, old_name);
    if !place.is_ours() && !old_place.is_ours() {
        return;
    }
    let (new, old) = draft.paths();
    if operation == Operation::Renamed && !old.is_empty() && table::is_ours() {
        table::rename(old, new);
    }
    send(&mut draft, operation, flags_of(place) | flags_of(old_place), None);
}

/// Tells of a file that was opened so that it can change, and keeps its path.
pub(crate) fn opened(descriptor: c_int, directory: c_int, name: *const c_char) {
    if !settings::active() {
        return;
    }
    let ours = table::is_ours();
    if ours {
        closed_unseen(descriptor);
    }
    let mut draft = Draft::new();
    if draft.locate_opened(descriptor, directory, name).is_ours() {
        if ours {
            table::open(descriptor, draft.paths().0);
        }
        send(&mut draft, Operation::Opened, 0, None);
    } else if ours {
        table::open_elsewhere(descriptor);
    }
}

/// Tells of the file that had this descriptor before, if it was closed past us.
pub(crate) fn closed_unseen(descriptor: c_int) {
    if !settings::active() || table::family(descriptor).is_none() || !table::is_ours() {
        return;
    }
    let mut draft = Draft::new();
    if table::take(descriptor, &mut draft).is_some() {
        send(&mut draft, Operation::Written, 0, None);
    }
}

/// A descriptor that is about to be closed.
pub(crate) struct Closing {
    draft: Draft,
    family: Option<Family>,
    stat: Option<sys::Stat>,
    ours: bool,
}

/// Looks at a descriptor before it is closed. `None` when nothing is to be told.
#[inline]
pub(crate) fn closing(descriptor: c_int) -> Option<Closing> {
    if !settings::active() || descriptor < 0 {
        return None;
    }
    let mut draft = Draft::new();
    if table::family(descriptor).is_some() && table::is_ours() {
        let family = table::take(descriptor, &mut draft);
        return Some(Closing { draft, family, stat: sys::fstat(descriptor), ours: true });
    }
    if table::is_ours() && table::take_elsewhere(descriptor) {
        return None;
    }
    let stat = inherited(descriptor, &mut draft)?;
    Some(Closing { draft, family: None, stat: Some(stat), ours: false })
}

/// What is known of a file that this process can write without having been seen to open it.
fn inherited(descriptor: c_int, draft: &mut Draft) -> Option<sys::Stat> {
    let flags = c_int::try_from(sys::fcntl(descriptor, sys::F_GETFL)).ok()?;
    if flags < 0 || flags & sys::O_ACCMODE == sys::O_RDONLY || flags & sys::O_PATH != 0 {
        return None;
    }
    let stat = sys::fstat(descriptor).filter(sys::Stat::is_regular)?;
    let possible = stat.links > 0 && ring::may_hold_a_root(stat.device);
    (possible && draft.locate_descriptor(descriptor).is_ours()).then_some(stat)
}

impl Closing {
    /// Tells that it is closed, where no other descriptor of the file is left.
    pub(crate) fn done(&mut self) {
        if !self.family.is_some_and(table::is_held) {
            send(&mut self.draft, Operation::Written, 0, self.stat.as_ref());
        }
    }

    /// The same, where the file was still written while it was closed.
    pub(crate) fn done_with_buffers(&mut self) {
        self.stat = None;
        self.done();
    }

    /// Takes it back: the descriptor was not closed.
    pub(crate) fn undo(&mut self, descriptor: c_int) {
        if let (true, Some(family)) = (self.ours, self.family) {
            table::put_back(descriptor, family, self.draft.paths().0);
        }
    }
}

/// Tells of every file that is still open for writing: the process is about to end.
pub(crate) fn ending() {
    if !settings::active() {
        return;
    }
    let ours = table::is_ours();
    if ours {
        table::each_file(|_, path| still_open(path, wire::ENDING));
    }
    for descriptor in 0..INHERITED {
        let mut draft = Draft::new();
        if ours && table::family(descriptor).is_some() {
            continue;
        }
        if let Some(stat) = inherited(descriptor, &mut draft) {
            send(&mut draft, Operation::Written, wire::ENDING, Some(&stat));
        }
    }
}

/// The same, as the loader calls it.
pub(crate) extern "C" fn ending_at_exit() {
    ending();
}

/// Tells of the files that are closed when another program takes over this process.
pub(crate) fn replacing() {
    if !settings::active() || !table::is_ours() {
        return;
    }
    table::each_file(|place, path| {
        // A place that is no descriptor is a mapping's, which never survives.
        let flags = sys::fcntl(place as c_int, sys::F_GETFD);
        if flags < 0 || flags & sys::FD_CLOEXEC != 0 {
            still_open(path, wire::ENDING);
        }
    });
}

fn still_open(path: &[u8], flags: u8) {
    let mut draft = Draft::new();
    if draft.push(path) {
        send(&mut draft, Operation::Written, flags, None);
    }
}

/// Tells that one mapping that begins in `start..end` is gone; whether there was one.
pub(crate) fn unmapped(start: usize, end: usize) -> bool {
    let mut draft = Draft::new();
    let Some(family) = table::take_mapping(start, end, &mut draft) else { return false };
    if !table::is_held(family) {
        send(&mut draft, Operation::Written, 0, None);
    }
    true
}

/// Tells that a mapping was written back.
pub(crate) fn synchronised(start: usize, end: usize) {
    let mut draft = Draft::new();
    if table::look_at_mapping(start, end, &mut draft) {
        send(&mut draft, Operation::Changed, 0, None);
    }
}
