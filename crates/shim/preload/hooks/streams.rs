//! The C library's streams: it opens and closes their descriptors without the functions that
//! we stand before.

use super::hook;
use super::opening::opened;
use crate::preload::next::Next;
use crate::preload::{announce, sys};
use core::ffi::{c_char, c_int, c_void};

hook! { fn fopen(path: *const c_char, mode: *const c_char) -> *mut c_void, next => {
    // SAFETY: the program's own arguments.
    stream_opened(unsafe { next(path, mode) }, path, mode)
} }

hook! { fn fopen64(path: *const c_char, mode: *const c_char) -> *mut c_void, next => {
    // SAFETY: the program's own arguments.
    stream_opened(unsafe { next(path, mode) }, path, mode)
} }

hook! { fn freopen(path: *const c_char, mode: *const c_char, stream: *mut c_void) -> *mut c_void,
next => {
    let mut closing = closing(stream);
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(path, mode, stream) };
    closed(&mut closing);
    stream_opened(outcome, path, mode)
} }

hook! { fn freopen64(path: *const c_char, mode: *const c_char, stream: *mut c_void) -> *mut c_void,
next => {
    let mut closing = closing(stream);
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(path, mode, stream) };
    closed(&mut closing);
    stream_opened(outcome, path, mode)
} }

hook! { fn fclose(stream: *mut c_void) -> c_int, next => {
    let mut closing = closing(stream);
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(stream) };
    closed(&mut closing);
    outcome
} }

fn closing(stream: *mut c_void) -> Option<announce::Closing> {
    announce::closing(descriptor_of(stream))
}

/// What the stream held in its buffer was written only now.
fn closed(closing: &mut Option<announce::Closing>) {
    if let Some(closing) = closing {
        closing.done_with_buffers();
    }
}

fn stream_opened(stream: *mut c_void, path: *const c_char, mode: *const c_char) -> *mut c_void {
    if !stream.is_null() && !path.is_null() {
        // SAFETY: the C library has just read it.
        let mode = unsafe { sys::bytes_of(mode, 16) };
        let writes = mode.iter().take_while(|letter| **letter != b',').any(|l| b"wa+".contains(l));
        let flags = if writes { sys::O_WRONLY } else { sys::O_RDONLY };
        opened(descriptor_of(stream), sys::AT_FDCWD, path, flags);
    }
    stream
}

/// The descriptor of a stream; -1 for one in memory.
fn descriptor_of(stream: *mut c_void) -> c_int {
    static FILENO: Next = Next::new("fileno\0");
    match FILENO.address() {
        Some(address) if !stream.is_null() => {
            // SAFETY: the C library's signature, and a stream that the program gave it.
            unsafe {
                let fileno: unsafe extern "C" fn(*mut c_void) -> c_int =
                    core::mem::transmute(address);
                fileno(stream)
            }
        }
        _ => -1,
    }
}
