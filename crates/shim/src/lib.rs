//! The shim: a library that is preloaded into jobs and tells of every file they write, and all
//! that an agent needs to hear it.
//!
//! The library itself is in `preload/`, compiled by `build.rs` and carried as bytes. Here are
//! the format ([`wire`]), the reading sides ([`Ring`], [`Spool`]), the place where the library
//! is put ([`install`]) and what shells need ([`Profile`]). Nothing here decides what an event
//! means: it is a hint to look at a path.

mod event;
mod library;
// Compiled here only to be tested and linted; see `build.rs`.
#[cfg(any(test, clippy))]
#[allow(dead_code, reason = "programs call it")]
#[path = "../preload/mod.rs"]
mod preload;
mod profile;
mod ring;
mod spool;
pub mod wire;

pub use event::{Batch, Damage, Event, Moment, Spelling};
pub use library::{LIBRARY, file_name, install};
pub use profile::{Profile, ProfileError, Shell};
pub use ring::{Ring, RingError, Woken};
pub use spool::{Loss, Spool, Taken};
