//! HiveServer2 as a check asks it: one session, few short statements, none that writes.

use crate::catalog::chain;
use crate::config::HiveServer2;
use crate::hive_server::target;
use crate::logins::Logins;
use boatlift_clients::hiveserver2::{HiveError, Session, Unwatched, Url};
use boatlift_clients::wire;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::Side;
use std::time::Duration;

/// The longest that one command may take: a client of HDFS that finds nobody gives up late.
const LONGEST: Duration = Duration::from_secs(150);
/// Rows that are fetched at a time.
const BATCH: u32 = 1000;
/// Rows of a setting or a query of one row.
const FEW: usize = 16;

/// A session on a side's HiveServer2.
pub(super) struct Server {
    session: Session,
    user: String,
    /// The server's own, with Kerberos.
    principal: Option<String>,
}

impl Server {
    /// Opens one.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] for a URI or secret that cannot be used,
    /// [`Code::ServerUnreachable`] or [`Code::ServerRefused`] when no server takes it.
    pub(super) fn open(
        side: Side,
        server: &HiveServer2,
        user: &str,
        logins: &Logins,
    ) -> Result<Server> {
        let url = Url::parse(&server.uri).map_err(|error| {
            Error::new(Code::ConfigValue, "cannot use the HiveServer2 of").on(side).because(error)
        })?;
        let principal = url.principal().map(str::to_owned);
        let mut target = target(side, &url, server, user, logins)?;
        target.wire.read_timeout = LONGEST;
        let login = principal.as_ref().map(|_| logins.of(side)).transpose()?.flatten();
        let proved = login.map(|login| login.principal().to_owned());
        let user = proved.unwrap_or_else(|| target.user.clone());
        let session = Session::open(&target).map_err(|error| {
            let (mut why, code) = match error.server() {
                Some(_) => (chain(&error), Code::ServerRefused),
                None => (chain(&error), Code::ServerUnreachable),
            };
            if let Some(hint) = wire::hint(&error) {
                why = format!("{why} ({hint})");
            }
            Error::new(code, "cannot open a session on").on(&url).because(why)
        })?;
        Ok(Server { session, user, principal })
    }

    /// Where the session is.
    pub(super) fn endpoint(&self) -> String {
        format!("{} ({})", self.session.endpoint(), self.session.version())
    }

    /// Whom the session is for.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Whether statements can still be sent.
    pub(super) fn is_usable(&self) -> bool {
        self.session.is_usable()
    }

    /// The first column of a statement's rows, of the first `most`.
    ///
    /// # Errors
    /// When the statement fails.
    pub(super) fn lines(&mut self, statement: &str, most: usize) -> Result<Vec<String>, HiveError> {
        let mut statement = self.session.execute(statement, &mut Unwatched)?;
        let rows = statement.rows(BATCH).take(most);
        rows.map(|row| Ok(row?.text(0).unwrap_or_default())).collect()
    }

    /// A setting, where the server tells it.
    pub(super) fn setting(&mut self, name: &str) -> Option<String> {
        let lines = self.lines(&format!("SET {name}"), FEW).ok()?;
        let value = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.map(str::to_owned)
    }

    /// The user that reads storage: ours with doAs, else the server's own.
    pub(super) fn reader(&mut self) -> String {
        match self.setting("hive.server2.enable.doAs").as_deref() {
            Some("true") => format!("user {} (doAs)", self.user),
            Some(_) => {
                let own = self.principal.clone().or_else(|| self.setting("system:user.name"));
                format!("its own user {} (no doAs)", own.as_deref().unwrap_or("that it hides"))
            }
            None => "a user that it hides".into(),
        }
    }

    /// The server's clock: seconds since 1970.
    pub(super) fn clock(&mut self) -> Option<i64> {
        let lines = self.lines("SELECT unix_timestamp(current_timestamp())", FEW).ok()?;
        lines.first()?.parse().ok()
    }
}
