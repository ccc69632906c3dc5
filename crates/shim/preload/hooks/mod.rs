//! The functions of the C library that we stand before. Each calls the next definition with
//! the same arguments and answers what that answered; what is told of it is told around that
//! call. Functions that take further arguments only sometimes (`open`, `fcntl`, `syscall`)
//! are defined with all of them: on the machines that we are built for these travel in
//! registers, or are passed by whoever means them.

mod attributes;
mod closing;
mod mapping;
mod names;
mod opening;
mod process;
mod streams;

use super::next::Next;
use core::ffi::{c_char, c_int, c_long, c_void};

/// Defines a hook: its C signature, and what it does with the next definition.
macro_rules! hook {
    (fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty, $next:ident => $body:block) => {
        // In a program of tests the name would stand before that program's own C library.
        #[cfg_attr(not(any(test, clippy)), unsafe(no_mangle))]
        unsafe extern "C" fn $name($($argument: $type),*) -> $answer {
            static NEXT: $crate::preload::Next =
                $crate::preload::Next::new(concat!(stringify!($name), "\0"));
            let Some(address) = NEXT.address() else {
                return <$answer as $crate::preload::hooks::Absent>::absent();
            };
            // SAFETY: the C library's function of this name has this signature.
            let $next = unsafe {
                core::mem::transmute::<*mut c_void, unsafe extern "C" fn($($type),*) -> $answer>(
                    address,
                )
            };
            $body
        }
    };
}
use hook;

/// What a function answers that the C library of this machine does not have: a program that
/// looks whether there is one finds ours.
trait Absent {
    fn absent() -> Self;
}

/// "Function not implemented".
const ENOSYS: c_int = 38;

/// Sets `errno`, and answers as a call that fails.
fn fail(code: c_int) -> c_int {
    static ERRNO: Next = Next::new("__errno_location\0");
    if let Some(address) = ERRNO.address() {
        // SAFETY: the signature in every C library of Linux; the place is this thread's.
        unsafe {
            let place: unsafe extern "C" fn() -> *mut c_int = core::mem::transmute(address);
            *place() = code;
        }
    }
    -1
}

impl Absent for c_int {
    fn absent() -> c_int {
        fail(ENOSYS)
    }
}

impl Absent for c_long {
    fn absent() -> c_long {
        c_long::from(fail(ENOSYS))
    }
}

impl Absent for () {
    fn absent() {}
}

impl Absent for *mut c_void {
    fn absent() -> *mut c_void {
        fail(ENOSYS);
        core::ptr::null_mut()
    }
}

impl Absent for *mut c_char {
    fn absent() -> *mut c_char {
        fail(ENOSYS);
        core::ptr::null_mut()
    }
}
