//! What a session is opened with.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::settings::Asked;
use super::{Url, UrlError};
use crate::kerberos::Login;
use crate::wire::{Auth, Endpoint, Kerberos, Options, Secret, Transport};

/// Who we are, as far as the URI does not say. What is set here comes before the URI.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The Kerberos login, which a URI with a principal needs.
    pub login: Option<Arc<Login>>,
}

/// What a session is opened with.
#[derive(Clone)]
pub struct Target {
    /// The servers, tried in this order.
    pub endpoints: Vec<Endpoint>,
    /// How they are spoken to.
    pub wire: Options,
    /// The user that the session is opened for, unless the wire proves another.
    pub user: String,
    /// The password, where the wire does not send one.
    pub password: Option<Secret>,
    /// The database that the session starts in.
    pub database: String,
    /// What the session starts with: `set:hiveconf:KEY`, `set:hivevar:NAME`.
    pub configuration: BTreeMap<String, String>,
}

/// Of the configuration only the names: a value may be the key of an object store.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("endpoints", &self.endpoints)
            .field("wire", &self.wire)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("configuration", &self.configuration.keys())
            .finish_non_exhaustive()
    }
}

/// What Hive's own client sends when no name and no password are given.
const ANONYMOUS: &str = "anonymous";

impl Url {
    /// Puts URI and credentials together.
    ///
    /// # Errors
    /// Fails when the URI has a principal and there is no Kerberos login.
    pub fn target(&self, credentials: Credentials) -> Result<Target, UrlError> {
        let Credentials { user, password, login } = credentials;
        let settings = &self.settings;
        let given = |text: &String| !text.is_empty();
        let user = user.or_else(|| settings.user.clone()).filter(given);
        let user = user.unwrap_or_else(|| ANONYMOUS.to_owned());
        let password = password.or_else(|| settings.password.clone());
        let auth = match (&settings.principal, settings.login, &settings.transport) {
            (Some(service), _, _) => Auth::Kerberos(Kerberos {
                service: service.clone(),
                login: login.ok_or(UrlError::Login)?,
                protection: settings.protection,
            }),
            (None, Asked::NoSasl, Transport::Buffered | Transport::Framed) => Auth::None,
            _ => Auth::Plain { user: user.clone(), password: not_empty(password.clone()) },
        };
        let mut wire = Options {
            transport: settings.transport.clone(),
            tls: settings.tls.clone(),
            auth,
            ..Options::default()
        };
        wire.read_timeout = settings.silence.unwrap_or(wire.read_timeout);
        Ok(Target {
            endpoints: self.endpoints.clone(),
            wire,
            user,
            password,
            database: self.database.clone(),
            configuration: self.configuration.clone(),
        })
    }
}

fn not_empty(password: Option<Secret>) -> Secret {
    let password = password.filter(|password| !password.reveal().is_empty());
    password.unwrap_or_else(|| Secret::new(ANONYMOUS))
}
