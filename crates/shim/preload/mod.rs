//! The library that is preloaded into jobs. `build.rs` compiles it for itself; see `main.rs`.
//!
//! The job never waits for us, never fails by us, hears nothing of us and finds its `errno` as
//! the C library left it. Hence: no allocation, no lock, no thread, no storage by thread, no
//! function of the C library but the ones that the job called; and nothing that can panic.

#![allow(unsafe_code, reason = "stands between a program and its C library")]

mod announce;
mod draft;
mod hooks;
mod next;
mod path;
mod ring;
mod settings;
mod spool;
mod sys;
mod table;
#[cfg(not(any(test, clippy)))]
#[path = "../src/wire.rs"]
mod wire;

#[cfg(any(test, clippy))]
use crate::wire;
use next::Next;
