//! The clients against real servers.
//!
//! The tests start a LOWER and an UPPER stack of their own, from what `cargo xtask provision`
//! keeps. `BOATLIFT_TEST_METASTORES` names metastores that run already in their place, as
//! `thrift://host:port` separated by commas; there the tests keep to databases whose names
//! begin with `ms_`.

mod extras;
mod metastore;
mod partitions;
mod pool;
mod recording;
mod scratch;
mod wires;
