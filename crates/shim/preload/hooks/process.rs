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

/// `vfork` returns twice, the second time on a stack that the child has written over: so the
/// system is asked right here, with the address to return to in a register. Meanwhile the
/// process knows that somebody else runs in its memory.
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(any(test, clippy)), unsafe(no_mangle))]
#[unsafe(naked)]
unsafe extern "C" fn vfork() -> c_int {
    core::arch::naked_asm!(
        "lock inc dword ptr [rip + {running}]",
        "pop rdi",
        "mov eax, 58",
        "syscall",
        "push rdi",
        "test eax, eax",
        "jz 2f",
        "lock dec dword ptr [rip + {running}]",
        "cmp eax, 0",
        "jl 3f",
        "2: ret",
        "3: mov edi, eax",
        "jmp {failed}",
        running = sym crate::preload::table::VFORKED,
        failed = sym vfork_failed,
    )
}

/// The same; the address to return to is in a register here anyhow.
#[cfg(target_arch = "aarch64")]
#[cfg_attr(not(any(test, clippy)), unsafe(no_mangle))]
#[unsafe(naked)]
unsafe extern "C" fn vfork() -> c_int {
    core::arch::naked_asm!(
        "adrp x9, {running}",
        "add x9, x9, :lo12:{running}",
        "1: ldaxr w10, [x9]",
        "add w10, w10, #1",
        "stlxr w11, w10, [x9]",
        "cbnz w11, 1b",
        "mov x0, #0x4111",
        "mov x1, #0",
        "mov x8, #220",
        "svc 0",
        "cbz w0, 3f",
        "2: ldaxr w10, [x9]",
        "sub w10, w10, #1",
        "stlxr w11, w10, [x9]",
        "cbnz w11, 2b",
        "tbnz w0, #31, 4f",
        "3: ret",
        "4: b {failed}",
        running = sym crate::preload::table::VFORKED,
        failed = sym vfork_failed,
    )
}

extern "C" fn vfork_failed(code: c_int) -> c_int {
    super::fail(code.wrapping_neg())
}

hook! { fn forkpty(side: *mut c_int, name: *mut c_char, terminal: *const c_void,
                   size: *const c_void) -> c_int, next => {
    // SAFETY: the program's own arguments.
    let outcome = unsafe { next(side, name, terminal, size) };
    if outcome == 0 && settings::active() {
        announce::begin();
    }
    outcome
} }

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
