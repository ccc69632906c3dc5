//! Calls that close descriptors, also by putting another file in their place, and calls that
//! make a second descriptor of an open file. Shells redirect with these.

use super::hook;
use crate::preload::{announce, sys, table};
use core::ffi::{c_int, c_uint, c_ulong, c_void};

const CLOSE_RANGE_CLOEXEC: c_int = 4;

hook! { fn close(descriptor: c_int) -> c_int, next => {
    let mut closing = announce::closing(descriptor);
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(descriptor) };
    if let Some(closing) = &mut closing {
        closing.done();
    }
    outcome
} }

hook! { fn close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(first, last, flags) };
    if outcome == 0 && flags & CLOSE_RANGE_CLOEXEC == 0 {
        closed_from(first, last);
    }
    outcome
} }

hook! { fn closefrom(first: c_int) -> (), next => {
    // SAFETY: the program's own arguments.
    unsafe { next(first) };
    closed_from(first.unsigned_abs(), c_uint::MAX);
} }

/// Tells of descriptors that were closed together.
pub(super) fn closed_from(first: c_uint, last: c_uint) {
    for descriptor in table::descriptors(first, last) {
        if let Some(mut closing) = announce::closing(descriptor) {
            closing.done_with_buffers();
        }
    }
}

hook! { fn dup(descriptor: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    copied(descriptor, unsafe { next(descriptor) })
} }

hook! { fn dup2(descriptor: c_int, copy: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    replaced(descriptor, copy, || unsafe { next(descriptor, copy) })
} }

hook! { fn dup3(descriptor: c_int, copy: c_int, flags: c_int) -> c_int, next => {
    // SAFETY: the program's own arguments.
    replaced(descriptor, copy, || unsafe { next(descriptor, copy, flags) })
} }

hook! { fn fcntl(descriptor: c_int, command: c_int, argument: c_ulong) -> c_int, next => {
    // SAFETY: the program's own arguments.
    controlled(descriptor, command, unsafe { next(descriptor, command, argument) })
} }

hook! { fn fcntl64(descriptor: c_int, command: c_int, argument: c_ulong) -> c_int, next => {
    // SAFETY: the program's own arguments.
    controlled(descriptor, command, unsafe { next(descriptor, command, argument) })
} }

fn controlled(descriptor: c_int, command: c_int, outcome: c_int) -> c_int {
    match command {
        sys::F_DUPFD | sys::F_DUPFD_CLOEXEC => copied(descriptor, outcome),
        _ => outcome,
    }
}

fn copied(descriptor: c_int, copy: c_int) -> c_int {
    if copy >= 0 {
        announce::closed_unseen(copy);
        keep_copy(descriptor, copy);
    }
    copy
}

fn keep_copy(descriptor: c_int, copy: c_int) {
    if table::family(descriptor).is_some() && table::is_ours() {
        table::copy(descriptor, copy);
    }
}

/// Makes `copy` the same file as `descriptor`, which closes what it was before.
fn replaced(descriptor: c_int, copy: c_int, replace: impl FnOnce() -> c_int) -> c_int {
    let mut closing = if descriptor == copy { None } else { announce::closing(copy) };
    let outcome = replace();
    if outcome >= 0 {
        keep_copy(descriptor, copy);
    }
    match &mut closing {
        Some(closing) if outcome >= 0 => closing.done(),
        Some(closing) => closing.undo(copy),
        None => {}
    }
    outcome
}
