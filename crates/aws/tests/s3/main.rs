//! The store of buckets against real servers.

mod contract;
mod ground;
mod lane;
mod listing;
mod names;
mod parts;
mod runtimes;
mod servers;
