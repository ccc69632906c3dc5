//! Calls that map files: a shared mapping changes the file, also after its descriptor is
//! closed. Allocators call these before anything else runs, so they do very little.

use super::hook;
use crate::preload::{announce, sys, table};
use core::ffi::{c_int, c_void};

macro_rules! maps {
    ($($name:ident)*) => {$(
        hook! { fn $name(address: *mut c_void, size: usize, protection: c_int, sharing: c_int,
                         descriptor: c_int, offset: i64) -> *mut c_void, next => {
            // SAFETY: the program's own arguments.
            let start = unsafe { next(address, size, protection, sharing, descriptor, offset) };
            let shared = sharing as usize & sys::MAP_SHARED != 0 && descriptor >= 0;
            // A failure is an odd address, and no mapping begins there.
            if shared && start.addr() % 2 == 0 && table::family(descriptor).is_some() {
                keep(descriptor, start.addr());
            }
            start
        } }
    )*};
}

maps! { mmap mmap64 }

fn keep(descriptor: c_int, start: usize) {
    if table::is_ours() {
        table::map(descriptor, start);
    }
}

hook! { fn munmap(address: *mut c_void, size: usize) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(address, size) };
    if outcome == 0 && table::has_mappings() && table::is_ours() {
        let start = address.addr();
        while announce::unmapped(start, start.saturating_add(size)) {}
    }
    outcome
} }

hook! { fn msync(address: *mut c_void, size: usize, flags: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(address, size, flags) };
    if outcome == 0 && table::has_mappings() && table::is_ours() {
        let start = address.addr();
        announce::synchronised(start, start.saturating_add(size));
    }
    outcome
} }
