//! Cutovers between two fake Pegasus clusters, for tests and for the benchmark. The mover, the saga
//! and the clients are the real ones; ZooKeeper has a stand-in.
//!
//! In simulated time the clock is tokio's, paused: from the fence to the switch all timers of the
//! clusters are as they would be, and take no time. What this machine can do costs nothing then: how
//! a window grows with a table's size is seen in real time alone.

mod clients;
mod log;
mod world;

pub use clients::{Clients, Habits, Written};
pub use log::{Death, MemoryLog};
pub use world::{Scope, TABLE, Time, World, lines};
