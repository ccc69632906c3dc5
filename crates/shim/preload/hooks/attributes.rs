//! Calls that change permissions, owners, times and extended attributes.

use super::hook;
use super::names::names;
use crate::preload::wire::Operation;
use crate::preload::{announce, sys};
use core::ffi::{c_char, c_int, c_uint, c_void};

const CWD: c_int = sys::AT_FDCWD;

names! {
    Changed {
        fn chmod(path: *const c_char, mode: c_uint) at CWD, path;
        fn lchmod(path: *const c_char, mode: c_uint) at CWD, path;
        fn fchmodat(dir: c_int, path: *const c_char, mode: c_uint, flags: c_int) at dir, path;
        fn chown(path: *const c_char, user: c_uint, group: c_uint) at CWD, path;
        fn lchown(path: *const c_char, user: c_uint, group: c_uint) at CWD, path;
        fn fchownat(dir: c_int, path: *const c_char, user: c_uint, group: c_uint,
                    flags: c_int) at dir, path;
        fn utime(path: *const c_char, times: *const c_void) at CWD, path;
        fn utimes(path: *const c_char, times: *const c_void) at CWD, path;
        fn lutimes(path: *const c_char, times: *const c_void) at CWD, path;
        fn futimesat(dir: c_int, path: *const c_char, times: *const c_void) at dir, path;
        fn utimensat(dir: c_int, path: *const c_char, times: *const c_void, flags: c_int) at dir, path;
        fn setxattr(path: *const c_char, name: *const c_char, value: *const c_void, size: usize,
                    flags: c_int) at CWD, path;
        fn lsetxattr(path: *const c_char, name: *const c_char, value: *const c_void, size: usize,
                     flags: c_int) at CWD, path;
        fn removexattr(path: *const c_char, name: *const c_char) at CWD, path;
        fn lremovexattr(path: *const c_char, name: *const c_char) at CWD, path;
    }
}

/// Hooks of the same for an open file.
macro_rules! descriptors {
    ($(fn $name:ident($file:ident: c_int $(, $argument:ident: $type:ty)*);)*) => {$(
        hook! { fn $name($file: c_int $(, $argument: $type)*) -> c_int, next => {
            // SAFETY: the program's own arguments.
            let outcome = unsafe { next($file $(, $argument)*) };
            if outcome == 0 {
                announce::of_descriptor(Operation::Changed, $file);
            }
            outcome
        } }
    )*};
}

descriptors! {
    fn fchmod(file: c_int, mode: c_uint);
    fn fchown(file: c_int, user: c_uint, group: c_uint);
    fn futimes(file: c_int, times: *const c_void);
    fn futimens(file: c_int, times: *const c_void);
    fn fsetxattr(file: c_int, name: *const c_char, value: *const c_void, size: usize,
                 flags: c_int);
    fn fremovexattr(file: c_int, name: *const c_char);
}
