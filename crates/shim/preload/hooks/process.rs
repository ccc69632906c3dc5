//! Calls by which a process becomes two, becomes another program, or ends; and what the
//! loader calls when the library begins and ends.

#![allow(non_snake_case, reason = "`_Exit` and `_Fork` are called so")]

use super::hook;
use crate::preload::next::Next;
use crate::preload::{announce, settings};
use core::ffi::{c_char, c_int, c_void};

#[cfg_attr(not(any(test, clippy)), used, unsafe(link_section = ".init_array"))]
static BEGIN: extern "C" fn() = begin;
#[cfg_attr(not(any(test, clippy)), used, unsafe(link_section = ".fini_array"))]
static END: extern "C" fn() = announce::ending_at_exit;

extern "C" fn begin() {
    if settings::read() {
        announce::begin();
    }
}

macro_rules! forks {
    ($($name:ident)*) => {$(
        hook! { fn $name() -> c_int, next => {
            // SAFETY: takes no arguments.
            let outcome = unsafe { next() };
            if outcome == 0 && settings::active() {
                announce::begin();
            }
            outcome
        } }
    )*};
}

forks! { fork _Fork }

hook! { fn daemon(stay: c_int, keep: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(stay, keep) };
    if outcome == 0 && settings::active() {
        announce::begin();
    }
    outcome
} }

macro_rules! ends {
    ($($name:ident)*) => {$(
        #[cfg_attr(not(any(test, clippy)), unsafe(no_mangle))]
        unsafe extern "C" fn $name(status: c_int) -> ! {
            static NEXT: Next = Next::new(concat!(stringify!($name), "\0"));
            announce::ending();
            match NEXT.address() {
                // SAFETY: the C library's function of this name has this signature.
                Some(address) => unsafe {
                    let next: unsafe extern "C" fn(c_int) -> ! = core::mem::transmute(address);
                    next(status)
                },
                None => crate::preload::sys::exit(status),
            }
        }
    )*};
}

ends! { _exit _Exit quick_exit }

type Strings = *const *const c_char;

macro_rules! replaces {
    ($(fn $name:ident($($argument:ident: $type:ty),*);)*) => {$(
        hook! { fn $name($($argument: $type),*) -> c_int, next => {
            announce::replacing();
            // SAFETY: the program's own arguments.
            unsafe { next($($argument),*) }
        } }
    )*};
}

replaces! {
    fn execve(path: *const c_char, arguments: Strings, environment: Strings);
    fn execv(path: *const c_char, arguments: Strings);
    fn execvp(file: *const c_char, arguments: Strings);
    fn execvpe(file: *const c_char, arguments: Strings, environment: Strings);
    fn fexecve(descriptor: c_int, arguments: Strings, environment: Strings);
    fn execveat(dir: c_int, path: *const c_char, arguments: Strings, environment: Strings,
                flags: c_int);
}
