//! Calls that open a file by its name.

use super::hook;
use crate::preload::{announce, sys};
use core::ffi::{c_char, c_int, c_uint, c_void};

/// Tells of a file that was opened so that it can change, or that the opening made or cut.
pub(super) fn opened(descriptor: c_int, directory: c_int, name: *const c_char, flags: c_int) {
    if descriptor < 0 {
        return;
    }
    let changes =
        flags & sys::O_ACCMODE != sys::O_RDONLY || flags & (sys::O_CREAT | sys::O_TRUNC) != 0;
    let has_no_name = flags & (sys::O_PATH | sys::O_TMPFILE_BIT) != 0;
    match changes && !has_no_name {
        true => announce::opened(descriptor, directory, name),
        false => announce::closed_unseen(descriptor),
    }
}

macro_rules! opens {
    ($(fn $name:ident($($argument:ident: $type:ty),*) at $directory:expr, $path:ident, $flags:expr;)*) => {$(
        hook! { fn $name($($argument: $type),*) -> c_int, next => {
            // SAFETY: the program's own arguments.
            let descriptor = unsafe { next($($argument),*) };
            opened(descriptor, $directory, $path, $flags);
            descriptor
        } }
    )*};
}

const NEW: c_int = sys::O_WRONLY | sys::O_CREAT | sys::O_TRUNC;

opens! {
    fn open(path: *const c_char, flags: c_int, mode: c_uint) at sys::AT_FDCWD, path, flags;
    fn open64(path: *const c_char, flags: c_int, mode: c_uint) at sys::AT_FDCWD, path, flags;
    fn __open_2(path: *const c_char, flags: c_int) at sys::AT_FDCWD, path, flags;
    fn __open64_2(path: *const c_char, flags: c_int) at sys::AT_FDCWD, path, flags;
    fn openat(dir: c_int, path: *const c_char, flags: c_int, mode: c_uint) at dir, path, flags;
    fn openat64(dir: c_int, path: *const c_char, flags: c_int, mode: c_uint) at dir, path, flags;
    fn __openat_2(dir: c_int, path: *const c_char, flags: c_int) at dir, path, flags;
    fn __openat64_2(dir: c_int, path: *const c_char, flags: c_int) at dir, path, flags;
    fn creat(path: *const c_char, mode: c_uint) at sys::AT_FDCWD, path, NEW;
    fn creat64(path: *const c_char, mode: c_uint) at sys::AT_FDCWD, path, NEW;
    fn mkstemp(path: *mut c_char) at sys::AT_FDCWD, path, NEW;
    fn mkstemp64(path: *mut c_char) at sys::AT_FDCWD, path, NEW;
    fn mkostemp(path: *mut c_char, flags: c_int) at sys::AT_FDCWD, path, flags | NEW;
    fn mkostemp64(path: *mut c_char, flags: c_int) at sys::AT_FDCWD, path, flags | NEW;
    fn mkstemps(path: *mut c_char, suffix: c_int) at sys::AT_FDCWD, path, NEW;
    fn mkstemps64(path: *mut c_char, suffix: c_int) at sys::AT_FDCWD, path, NEW;
    fn mkostemps(path: *mut c_char, suffix: c_int, flags: c_int) at sys::AT_FDCWD, path, flags | NEW;
    fn mkostemps64(path: *mut c_char, suffix: c_int, flags: c_int) at sys::AT_FDCWD, path, flags | NEW;
}
