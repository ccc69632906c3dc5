//! Rows: what a table or a partition holds is read and written by Hive itself.
//!
//! Files of both sides have nothing in common then, so that the items are places, not files:
//! `sales/orders/` for a table without partitions, `sales/orders/ds=1/` for a partition. Each
//! side tells a fingerprint of the files there. A place is carried by its own pair of tables
//! on UPPER, one over LOWER's files and one over UPPER's, and proved by counting and hashing
//! the rows of both. The table that readers use is never touched: it is pointed at the new
//! files later, as after any other copy.

mod claims;
mod clearing;
mod export;
mod held;
mod lane;
mod listing;
mod place;
mod servers;
mod statements;
mod store;
mod told;
mod transfer;
mod way;

pub(crate) use clearing::clear;
pub(crate) use held::{Held, held};
pub(crate) use lane::RowsLane;
pub(crate) use servers::Rows;
pub(crate) use store::RowsStore;
pub(crate) use told::Told;
