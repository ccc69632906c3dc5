//! Compiles `preload/` into `libboatlift_shim.so`, which the crate then carries as bytes.
//!
//! It is no crate of its own: it aborts where the workspace unwinds, has no standard library,
//! and names no library that it needs, so that it loads with any C library. What is checked
//! here is that nothing in it can panic. `tests/library.rs` checks what it asks of the system.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Referred to by the library's way to panic, and defined nowhere.
const CAN_PANIC: &[u8] = b"boatlift_shim_can_panic";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=preload");
    println!("cargo::rerun-if-changed=src/wire.rs");
    let variable = |name: &str| env::var_os(name).ok_or(format!("cargo does not tell {name}"));
    let library = PathBuf::from(variable("OUT_DIR")?).join("libboatlift_shim.so");
    let mut compiler = Command::new(variable("RUSTC")?);
    compiler.arg("--target").arg(variable("TARGET")?);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        compiler.arg("-C").arg(format!("linker={}", Path::new(&linker).display()));
    }
    compiler.args(["--edition=2024", "--crate-type=cdylib", "--crate-name=boatlift_shim"]);
    for option in [
        "panic=abort",
        "opt-level=3",
        "codegen-units=1",
        "lto=fat",
        "strip=symbols",
        "overflow-checks=off",
        "link-arg=-nostartfiles",
        "link-arg=-Wl,-soname,libboatlift_shim.so",
        // Nothing is looked up later, in the middle of a job.
        "link-arg=-Wl,-z,now",
    ] {
        compiler.args(["-C", option]);
    }
    compiler.arg("-o").arg(&library).arg("preload/main.rs");
    if !compiler.status()?.success() {
        return Err("the library to preload cannot be compiled".into());
    }
    if fs::read(&library)?.windows(CAN_PANIC.len()).any(|window| window == CAN_PANIC) {
        return Err("something in the library to preload can panic".into());
    }
    println!("cargo::rustc-env=BOATLIFT_SHIM_LIBRARY={}", library.display());
    Ok(())
}
