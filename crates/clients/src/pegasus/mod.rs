//! Apache Pegasus: its meta servers, its replica servers, and what they say over HTTP.
//!
//! The protocol is that of 2.4, 2.5 and 2.6, without SASL. A client sends nothing twice that
//! may have been carried out; what an answer means for a move is not known here.
//!
//! Everything here is asynchronous: a fence is probed on hundreds of partitions at once, over
//! one stream to each server, and a probe that is late is given up by dropping it.

mod connection;
mod dial;
mod error;
pub mod hash;
mod http;
pub mod key;
mod meta;
mod proxy;
mod replica;
pub mod rpc;
mod server;
pub mod structs;
mod table;
pub mod wire;

pub use dial::{Dialer, Dialled, Stream};
pub use error::PegasusError;
pub use http::{Backlog, Flag, Version};
pub use key::{Expiry, Key, KeyError, partition_of};
pub use meta::{Meta, NewTable};
pub use proxy::{EntryError, ProxyEntry, Routing, ask_proxy};
pub use replica::{DuplicationProgress, Progress, ReplicaPlace};
pub use server::{Options, Place, Server};
pub use table::{Contents, Record, ScanFrom, ScanOptions, Scanner, Table, Writes};
