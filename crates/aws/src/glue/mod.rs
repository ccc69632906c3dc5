//! AWS Glue's Data Catalog: databases, tables, partitions, their indexes and statistics.
//!
//! A thin client: it knows the service's limits (100 partitions to a call, 25 statistics,
//! pages everywhere) and its words for trouble, and nothing of moves. Everything that the
//! service takes as input is in a type of ours; what it only shows is beside it, so that it
//! can never be sent back by accident. Nothing is tried again here beyond the attempts of
//! one session's requests.

mod client;
mod databases;
mod definitions;
mod errors;
mod indexes;
mod inputs;
mod outputs;
mod partitions;
mod segments;
mod statistics;
mod storage;
mod tables;

pub use client::{Glue, Made};
pub use databases::DatabaseShown;
pub use definitions::{Database, Partition, Permissions, Table, Texts};
pub use indexes::PartitionIndex;
pub use partitions::PartitionRefusal;
pub use segments::PartitionPages;
pub use statistics::ColumnStatistics;
pub use storage::{Column, SchemaReference, Serde, Skew, Sort, Storage};
pub use tables::{Elsewhere, TableShown};
