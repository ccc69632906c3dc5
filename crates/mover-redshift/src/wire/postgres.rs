//! A warehouse behind the PostgreSQL protocol.
//!
//! Redshift says it is PostgreSQL 8 and takes few parameters at the beginning: user,
//! database, encoding and application name are all that is sent. Queries are simple ones,
//! whose answers are text; nothing is prepared.

use super::tls::{Encryption, connector};
use super::{Login, Row, Sql, Warehouse};
use boatlift_aws::redshift::DatabaseLogin;
use boatlift_core::{Code, Error, Result, Retry};
use futures_util::StreamExt;
use std::pin::pin;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

const CONNECT: Duration = Duration::from_secs(30);
/// How long the server may be silent before an answer, and between two rows.
const SILENCE: Duration = Duration::from_secs(900);
/// What every session begins with: times come in one form.
const SETTINGS: &str = "set datestyle to 'ISO, MDY'; set timezone to 'UTC'";

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The host's name, as its certificate has it.
    pub host: String,
    /// The port; Redshift's own is 5439.
    pub port: u16,
    /// The database.
    pub database: String,
    /// How the connection is protected.
    pub encryption: Encryption,
}

/// A warehouse that is asked over a connection, which is made when the first query needs it
/// and again when it was lost.
pub struct PostgresWarehouse {
    server: Server,
    login: Login,
    runtime: Runtime,
    client: Option<Client>,
}

impl PostgresWarehouse {
    /// Prepares a connection. Nothing is asked yet.
    ///
    /// # Errors
    /// [`Code::ServerUnreachable`] when the system gives no room for a client.
    pub fn new(server: Server, login: Login) -> Result<PostgresWarehouse> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            Error::new(Code::ServerUnreachable, "cannot start the client").because(error)
        })?;
        Ok(PostgresWarehouse { server, login, runtime, client: None })
    }

    fn name(&self) -> String {
        let Server { host, port, database, .. } = &self.server;
        format!("database {database} on {host}:{port}")
    }

    fn connect(&mut self) -> Result<Client> {
        let login = self.login.obtain(&self.server.database)?;
        let config = self.config(&login);
        let connected = match &self.server.encryption {
            Encryption::Verified(authorities) => {
                let tls = connector(authorities)?;
                self.runtime.block_on(async {
                    let (client, connection) = config.connect(tls).await?;
                    tokio::spawn(connection);
                    client.batch_execute(SETTINGS).await.map(|()| client)
                })
            }
            Encryption::None => self.runtime.block_on(async {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(connection);
                client.batch_execute(SETTINGS).await.map(|()| client)
            }),
        };
        connected.map_err(|error| refused(&error, "cannot open", &self.name()))
    }

    fn config(&self, login: &DatabaseLogin) -> Config {
        let mut config = Config::new();
        config
            .host(&self.server.host)
            .port(self.server.port)
            .dbname(&self.server.database)
            .user(&login.user)
            .password(login.reveal())
            .application_name("boatlift")
            .connect_timeout(CONNECT)
            .ssl_mode(match self.server.encryption {
                Encryption::Verified(_) => SslMode::Require,
                Encryption::None => SslMode::Disable,
            });
        config
    }
}

impl Warehouse for PostgresWarehouse {
    fn query(&mut self, sql: &Sql, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect()?,
        };
        let name = self.name();
        let asked = self.runtime.block_on(ask(&client, sql, &name, each));
        // A connection with an answer half read, or one that broke, is of no more use.
        let whole = asked.as_ref().map_or_else(|error| error.code == Code::ServerFailed, |()| true);
        self.client = whole.then_some(client);
        asked
    }
}

async fn ask(
    client: &Client,
    sql: &Sql,
    name: &str,
    each: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let failed = |error| refused(&error, "cannot query", name);
    let answer = within(client.simple_query_raw(sql.as_str()), name).await?.map_err(failed)?;
    let mut answer = pin!(answer);
    while let Some(message) = within(answer.next(), name).await? {
        if let SimpleQueryMessage::Row(row) = message.map_err(failed)? {
            let cell = |column| row.try_get(column).map(|cell| cell.map(str::to_owned));
            let cells: Result<_, _> = (0..row.len()).map(cell).collect();
            each(Row::new(cells.map_err(failed)?))?;
        }
    }
    Ok(())
}

async fn within<T>(waiting: impl Future<Output = T>, name: &str) -> Result<T> {
    tokio::time::timeout(SILENCE, waiting).await.map_err(|_| {
        Error::new(Code::ServerUnreachable, "cannot wait for")
            .on(name)
            .because(format!("no answer for {} seconds", SILENCE.as_secs()))
            .retry(Retry::Later)
    })
}

/// What the database, or the way to it, said instead of an answer.
fn refused(error: &tokio_postgres::Error, tried: &str, name: &str) -> Error {
    let Some(said) = error.as_db_error() else {
        let silent = error.is_closed() || is_io(error);
        let code = if silent { Code::ServerUnreachable } else { Code::ServerRefused };
        let retry = if silent { Retry::Later } else { Retry::Never };
        return Error::new(code, tried).on(name).because(causes(error)).retry(retry);
    };
    let state = said.code();
    let ended = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    let (code, retry) = match state.code() {
        // Too many connections, a server that shuts down.
        _ if ended.contains(state) => (Code::ServerUnreachable, Retry::Later),
        class if class.starts_with("53") => (Code::ServerUnreachable, Retry::Later),
        // Logins that are not accepted, databases that are not there.
        class if class.starts_with("28") || class.starts_with("3D") => {
            (Code::ServerRefused, Retry::Never)
        }
        _ => (Code::ServerFailed, Retry::Never),
    };
    let why = format!("{} ({})", said.message(), state.code());
    Error::new(code, tried).on(name).because(why).retry(retry)
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| {
        let io = source.downcast_ref::<std::io::Error>();
        // rustls reports a refused certificate as an error of input.
        io.is_some_and(|io| io.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>()))
    })
}

fn causes(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}
