//! The Hive Metastore over Thrift, from Hive 1.2 to 4.
//!
//! What a server can do is found out by asking: a call that it does not know leads to the
//! next older one, never its version string. Objects keep the fields that this program has
//! not heard of. No call deletes data unless the caller says so in so many words, and no
//! call that changes something is sent twice.
//!
//! Source of method names and field ids: Apache Hive, `hive_metastore.thrift`.

mod capabilities;
mod client;
mod constraints;
mod databases;
mod error;
mod events;
mod functions;
mod methods;
mod names;
mod objects;
mod partitions;
mod pool;
mod privileges;
mod session;
mod statistics;
mod tables;

pub use capabilities::Capabilities;
pub use client::Metastore;
pub use constraints::{ConstraintKind, Constraints};
pub use error::{Exception, MetastoreError};
pub use names::{partition_name, partition_values};
pub use objects::{
    Column, ColumnStatistics, Database, Event, Function, Grant, Malformed, ObjectReference,
    Partition, PrincipalKind, Stored, Table,
};
pub use partitions::Existing;
pub use pool::{Dial, Identity, Lease, Metastores, Settings};
pub use statistics::StatisticsOf;
pub use tables::{Data, Guard};

/// Tables to ask for in one call: more gains little and makes answers large.
pub const TABLES_PER_CALL: usize = 200;

/// Partitions to ask for, add or change in one call.
pub const PARTITIONS_PER_CALL: usize = 500;
