//! Stores: bytes under keys, each kind in a room of its own.
//!
//! A store tells what is there, carries it, and touches nothing outside its root. It
//! never retries and never decides what is to be done: that is the engine's business.

pub mod hdfs;
pub mod posix;

pub use hdfs::{HdfsOptions, HdfsStore, HdfsUrl};
pub use posix::PosixStore;
