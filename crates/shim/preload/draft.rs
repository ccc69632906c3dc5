//! An event while it is put together: room for the header, then the absolute path, then a
//! second one. It lies on the caller's stack, which may be small; a path that does not fit
//! takes a mapping of its own for as long as the draft lives.

use super::wire::{HEADER, LONGEST, LONGEST_PATH, SLOT_ROOM};
use super::{path, ring, settings, sys};
use core::ffi::{c_char, c_int};
use core::mem::MaybeUninit;

/// Bytes of a long draft: two paths, and a third while it is being resolved.
const LONG: usize = 4 * 4096;
const _: () = assert!(LONG >= LONGEST + LONGEST_PATH);
/// Longest text of `/proc/self/fd/N` with its zero byte.
const PROC_ROOM: usize = 32;

/// Where a name leads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Below a root, by the path that the system knows it by.
    Ours,
    /// Below a root, as the program spelt it: the system did not tell more.
    OursAsSpelt,
    /// Anywhere else, or nobody can tell.
    Elsewhere,
}

impl Place {
    pub(crate) fn is_ours(self) -> bool {
        self != Place::Elsewhere
    }
}

/// An event while it is put together.
pub(crate) struct Draft {
    short: [MaybeUninit<u8>; SLOT_ROOM],
    /// Null as long as the short room suffices.
    long: *mut u8,
    used: usize,
    /// Where the second path begins; 0 while there is none.
    second: usize,
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.long.is_null() {
            // SAFETY: only this draft knows the mapping.
            unsafe { sys::unmap(self.long, LONG) };
        }
    }
}

impl Draft {
    #[inline]
    pub(crate) fn new() -> Draft {
        let short = [const { MaybeUninit::uninit() }; SLOT_ROOM];
        Draft { short, long: core::ptr::null_mut(), used: HEADER, second: 0 }
    }

    fn room(&mut self) -> (*mut u8, usize) {
        match self.long.is_null() {
            true => (self.short.as_mut_ptr().cast(), SLOT_ROOM),
            false => (self.long, LONG),
        }
    }

    /// Moves what there is to a mapping; whether there is more room now.
    #[cold]
    fn grow(&mut self) -> bool {
        if !self.long.is_null() {
            return false;
        }
        let Some(long) = sys::map(LONG, sys::MAP_PRIVATE | sys::MAP_ANONYMOUS, -1) else {
            return false;
        };
        let used = self.used.min(SLOT_ROOM);
        // SAFETY: both have room for `used`, and the mapping is new.
        unsafe { core::ptr::copy_nonoverlapping(self.short.as_ptr().cast(), long, used) };
        self.long = long;
        true
    }

    /// The bytes from `start` up to what is used. All of them were written: only those who
    /// write raise `used`.
    fn text(&mut self, start: usize) -> &mut [u8] {
        let length = self.used.saturating_sub(start);
        // SAFETY: `used` is never above the room.
        unsafe { core::slice::from_raw_parts_mut(self.room().0.add(start), length) }
    }

    /// The path, and the second one.
    pub(crate) fn paths(&mut self) -> (&[u8], &[u8]) {
        let (used, second) = (self.used, self.second);
        let first = if second == 0 { used } else { second };
        let all: &[u8] = self.text(HEADER);
        let split = first.saturating_sub(HEADER);
        (all.get(..split).unwrap_or(&[]), all.get(split..).unwrap_or(&[]))
    }

    /// The first `length` bytes of the record, which begins with `header`; the bytes behind
    /// the paths are zeros.
    pub(crate) fn record(&mut self, header: &[u8; HEADER], length: usize) -> Option<&mut [u8]> {
        while length > self.room().1 {
            if !self.grow() {
                return None;
            }
        }
        let used = self.used;
        let (room, _) = self.room();
        // SAFETY: the room has `length` bytes, and all below `used` were written.
        unsafe {
            core::ptr::copy_nonoverlapping(header.as_ptr(), room, HEADER);
            core::ptr::write_bytes(room.add(used), 0, length.saturating_sub(used));
            Some(core::slice::from_raw_parts_mut(room, length))
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        while self.room().1.saturating_sub(self.used) < bytes.len() {
            if !self.grow() {
                return false;
            }
        }
        let used = self.used;
        // SAFETY: there is room, and nobody else refers to it.
        unsafe {
            let end = self.room().0.add(used);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), end, bytes.len());
        }
        self.used = used.wrapping_add(bytes.len());
        true
    }

    /// Appends what a call of the system writes; whether it is an absolute path.
    fn push_by(&mut self, ask: impl Fn(*mut u8, usize) -> Answer) -> bool {
        loop {
            let used = self.used;
            let (room, size) = self.room();
            // SAFETY: `used` is never above the room.
            let (end, left) = (unsafe { room.add(used) }, size.saturating_sub(used));
            match ask(end, left) {
                // SAFETY: at least one byte was written.
                Answer::Length(length @ 1..) if unsafe { *end } == b'/' => {
                    self.used = used.wrapping_add(length.min(left));
                    return true;
                }
                Answer::TooLong if self.grow() => {}
                _ => return false,
            }
        }
    }

    fn push_working_directory(&mut self) -> bool {
        self.push_by(|room, size| {
            // SAFETY: `room` has `size` bytes.
            match unsafe { sys::getcwd(room, size) } {
                length @ 1.. => Answer::Length(length.wrapping_sub(1) as usize),
                ERANGE => Answer::TooLong,
                _ => Answer::Nothing,
            }
        })
    }

    /// Appends the path by which the system knows an open file.
    fn push_descriptor(&mut self, descriptor: c_int) -> bool {
        let link = proc_link(descriptor);
        self.push_by(|room, size| {
            // SAFETY: the link ends with a zero byte, and `room` has `size` bytes.
            match unsafe { sys::readlink(link.as_ptr(), room, size) } {
                length @ 1.. if (length as usize) < size => Answer::Length(length as usize),
                length @ 1.. if length as usize == size => Answer::TooLong,
                _ => Answer::Nothing,
            }
        })
    }

    /// Begins the second path.
    pub(crate) fn begin_second(&mut self) {
        self.second = self.used;
    }

    /// Appends the absolute path of an open file, where it is below a root.
    pub(crate) fn locate_descriptor(&mut self, descriptor: c_int) -> Place {
        let start = self.used;
        match self.push_descriptor(descriptor) && settings::is_below_a_root(self.text(start)) {
            true => Place::Ours,
            false => Place::Elsewhere,
        }
    }

    /// Appends the path of a file that was just opened by `name`: as it was spelt where that
    /// is below a root, else as the system knows it.
    pub(crate) fn locate_opened(
        &mut self,
        descriptor: c_int,
        directory: c_int,
        name: *const c_char,
    ) -> Place {
        let start = self.used;
        if self.spell(directory, name).is_some_and(|climbs| !climbs)
            && settings::is_below_a_root(self.text(start))
        {
            return Place::Ours;
        }
        self.used = start;
        match sys::fstat(descriptor) {
            Some(stat) if stat.is_regular() && ring::may_hold_a_root(stat.device) => {
                self.locate_descriptor(descriptor)
            }
            _ => Place::Elsewhere,
        }
    }

    /// Appends the absolute path of `name`, seen from the open directory `directory`.
    pub(crate) fn locate(&mut self, directory: c_int, name: *const c_char) -> Place {
        let start = self.used;
        let Some(climbs) = self.spell(directory, name) else {
            self.used = start;
            return Place::Elsewhere;
        };
        let below = settings::is_below_a_root(self.text(start));
        if below && !climbs {
            return Place::Ours;
        }
        // SAFETY: a string of C, as `spell` took it to be.
        let spelt = unsafe { sys::bytes_of(name, LONGEST_PATH) };
        if !climbs && !spelt.contains(&b'/') {
            // The directory that it was spelt from is one that the system told of.
            return Place::Elsewhere;
        }
        match self.resolve_parent(start) {
            Some(true) => Place::Ours,
            Some(false) => Place::Elsewhere,
            None if below => Place::OursAsSpelt,
            None => Place::Elsewhere,
        }
    }

    /// Appends `name` as an absolute path without `.` and doubled slashes; whether it climbs
    /// through `..`. `None` when the working directory cannot be told, or the name is empty.
    fn spell(&mut self, directory: c_int, name: *const c_char) -> Option<bool> {
        let start = self.used;
        // SAFETY: the call that we stand behind took it for a string of C, and succeeded.
        let name = unsafe { sys::bytes_of(name, LONGEST_PATH) };
        let fits = match name.first()? {
            b'/' => true,
            _ if directory == sys::AT_FDCWD => self.push_working_directory() && self.push(b"/"),
            _ => self.push_descriptor(directory) && self.push(b"/"),
        };
        if !fits || !self.push(name) {
            return None;
        }
        let tidied = path::tidy(self.text(start));
        self.used = start.wrapping_add(tidied.length);
        Some(tidied.climbs)
    }

    /// Replaces the directory of the path at `start` by the one that the system finds there.
    /// `None` when it finds none; else whether the path is below a root now.
    #[cold]
    fn resolve_parent(&mut self, start: usize) -> Option<bool> {
        let split = start.wrapping_add(path::parent(self.text(start)));
        let end = self.used;
        let parent = self.open_directory(start, split)?;
        let possible = sys::fstat(parent).is_some_and(|s| ring::may_hold_a_root(s.device));
        let found = possible && self.push_descriptor(parent);
        sys::close(parent);
        if !possible {
            self.used = end;
            return Some(false);
        }
        if !found || !self.push_own(split, end) {
            self.used = end;
            return None;
        }
        let length = self.used.saturating_sub(end);
        let (room, _) = self.room();
        // SAFETY: both lie in what is used; they may overlap.
        unsafe { core::ptr::copy(room.add(end), room.add(start), length) };
        self.used = start.wrapping_add(length);
        self.used = start.wrapping_add(path::tidy(self.text(start)).length);
        Some(settings::is_below_a_root(self.text(start)))
    }

    /// Opens the directory whose name lies from `start` to `split`, only to name it.
    fn open_directory(&mut self, start: usize, split: usize) -> Option<c_int> {
        let flags = sys::O_PATH | sys::O_DIRECTORY | sys::O_CLOEXEC;
        let end = self.used;
        // The name has to end with a zero byte: it is copied behind what is used.
        let copied = match split <= start.wrapping_add(1) {
            true => self.push(b"/"),
            false => self.push_own(start, split),
        } && self.push(&[0]);
        self.used = end;
        if !copied {
            return None;
        }
        let (room, _) = self.room();
        // SAFETY: the copy ends with a zero byte.
        let descriptor = unsafe { sys::open(room.add(end), flags, 0) };
        (descriptor >= 0).then_some(descriptor)
    }

    /// Appends a copy of what lies from `start` to `end`.
    fn push_own(&mut self, start: usize, end: usize) -> bool {
        let length = end.saturating_sub(start);
        while self.room().1.saturating_sub(self.used) < length {
            if !self.grow() {
                return false;
            }
        }
        let used = self.used;
        let (room, _) = self.room();
        // SAFETY: `start..end` is below `used`, and there is room behind it.
        unsafe { core::ptr::copy_nonoverlapping(room.add(start), room.add(used), length) };
        self.used = used.wrapping_add(length);
        true
    }
}

/// What a call of the system that writes a path answers.
enum Answer {
    Length(usize),
    TooLong,
    Nothing,
}

/// What `getcwd` answers when there is too little room.
const ERANGE: isize = -34;

/// `/proc/self/fd/N`, with zero bytes behind it.
fn proc_link(descriptor: c_int) -> [u8; PROC_ROOM] {
    let mut link = [0; PROC_ROOM];
    let mut digits = [0; 10];
    let mut count: usize = 0;
    let mut rest = descriptor.unsigned_abs();
    for digit in &mut digits {
        *digit = b'0'.wrapping_add((rest % 10) as u8);
        rest /= 10;
        count = count.wrapping_add(1);
        if rest == 0 {
            break;
        }
    }
    let number = digits.get(..count).unwrap_or(&[]).iter().rev();
    for (to, from) in link.iter_mut().zip(b"/proc/self/fd/".iter().chain(number)) {
        *to = *from;
    }
    link
}
