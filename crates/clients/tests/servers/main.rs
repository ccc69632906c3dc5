//! The clients against real servers.
//!
//! `BOATLIFT_TEST_METASTORES` names them, `thrift://host:port` separated by commas; each
//! test runs against every one of them, in databases whose names begin with `ms_`.

mod extras;
mod metastore;
mod partitions;
mod pool;
mod recording;
mod scratch;
