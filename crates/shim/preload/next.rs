//! The next definition of a function behind ours: the C library's, or another preloaded
//! library's that comes after us.
//!
//! `dlsym` would do, but before glibc 2.34 it lives in a library that most programs do not
//! load, it takes the loader's lock, and it allocates. So the objects that the loader has
//! mapped when we begin are noted once, and their tables of symbols are read here. Those
//! objects stay for the life of the process. Source: the ELF gABI and the GNU hash section.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int, c_void};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// Objects behind us that are looked at. The C library is among the first few in any program
/// but those that load hundreds; there it is still among these.
const MOST_OBJECTS: usize = 1024;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_GNU_HASH: u64 = 0x6fff_fef5;
const DT_VERSYM: u64 = 0x6fff_fff0;
const STT_FUNC: u8 = 2;
const VERSION_HIDDEN: u16 = 0x8000;
/// What is kept for a function that nobody defines.
const NOBODY: *mut c_void = core::ptr::dangling_mut();

#[repr(C)]
struct ObjectInfo {
    base: usize,
    name: *const c_char,
    segments: *const Segment,
    count: u16,
}

#[repr(C)]
struct Segment {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    physical: u64,
    file_size: u64,
    memory_size: u64,
    align: u64,
}

#[repr(C)]
struct Symbol {
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: u64,
    size: u64,
}

unsafe extern "C" {
    fn dl_iterate_phdr(
        each: unsafe extern "C" fn(*const ObjectInfo, usize, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
}

/// The tables of one object.
#[derive(Clone, Copy)]
struct Object {
    base: usize,
    symbols: *const Symbol,
    names: *const u8,
    hash: *const u32,
    versions: *const u16,
}

/// The objects behind us, in the loader's order.
struct Objects {
    noted: UnsafeCell<[Object; MOST_OBJECTS]>,
    /// How many are complete; they never change after that.
    count: AtomicUsize,
    state: AtomicU32,
}

// SAFETY: `noted` is written by the one who changes `state`, before it raises `count`.
unsafe impl Sync for Objects {}

const EMPTY: Object = Object {
    base: 0,
    symbols: core::ptr::null(),
    names: core::ptr::null(),
    hash: core::ptr::null(),
    versions: core::ptr::null(),
};
static OBJECTS: Objects = Objects {
    noted: UnsafeCell::new([EMPTY; MOST_OBJECTS]),
    count: AtomicUsize::new(0),
    state: AtomicU32::new(0),
};

/// A function by its name, found when it is first needed.
pub(crate) struct Next {
    name: &'static [u8],
    found: AtomicPtr<c_void>,
}

impl Next {
    /// The function `name`, which ends in a zero byte.
    pub(crate) const fn new(name: &'static str) -> Next {
        Next { name: name.as_bytes(), found: AtomicPtr::new(core::ptr::null_mut()) }
    }

    /// Where it is; `None` when nobody behind us defines it.
    #[inline]
    pub(crate) fn address(&self) -> Option<*mut c_void> {
        match self.found.load(Ordering::Relaxed) {
            known if known.is_null() => self.search(),
            NOBODY => None,
            known => Some(known),
        }
    }

    #[cold]
    fn search(&self) -> Option<*mut c_void> {
        note_objects();
        let found = find(self.name);
        if OBJECTS.state.load(Ordering::Acquire) == 2 {
            self.found.store(found.unwrap_or(NOBODY), Ordering::Relaxed);
        }
        found
    }
}

/// The C library's `clock_gettime`, which mostly need not ask the kernel.
pub(crate) fn clock_gettime() -> Option<ClockGettime> {
    static CLOCK: Next = Next::new("clock_gettime\0");
    let address = CLOCK.address()?;
    // SAFETY: the C library's signature, with `struct timespec` as two numbers.
    Some(unsafe { core::mem::transmute::<*mut c_void, ClockGettime>(address) })
}

/// Takes the number of a clock, and writes its seconds and nanoseconds.
pub(crate) type ClockGettime = unsafe extern "C" fn(c_int, *mut u64) -> c_int;

/// Notes the objects, once. Who comes while another thread does so looks at what is complete.
pub(crate) fn note_objects() {
    let state = &OBJECTS.state;
    if state.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        let mut passed_ourselves = false;
        // SAFETY: the callback treats the data as what it is, and ends before we return.
        unsafe { dl_iterate_phdr(note, (&raw mut passed_ourselves).cast()) };
        state.store(2, Ordering::Release);
    }
    // Whoever is not the one who notes waits a little: in the time of constructors there is
    // one thread, so that this loop is as good as never entered.
    for _ in 0..1_000_000 {
        if state.load(Ordering::Acquire) == 2 {
            return;
        }
        core::hint::spin_loop();
    }
}

unsafe extern "C" fn note(info: *const ObjectInfo, _size: usize, data: *mut c_void) -> c_int {
    // SAFETY: the loader gives a valid object, and we gave a `bool`.
    let (info, passed) = unsafe { (&*info, &mut *data.cast::<bool>()) };
    // SAFETY: the loader tells where the program headers are and how many.
    let segments = unsafe { core::slice::from_raw_parts(info.segments, info.count as usize) };
    if !*passed {
        *passed = is_ours(info.base, segments);
        return 0;
    }
    let count = OBJECTS.count.load(Ordering::Relaxed);
    if let (Some(object), true) = (tables(info.base, segments), count < MOST_OBJECTS) {
        // SAFETY: only the one thread that notes comes here, and nobody reads from `count` on.
        unsafe { OBJECTS.noted.get().cast::<Object>().add(count).write(object) };
        OBJECTS.count.store(count.wrapping_add(1), Ordering::Release);
    }
    0
}

fn is_ours(base: usize, segments: &[Segment]) -> bool {
    let here = (&raw const OBJECTS) as usize;
    segments.iter().filter(|segment| segment.kind == PT_LOAD).any(|segment| {
        let start = base.wrapping_add(segment.address as usize);
        here.wrapping_sub(start) < segment.memory_size as usize
    })
}

/// The tables of an object that has all that is needed to find a symbol quickly.
fn tables(base: usize, segments: &[Segment]) -> Option<Object> {
    let dynamic = segments.iter().find(|segment| segment.kind == PT_DYNAMIC)?;
    let mut entry = base.wrapping_add(dynamic.address as usize) as *const [u64; 2];
    // Some loaders leave addresses in this table as they are in the file.
    let place = |value: u64| match value as usize {
        value if value < base => base.wrapping_add(value),
        value => value,
    };
    let mut object = Object { base, ..EMPTY };
    // SAFETY: the table ends with an entry of kind 0.
    while let [kind, value] = unsafe { *entry }
        && kind != 0
    {
        match kind {
            DT_STRTAB => object.names = place(value) as *const u8,
            DT_SYMTAB => object.symbols = place(value) as *const Symbol,
            DT_GNU_HASH => object.hash = place(value) as *const u32,
            DT_VERSYM => object.versions = place(value) as *const u16,
            _ => {}
        }
        // SAFETY: the entry that ends the table comes later.
        entry = unsafe { entry.add(1) };
    }
    let complete = !object.names.is_null() && !object.symbols.is_null() && !object.hash.is_null();
    complete.then_some(object)
}

fn find(name: &[u8]) -> Option<*mut c_void> {
    let count = OBJECTS.count.load(Ordering::Acquire);
    let hash = hash_of(name);
    for index in 0..count {
        // SAFETY: objects below `count` are complete and never change.
        let object = unsafe { *OBJECTS.noted.get().cast::<Object>().add(index) };
        // SAFETY: the tables are those of a mapped object, as the loader reads them.
        if let Some(found) = unsafe { object.find(name, hash) } {
            return Some(found as *mut c_void);
        }
    }
    None
}

fn hash_of(name: &[u8]) -> u32 {
    let letters = name.iter().take_while(|letter| **letter != 0);
    letters.fold(5381, |hash: u32, letter| hash.wrapping_mul(33).wrapping_add(u32::from(*letter)))
}

impl Object {
    /// The address of the function `name`, where this object defines it for all to see.
    ///
    /// # Safety
    /// The tables are those of an object that is mapped.
    unsafe fn find(&self, name: &[u8], hash: u32) -> Option<usize> {
        // SAFETY: the layout of a GNU hash section, from its head on.
        unsafe {
            let [buckets, first, words, shift] = *self.hash.cast::<[u32; 4]>();
            let filter = self.hash.add(4).cast::<u64>();
            let word = *filter.add((hash / 64).checked_rem(words)? as usize);
            let twice = hash.checked_shr(shift).unwrap_or(0);
            if (word >> (hash % 64)) & (word >> (twice % 64)) & 1 == 0 {
                return None;
            }
            let bucket = filter.add(words as usize).cast::<u32>();
            let chain = bucket.add(buckets as usize);
            let mut index = *bucket.add(hash.checked_rem(buckets)? as usize);
            while index >= first {
                let link = *chain.add(index.wrapping_sub(first) as usize);
                if link | 1 == hash | 1 && self.is(index, name) {
                    let symbol = &*self.symbols.add(index as usize);
                    return Some(self.base.wrapping_add(symbol.value as usize));
                }
                if link & 1 == 1 {
                    return None;
                }
                index = index.wrapping_add(1);
            }
            None
        }
    }

    /// Whether the symbol at `index` is the function `name`, in its default version.
    unsafe fn is(&self, index: u32, name: &[u8]) -> bool {
        // SAFETY: `index` came from the object's own hash section.
        unsafe {
            let symbol = &*self.symbols.add(index as usize);
            if symbol.section == 0 || symbol.info & 15 != STT_FUNC {
                return false;
            }
            if !self.versions.is_null() && *self.versions.add(index as usize) & VERSION_HIDDEN != 0
            {
                return false;
            }
            let theirs = self.names.add(symbol.name as usize);
            name.iter().enumerate().all(|(at, letter)| *theirs.add(at) == *letter)
        }
    }
}
