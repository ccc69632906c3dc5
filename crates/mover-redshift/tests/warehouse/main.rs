//! The system views of a real database, asked over its own protocol.
//!
//! The database is PostgreSQL with tables in the place of Redshift's views: queries, types,
//! paging and quoting are proved here; what only Redshift refuses is not.

mod amazon;
mod reading;
mod scene;
mod sharp;
mod wire;
