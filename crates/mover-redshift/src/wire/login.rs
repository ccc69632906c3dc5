//! As whom a database is opened, and by which way.

use super::{DataApiWarehouse, PostgresWarehouse, Server, Warehouse};
use boatlift_aws::redshift::{DatabaseLogin, Temporary, stored_login, temporary_login};
use boatlift_aws::redshift_data::{DataApi, DataTarget};
use boatlift_aws::session::Session;
use boatlift_core::Result;

/// Where the name and password of a connection come from.
pub enum Login {
    /// They are known.
    Known(DatabaseLogin),
    /// A secret of Secrets Manager, read for each connection.
    Stored(Session, String),
    /// The service makes them, anew for each connection.
    Temporary(Session, Temporary),
}

impl Login {
    pub(super) fn obtain(&self, database: &str) -> Result<DatabaseLogin> {
        match self {
            Login::Known(login) => Ok(login.clone()),
            Login::Stored(session, secret) => stored_login(session, secret),
            Login::Temporary(session, temporary) => temporary_login(session, temporary, database),
        }
    }
}

/// A way to a warehouse.
pub enum Way {
    /// A connection.
    Connection(Server, Login),
    /// Calls of the Data API.
    DataApi(Session, DataTarget),
}

/// Opens a warehouse. Nothing is asked yet.
///
/// # Errors
/// When the system gives no room for a client.
pub fn open(way: Way) -> Result<Box<dyn Warehouse>> {
    Ok(match way {
        Way::Connection(server, login) => Box::new(PostgresWarehouse::new(server, login)?),
        Way::DataApi(session, target) => {
            Box::new(DataApiWarehouse::new(DataApi::new(&session, target)))
        }
    })
}
