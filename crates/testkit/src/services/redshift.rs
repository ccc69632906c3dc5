//! Redshift's SQL side: a PostgreSQL server with tables in the place of the system views.
//!
//! It speaks the same protocol and asks for a password by MD5, over TLS where told. It is a
//! newer PostgreSQL than Redshift ever was, so it also accepts what Redshift refuses: newer
//! functions, any start-up parameter, joins between views of the leader and of the nodes.

mod filling;
mod rows;
mod server;
mod workload;

pub use workload::{
    Ending, ExternalPartition, ExternalSchema, ExternalTable, ListedPrefix, Load, LoadedFile,
    Query, Scan, Unload, Workload,
};

use super::certificates::Encryption;
use super::condition::Condition;
use super::error::ServiceError;
use super::ports::free_port;
use super::process::{Recipe, Service};
use super::scratch::Scratch;
use serde::Serialize;
use server::Server;
use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may do everything.
pub const ADMINISTRATOR: &str = "admin";
/// The database that a new warehouse has.
pub const DATABASE: &str = "dev";

const PASSWORD: &str = "Only4tests";

/// Which views a warehouse has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Views {
    /// A provisioned cluster of today: STL, SVL and SYS.
    #[default]
    Provisioned,
    /// A serverless workgroup: SYS alone.
    Serverless,
    /// An older cluster: STL and SVL alone.
    Older,
}

impl Views {
    fn have_stl(self) -> bool {
        matches!(self, Views::Provisioned | Views::Older)
    }

    fn have_sys(self) -> bool {
        matches!(self, Views::Provisioned | Views::Serverless)
    }
}

/// What differs between warehouses.
#[derive(Debug, Clone, Copy, Default)]
pub struct RedshiftOptions {
    /// Its views.
    pub views: Views,
    /// Its TLS.
    pub encryption: Encryption,
}

/// Where a warehouse takes SQL, and from whom.
#[derive(Clone, Serialize)]
pub struct SqlEndpoint {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// Her password.
    pub password: String,
    /// The certificate of the authority to trust, in PEM; none without TLS.
    pub authority: Option<PathBuf>,
}

impl fmt::Debug for SqlEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SqlEndpoint { host, port, database, user, password: _, authority } = self;
        write!(f, "{user}:***@{host}:{port}/{database}, authority {authority:?}")
    }
}

/// The running warehouse; stopped when dropped.
#[derive(Debug)]
pub struct Redshift {
    /// The process, for tests of faults.
    pub server: Service,
    endpoint: SqlEndpoint,
    options: RedshiftOptions,
    scratch: Scratch,
}

impl Redshift {
    /// Starts it with empty views, in about three seconds.
    ///
    /// # Errors
    /// When PostgreSQL is missing, or does not become ready; with the end of its log.
    pub fn start(options: RedshiftOptions) -> Result<Self, ServiceError> {
        let scratch = Scratch::temporary("redshift")?;
        let prepared = Server::prepare(&scratch, options.encryption, PASSWORD)?;
        let port = free_port()?;
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let recipe = prepared.recipe(port, options.encryption);
        let server = Service::start(recipe, answers(address))?;
        let authority = scratch.path().join("authority.pem");
        let endpoint = SqlEndpoint {
            host: "127.0.0.1".to_owned(),
            port,
            database: DATABASE.to_owned(),
            user: ADMINISTRATOR.to_owned(),
            password: PASSWORD.to_owned(),
            authority: (options.encryption == Encryption::Required).then_some(authority),
        };
        let redshift = Redshift { server, endpoint, options, scratch };
        redshift.make_views()?;
        Ok(redshift)
    }

    /// Where it takes SQL, from the administrator.
    pub fn endpoint(&self) -> &SqlEndpoint {
        &self.endpoint
    }

    /// The same for another user, whom it lets in and lets read every view: what
    /// `GetClusterCredentials` promises a client.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn let_in(&self, user: &str, password: &str) -> Result<SqlEndpoint, ServiceError> {
        let (role, secret) = (quoted(user, '"'), quoted(password, '\''));
        self.sql(&format!("CREATE ROLE {role} LOGIN PASSWORD {secret} IN ROLE pg_read_all_data"))?;
        let endpoint = self.endpoint.clone();
        Ok(SqlEndpoint { user: user.to_owned(), password: password.to_owned(), ..endpoint })
    }

    /// Puts what a warehouse did into its views, beside what is there.
    ///
    /// # Errors
    /// When the server refuses a row.
    pub fn fill(&self, workload: &Workload) -> Result<(), ServiceError> {
        self.script(&self.endpoint.database, &workload.script(self.options.views))
    }

    /// Runs statements as the administrator by `psql` and gives the rows that they print,
    /// columns parted by `|`.
    ///
    /// # Errors
    /// When a statement fails; those after it are not run.
    pub fn sql(&self, statements: &str) -> Result<String, ServiceError> {
        psql(&self.endpoint, self.scratch.path()).arguments(["--command", statements]).run()
    }

    fn make_views(&self) -> Result<(), ServiceError> {
        self.script("postgres", &format!("CREATE DATABASE {DATABASE};"))?;
        let mut views = String::from(include_str!("redshift/catalog.sql"));
        if self.options.views.have_stl() {
            views.push_str(include_str!("redshift/stl.sql"));
        }
        if self.options.views.have_sys() {
            views.push_str(include_str!("redshift/sys.sql"));
        }
        self.script(DATABASE, &views)
    }

    fn script(&self, database: &str, text: &str) -> Result<(), ServiceError> {
        let file = self.scratch.path().join("script.sql");
        fs::write(&file, text).map_err(ServiceError::file("write", &file))?;
        let endpoint = SqlEndpoint { database: database.to_owned(), ..self.endpoint.clone() };
        let recipe = psql(&endpoint, self.scratch.path());
        recipe.arguments(["--file", "script.sql"]).run()?;
        Ok(())
    }
}

/// An open port is not enough: while the server starts, it refuses every login.
fn answers(address: SocketAddr) -> Condition {
    Condition::new(format!("logins at {address}"), move || {
        let mut asked = Command::new("pg_isready");
        asked.args(["--quiet", "--host", &address.ip().to_string()]);
        asked.args(["--port", &address.port().to_string()]);
        asked.status().is_ok_and(|status| status.success())
    })
}

/// PostgreSQL's own client, for SQL behind `--command` or `--file`.
pub fn psql(endpoint: &SqlEndpoint, directory: &Path) -> Recipe {
    let recipe = Recipe::new("psql", "psql", directory)
        .variable("PGPASSWORD", &endpoint.password)
        .variable("PGHOST", &endpoint.host)
        .variable("PGPORT", endpoint.port.to_string())
        .variable("PGUSER", &endpoint.user)
        .variable("PGDATABASE", &endpoint.database)
        .arguments(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet"])
        .arguments(["--set", "ON_ERROR_STOP=1"]);
    match &endpoint.authority {
        None => recipe,
        Some(authority) => {
            recipe.variable("PGSSLMODE", "verify-full").variable("PGSSLROOTCERT", authority)
        }
    }
}

fn quoted(name: &str, quote: char) -> String {
    format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
}
