//! `libboatlift_shim.so`: the root of the library that is preloaded into jobs, see
//! `preload/mod.rs`. `build.rs` compiles it without a standard library, since a workspace has
//! one way to panic for all its crates, and ours must have none.

#![no_std]
#![cfg_attr(not(test), allow(dead_code, reason = "the format has words that only readers use"))]

#[path = "mod.rs"]
mod preload;

unsafe extern "C" {
    /// Defined nowhere. `build.rs` refuses a library that refers to it: then something in it
    /// can panic.
    fn boatlift_shim_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: never reached, as no code refers to it.
    unsafe { boatlift_shim_can_panic() }
}
