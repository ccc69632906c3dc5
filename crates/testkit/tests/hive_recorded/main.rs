//! Moves between two metastores of this process, driven by the real `boatlift` binary: what
//! no real server can be made to do at will. No Java, no network but loopback.
//!
//! The metastores' own protocol is judged elsewhere, on real servers. Of the list of edge
//! cases in the hive guide this covers what a metastore and a local file system can show.
//! Not here, because they need what only real servers have: 4 at 100,000 partitions (the
//! benchmark), 13 reading transactional tables, 18 and 19 directories of EXPORT, 20 two
//! metastores over one directory of a managed table, 22 safe mode and quotas of HDFS, 31
//! a SerDe's class that is missing on UPPER, 32 the SQL strategy.

mod bad_input;
mod buckets;
mod cutover;
mod drops;
mod edges;
mod fixtures;
mod harness;
mod kills;
mod purging;
mod reads;
mod sharing;
mod stage_metadata;
mod stage_storage;
mod unanswered;
mod upper_changes;
mod upper_files;
mod views;
mod waves;
