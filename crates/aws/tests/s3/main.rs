//! The store of buckets against real servers.

mod accounts;
mod contract;
mod faults;
mod ground;
mod lane;
mod listing;
mod looks;
mod names;
mod parts;
mod runtimes;
mod servers;
