//! Cutovers of fake Pegasus clusters in simulated time, with random clients and random faults.
//!
//! The mover, the saga and the clients are the real ones. ZooKeeper has a stand-in, and the clock
//! is tokio's, paused: from the fence to the switch all timers of the clusters are as they would be,
//! and take no time.

mod clients;
mod faults;
mod runs;
mod world;
