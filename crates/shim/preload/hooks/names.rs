//! Calls that make, remove, rename and link names.

use super::hook;
use crate::preload::wire::Operation;
use crate::preload::{announce, sys};
use core::ffi::{c_char, c_int, c_long, c_uint, c_void};

/// Hooks of calls that answer 0 when one name was changed.
macro_rules! names {
    ($($operation:ident {
        $(fn $name:ident($($argument:ident: $type:ty),*) at $dir:expr, $path:ident;)*
    })*) => {$($(
        hook! { fn $name($($argument: $type),*) -> c_int, next => {
            // SAFETY: the program's own arguments.
            let outcome = unsafe { next($($argument),*) };
            if outcome == 0 {
                announce::named(Operation::$operation, $dir, $path);
            }
            outcome
        } }
    )*)*};
}
pub(super) use names;

const CWD: c_int = sys::AT_FDCWD;
const RENAME_EXCHANGE: c_uint = 2;

names! {
    Removed {
        fn unlink(path: *const c_char) at CWD, path;
        fn unlinkat(dir: c_int, path: *const c_char, flags: c_int) at dir, path;
        fn rmdir(path: *const c_char) at CWD, path;
        fn remove(path: *const c_char) at CWD, path;
    }
    Made {
        fn mkdir(path: *const c_char, mode: c_uint) at CWD, path;
        fn mkdirat(dir: c_int, path: *const c_char, mode: c_uint) at dir, path;
        fn mkfifo(path: *const c_char, mode: c_uint) at CWD, path;
        fn mkfifoat(dir: c_int, path: *const c_char, mode: c_uint) at dir, path;
        fn mknod(path: *const c_char, mode: c_uint, device: u64) at CWD, path;
        fn mknodat(dir: c_int, path: *const c_char, mode: c_uint, device: u64) at dir, path;
        fn __xmknod(version: c_int, path: *const c_char, mode: c_uint, device: *mut u64) at CWD, path;
        fn __xmknodat(version: c_int, dir: c_int, path: *const c_char, mode: c_uint,
                      device: *mut u64) at dir, path;
        fn symlink(target: *const c_char, path: *const c_char) at CWD, path;
        fn symlinkat(target: *const c_char, dir: c_int, path: *const c_char) at dir, path;
    }
    Changed {
        fn truncate(path: *const c_char, length: i64) at CWD, path;
        fn truncate64(path: *const c_char, length: i64) at CWD, path;
    }
}

hook! { fn mkdtemp(path: *mut c_char) -> *mut c_char, next => {
    // SAFETY: the program's own arguments.
    let made = unsafe { next(path) };
    if !made.is_null() {
        announce::named(Operation::Made, CWD, made);
    }
    made
} }

hook! { fn link(old: *const c_char, new: *const c_char) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(old, new) };
    paired(outcome, Operation::Linked, (CWD, new), (CWD, old))
} }

hook! { fn linkat(old_dir: c_int, old: *const c_char, dir: c_int, new: *const c_char,
                  flags: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(old_dir, old, dir, new, flags) };
    paired(outcome, Operation::Linked, (dir, new), (old_dir, old))
} }

hook! { fn rename(old: *const c_char, new: *const c_char) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(old, new) };
    paired(outcome, Operation::Renamed, (CWD, new), (CWD, old))
} }

hook! { fn renameat(old_dir: c_int, old: *const c_char, dir: c_int, new: *const c_char) -> c_int,
next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(old_dir, old, dir, new) };
    paired(outcome, Operation::Renamed, (dir, new), (old_dir, old))
} }

hook! { fn renameat2(old_dir: c_int, old: *const c_char, dir: c_int, new: *const c_char,
                     flags: c_uint) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(old_dir, old, dir, new, flags) };
    paired(outcome, renaming(flags), (dir, new), (old_dir, old))
} }

/// What a rename with these flags is.
fn renaming(flags: c_uint) -> Operation {
    if flags & RENAME_EXCHANGE != 0 { Operation::Exchanged } else { Operation::Renamed }
}

type Named = (c_int, *const c_char);

fn paired(outcome: c_int, operation: Operation, new: Named, old: Named) -> c_int {
    if outcome == 0 {
        announce::paired(operation, new, old);
    }
    outcome
}

// Older tools rename, and newer ones open, by the number of the call.
hook! { fn syscall(number: c_long, a: c_long, b: c_long, c: c_long, d: c_long, e: c_long,
                   f: c_long) -> c_long, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(number, a, b, c, d, e, f) };
    match number {
        sys::RENAMEAT2 if outcome == 0 => {
            let new = (c as c_int, d as *const c_char);
            announce::paired(renaming(e as c_uint), new, (a as c_int, b as *const c_char));
        }
        sys::OPENAT2 if outcome >= 0 => {
            // SAFETY: the system has just read its flags there.
            let flags = unsafe { *(c as *const u64) } as c_int;
            super::opening::opened(outcome as c_int, a as c_int, b as *const c_char, flags);
        }
        _ => {}
    }
    outcome
} }
