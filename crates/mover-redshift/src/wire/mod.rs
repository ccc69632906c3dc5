//! Asking a warehouse: SQL in, rows of text out, whichever way leads there.
//!
//! Three ways: the PostgreSQL protocol with a password, the same with a temporary login, and
//! the Data API. Queries are built by [`Sql`], rows read by [`Row`]; nobody outside this room
//! knows the way.

mod data_api;
mod login;
mod postgres;
mod reason;
mod row;
mod sql;
mod tls;

pub use data_api::DataApiWarehouse;
pub use login::{Login, Way, open};
pub use postgres::{PostgresWarehouse, Server};
pub(crate) use reason::{Reason, reason};
pub use row::Row;
pub use sql::Sql;
pub use tls::{Authorities, Encryption};

use boatlift_core::Result;

/// A database that answers queries.
pub trait Warehouse: Send {
    /// Runs a query and hands out its rows as they come.
    ///
    /// # Errors
    /// [`boatlift_core::Code::ServerFailed`] with the database's words when it refuses the
    /// query, [`boatlift_core::Code::ServerRefused`] when it refuses us,
    /// [`boatlift_core::Code::ServerUnreachable`]; the first error of `each`.
    fn query(&mut self, sql: &Sql, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()>;
}
