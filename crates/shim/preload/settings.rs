//! What the environment asks for: `BOATLIFT_SHIM_ROOTS`, `BOATLIFT_SHIM_RING` and
//! `BOATLIFT_SHIM_SPOOL`. It is copied when the process begins, because programs write over
//! their environment. Without roots every call goes straight through.

use super::{next, sys};
use core::cell::UnsafeCell;
use core::ffi::c_char;
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes of each setting, with its zero byte.
const ROOM: usize = 4096;
/// Most roots.
const MOST_ROOTS: usize = 16;

const UNREAD: u32 = 0;
const READING: u32 = 1;
const ACTIVE: u32 = 2;
const INERT: u32 = 3;

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// A setting's text, which ends in a zero byte.
#[derive(Clone, Copy)]
struct Text {
    bytes: [u8; ROOM],
    length: usize,
}

struct Settings {
    roots: UnsafeCell<Text>,
    ring: UnsafeCell<Text>,
    spool: UnsafeCell<Text>,
    state: AtomicU32,
}

// SAFETY: the texts are written by the one who moves `state` on, before anybody reads them.
unsafe impl Sync for Settings {}

const NONE: Text = Text { bytes: [0; ROOM], length: 0 };
static SETTINGS: Settings = Settings {
    roots: UnsafeCell::new(NONE),
    ring: UnsafeCell::new(NONE),
    spool: UnsafeCell::new(NONE),
    state: AtomicU32::new(UNREAD),
};

/// Whether there is anything to tell of.
#[inline]
pub(crate) fn active() -> bool {
    match SETTINGS.state.load(Ordering::Acquire) {
        ACTIVE => true,
        UNREAD => read(),
        _ => false,
    }
}

/// Reads the environment; whether there are roots.
#[cold]
pub(crate) fn read() -> bool {
    next::note_objects();
    // SAFETY: the C library's variable; it is null until that library is ready.
    if unsafe { environ.is_null() } {
        return false;
    }
    let state = &SETTINGS.state;
    if state.compare_exchange(UNREAD, READING, Ordering::AcqRel, Ordering::Acquire).is_err() {
        return false;
    }
    let mut has_roots = false;
    if !sys::has_borrowed_rights() {
        // SAFETY: only who is `READING` comes here.
        unsafe {
            has_roots = (*SETTINGS.roots.get()).fill("BOATLIFT_SHIM_ROOTS=");
            if has_roots {
                (*SETTINGS.ring.get()).fill("BOATLIFT_SHIM_RING=");
                (*SETTINGS.spool.get()).fill("BOATLIFT_SHIM_SPOOL=");
            }
        }
    }
    state.store(if has_roots { ACTIVE } else { INERT }, Ordering::Release);
    has_roots
}

impl Text {
    /// Takes the value of the variable `name`; whether it is an absolute path that fits.
    fn fill(&mut self, name: &str) -> bool {
        // SAFETY: the environment is a list of strings of C that ends with null.
        unsafe {
            let mut entry = environ;
            while !(*entry).is_null() {
                let text = sys::bytes_of(*entry, ROOM + 64);
                if let Some(value) = text.strip_prefix(name.as_bytes()) {
                    return self.set(value);
                }
                entry = entry.add(1);
            }
        }
        false
    }

    fn set(&mut self, value: &[u8]) -> bool {
        if value.first() != Some(&b'/') || value.len() >= ROOM {
            return false;
        }
        for (to, from) in self.bytes.iter_mut().zip(value) {
            *to = *from;
        }
        self.length = value.len();
        true
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

/// The roots, as absolute paths.
fn roots() -> impl Iterator<Item = &'static [u8]> {
    // SAFETY: nobody writes to it any more once the state is active.
    let text = unsafe { &*SETTINGS.roots.get() };
    let parts = text.as_bytes().split(|byte| *byte == b':');
    parts.filter(|root| root.first() == Some(&b'/')).take(MOST_ROOTS)
}

/// Whether the path is a root or lies below one.
pub(crate) fn is_below_a_root(path: &[u8]) -> bool {
    roots().any(|root| is_below(path, root))
}

fn is_below(path: &[u8], root: &[u8]) -> bool {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    match path.strip_prefix(root) {
        Some(rest) => rest.is_empty() || rest.first() == Some(&b'/'),
        None => false,
    }
}

/// The file of the ring, as a string of C.
pub(crate) fn ring() -> Option<*const u8> {
    // SAFETY: as above.
    given(unsafe { &*SETTINGS.ring.get() })
}

/// The file of the spool, as a string of C.
pub(crate) fn spool() -> Option<*const u8> {
    // SAFETY: as above.
    given(unsafe { &*SETTINGS.spool.get() })
}

fn given(text: &'static Text) -> Option<*const u8> {
    (text.length > 0).then_some(text.bytes.as_ptr())
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn a_root_is_a_directory_and_no_prefix_of_letters() {
        assert!(is_below(b"/fs/primary/a", b"/fs/primary"));
        assert!(is_below(b"/fs/primary/a", b"/fs/primary/"));
        assert!(is_below(b"/fs/primary", b"/fs/primary"));
        assert!(is_below(b"/a", b"/"));
        assert!(!is_below(b"/fs/primary2/a", b"/fs/primary"));
        assert!(!is_below(b"/fs", b"/fs/primary"));
    }
}
