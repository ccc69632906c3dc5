//! The client of Pegasus: against what real servers said, and against clusters in this process.

mod bad_streams;
mod cluster;
mod duplication;
mod http;
mod recorded;
mod recorded_calls;
