//! Sessions: one connection with its settings.

use super::client::Client;
use super::error::HiveError;
use super::protocol::{CLOSE_SESSION, OPEN_SESSION, Version};
use super::rows::Row;
use super::statement::{Finished, Statement};
use super::url::Target;
use super::watch::Watcher;
use crate::thrift::{CallError, DecodeError, Map, Struct, Value};
use crate::wire::{Auth, Endpoint, Transport, dial};

/// A session on HiveServer2. It is closed when it is dropped.
#[derive(Debug)]
pub struct Session {
    pub(super) client: Client,
    handle: Value,
    version: Version,
    closed: bool,
}

impl Session {
    /// Opens a session on the first server that takes one.
    ///
    /// # Errors
    /// Fails with the last server's reason.
    pub fn open(target: &Target) -> Result<Self, HiveError> {
        let mut last = HiveError::Nowhere;
        for endpoint in &target.endpoints {
            match Self::open_on(endpoint, target) {
                Err(error) if error.is_session_lost() => last = error,
                result => return result,
            }
        }
        Err(last)
    }

    /// The server.
    pub fn endpoint(&self) -> &Endpoint {
        self.client.endpoint()
    }

    /// The version of the interface that both ends agreed on.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether statements can still be sent.
    pub fn is_usable(&self) -> bool {
        self.client.is_usable()
    }

    /// Executes a statement and waits until it has ended; its rows can be fetched then.
    ///
    /// # Errors
    /// Fails when the statement does, when the watcher stops it, and when the session is lost.
    pub fn execute(
        &mut self,
        statement: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<Statement<'_>, HiveError> {
        let handle = self.handle.clone();
        Statement::execute(self, handle, statement, watcher)
    }

    /// Executes a statement whose rows do not matter.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub fn run(
        &mut self,
        statement: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<Finished, HiveError> {
        self.execute(statement, watcher)?.close()
    }

    /// Executes a statement that answers with `most` rows or fewer.
    ///
    /// # Errors
    /// As [`Session::execute`], and when there are more rows.
    pub fn rows(
        &mut self,
        statement: &str,
        most: usize,
        watcher: &mut dyn Watcher,
    ) -> Result<Vec<Row>, HiveError> {
        let endpoint = self.endpoint().clone();
        let mut statement = self.execute(statement, watcher)?;
        let mut rows = Vec::new();
        for row in statement.rows(BATCH_ROWS) {
            if rows.len() == most {
                return Err(HiveError::TooManyRows { endpoint, most });
            }
            rows.push(row?);
        }
        statement.close()?;
        Ok(rows)
    }

    /// Closes the session. Dropping does the same and says nothing.
    ///
    /// # Errors
    /// Fails when the server did not answer; it ends a session without a connection itself.
    pub fn close(mut self) -> Result<(), HiveError> {
        self.close_once()
    }

    fn close_once(&mut self) -> Result<(), HiveError> {
        if self.closed || !self.client.is_usable() {
            return Ok(());
        }
        self.closed = true;
        let request = Struct::new().with(1, self.handle.clone());
        self.client.call(CLOSE_SESSION, request).map(drop)
    }

    fn open_on(endpoint: &Endpoint, target: &Target) -> Result<Self, HiveError> {
        let mut last = HiveError::Nowhere;
        for version in Version::PROBES {
            // A connection each: Hive 1.2 closes the one on which it refused a version.
            let wire = dial(endpoint, &target.wire)
                .map_err(|error| HiveError::Connect(Box::new(error)))?;
            let mut client = Client::new(wire, endpoint.clone());
            match client.call(OPEN_SESSION, request(version, target)) {
                Ok(answer) => return Self::opened(client, answer),
                Err(error) if is_about_version(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn opened(client: Client, mut answer: Struct) -> Result<Self, HiveError> {
        let number = answer.i32(2);
        let version = number.and_then(Version::from_wire).filter(|it| *it >= Version::COLUMNS);
        let Some(version) = version else {
            let version = number
                .map_or("no version".to_owned(), |number| format!("V{}", i64::from(number) + 1));
            return Err(HiveError::Outdated { endpoint: client.endpoint().clone(), version });
        };
        match answer.take(3) {
            Some(handle @ Value::Struct(_)) => Ok(Self { client, handle, version, closed: false }),
            _ => Err(client.malformed(OPEN_SESSION, "it has no session")),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Err(error) = self.close_once() {
            tracing::debug!(error = &error as &dyn std::error::Error, "a session was not closed");
        }
    }
}

/// Rows in one answer, where the caller does not say.
const BATCH_ROWS: u32 = 1000;

fn request(version: Version, target: &Target) -> Struct {
    let mut settings = Map::strings(&target.configuration);
    settings.set_text("use:database", &target.database);
    let mut request = Struct::new().with(1, version.to_wire()).with(2, target.user.as_str());
    let unproved = matches!(target.wire.auth, Auth::None);
    if let (true, Transport::Buffered, Some(password)) =
        (unproved, &target.wire.transport, &target.password)
    {
        request.set(3, password.reveal());
    }
    request.with(4, settings)
}

/// Whether a server may have failed over a version that it does not know: for it the field,
/// which it demands, is then empty.
fn is_about_version(error: &HiveError) -> bool {
    match error {
        HiveError::NotUnderstood { .. } => true,
        HiveError::SessionLost { error, .. } => {
            matches!(**error, CallError::Receive { error: DecodeError::Nothing, .. })
        }
        HiveError::Refused { error, .. } => error.message.contains("client_protocol"),
        _ => false,
    }
}
