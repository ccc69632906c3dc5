//! What moving means for tables of Apache Pegasus: LOWER's own duplication carries the rows, and
//! users are handed over when every decree that may hold one of their writes is proved to be on
//! UPPER. Tables that cannot be duplicated are copied, and handed over when every row is.
//!
//! Nothing is ever written into a table that users follow.

mod cluster;
pub mod compat;
pub mod config;
mod copy;
mod cutover;
mod duplication;
mod failures;
mod inventory;
mod lane;
mod mover;
mod plan;
mod positions;
mod preflight;
mod safeguards;
mod throttle;
mod unpaced;
mod verify;

pub use config::PegasusConfig;
pub use cutover::{End, Guarded, Promise, say_switched};
pub use mover::{Access, PegasusMover};
pub use safeguards::{Safeguard, Safeguards};
