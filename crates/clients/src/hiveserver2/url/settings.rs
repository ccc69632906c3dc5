//! The settings of a connection: each is understood, refused or ignored, never overlooked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::UrlError;
use super::parts::Parts;
use crate::wire::{Authorities, Protection, Secret, Tls, Transport};

/// Where HiveServer2 answers over HTTP when the URI does not say.
const HTTP_PATH: &str = "cliservice";

/// What the settings say.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) transport: Transport,
    pub(super) tls: Option<Tls>,
    pub(super) login: Asked,
    pub(super) principal: Option<String>,
    pub(super) protection: Protection,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) proxy_user: Option<String>,
    pub(super) silence: Option<Duration>,
    pub(super) ignored: Vec<String>,
}

/// The login that `auth` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// By Kerberos if there is a principal, else by name and password.
    ByPrincipal,
    /// None: `auth=noSasl`.
    NoSasl,
}

impl Settings {
    /// Reads the settings, and takes those out of Hive's configuration that older URIs have
    /// there.
    pub(super) fn take(parts: &mut Parts) -> Result<Self, UrlError> {
        let mut given = Given { pairs: std::mem::take(&mut parts.settings) };
        for (old, new) in OLD_NAMES {
            let found = parts.configuration.iter().position(|(key, _)| key == old);
            if let Some(at) = found {
                let (_, value) = parts.configuration.remove(at);
                given.pairs.push((new.to_owned(), value));
            }
        }
        given.refuse_unsupported()?;
        let settings = Self {
            transport: given.transport()?,
            tls: given.tls()?,
            login: given.login()?,
            principal: given.take("principal"),
            protection: given.protection()?,
            user: given.take("user"),
            password: given.take("password").map(Secret::new),
            proxy_user: given.take("hive.server2.proxy.user"),
            silence: given.silence()?,
            ignored: Vec::new(),
        };
        Ok(Self { ignored: given.rest(), ..settings })
    }
}

/// Names that Hive 0.13 had for settings, in the part of the configuration.
const OLD_NAMES: [(&str, &str); 2] = [
    ("hive.server2.transport.mode", "transportMode"),
    ("hive.server2.thrift.http.path", "httpPath"),
];

/// Settings that were not looked at yet.
struct Given {
    pairs: Vec<(String, String)>,
}

impl Given {
    /// The last value of a key, whatever its case; the others are dropped.
    fn take(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        self.pairs.retain_mut(|(key, value)| match key.eq_ignore_ascii_case(name) {
            true => {
                found = Some(std::mem::take(value));
                false
            }
            false => true,
        });
        found
    }

    fn refuse_unsupported(&mut self) -> Result<(), UrlError> {
        let discovery = self.take("serviceDiscoveryMode");
        self.take("zooKeeperNamespace");
        if discovery.is_some_and(|mode| !mode.eq_ignore_ascii_case("none")) {
            return Err(UrlError::Unsupported {
                what: "discovery by ZooKeeper",
                instead: "name the servers themselves, separated by commas: jdbc:hive2://host1:10000,host2:10000/",
            });
        }
        for (key, instead) in UNSUPPORTED {
            if self.take(key).is_some_and(|value| !value.eq_ignore_ascii_case("false")) {
                return Err(UrlError::Unsupported { what: key, instead });
            }
        }
        Ok(())
    }

    fn transport(&mut self) -> Result<Transport, UrlError> {
        let path = self.take("httpPath");
        match self.take("transportMode").as_deref() {
            None | Some("" | "binary") => Ok(Transport::Buffered),
            Some("http") => Ok(Transport::Http { path: path.unwrap_or(HTTP_PATH.to_owned()) }),
            Some(_) => Err(UrlError::Value { key: "transportMode", expected: "binary or http" }),
        }
    }

    fn tls(&mut self) -> Result<Option<Tls>, UrlError> {
        let used = match self.take("ssl").as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("false" | "") => false,
            Some("true") => true,
            Some(_) => return Err(UrlError::Value { key: "ssl", expected: "true or false" }),
        };
        let store = self.take("sslTrustStore").filter(|store| !store.is_empty());
        let _ = (self.take("trustStorePassword"), self.take("trustStoreType"));
        let authorities = match store {
            None => Authorities::System,
            Some(store) if is_pem(Path::new(&store)) => Authorities::File(PathBuf::from(store)),
            Some(_) => {
                return Err(UrlError::Unsupported {
                    what: "a Java trust store",
                    instead: "write the certificates to a PEM file, `keytool -exportcert -rfc -keystore STORE -alias NAME > ca.pem`, and set sslTrustStore=ca.pem",
                });
            }
        };
        Ok(used.then_some(Tls { authorities, identity: None }))
    }

    fn login(&mut self) -> Result<Asked, UrlError> {
        match self.take("auth").as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("nosasl") => Ok(Asked::NoSasl),
            None | Some("" | "kerberos" | "none") => Ok(Asked::ByPrincipal),
            Some("delegationtoken") => Err(UrlError::Unsupported {
                what: "auth=delegationToken",
                instead: "use a Kerberos principal and keytab",
            }),
            Some("jwt") => Err(UrlError::Unsupported {
                what: "auth=jwt",
                instead: "use a user and password, or Kerberos",
            }),
            Some(_) => Err(UrlError::Value { key: "auth", expected: "noSasl or left out" }),
        }
    }

    fn protection(&mut self) -> Result<Protection, UrlError> {
        match self.take("saslQop").or_else(|| self.take("sasl.qop")).as_deref() {
            None | Some("" | "auth") => Ok(Protection::Authentication),
            Some("auth-int") => Ok(Protection::Integrity),
            Some("auth-conf") => Ok(Protection::Confidentiality),
            Some(_) => {
                Err(UrlError::Value { key: "saslQop", expected: "auth, auth-int or auth-conf" })
            }
        }
    }

    fn silence(&mut self) -> Result<Option<Duration>, UrlError> {
        let Some(text) = self.take("socketTimeout") else { return Ok(None) };
        match text.parse() {
            Ok(0) => Ok(None),
            Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
            Err(_) => {
                Err(UrlError::Value { key: "socketTimeout", expected: "a number of milliseconds" })
            }
        }
    }

    /// The keys that nobody asked for.
    fn rest(self) -> Vec<String> {
        let mut rest: Vec<_> = self.pairs.into_iter().map(|(key, _)| key).collect();
        rest.sort();
        rest.dedup();
        rest
    }
}

/// Settings without which the connection would be another than was meant.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("twoWay", "a client certificate is set as PEM files, not as a Java key store"),
    ("sslKeyStore", "a client certificate is set as PEM files, not as a Java key store"),
    ("initFile", "statements are not read from files"),
];

fn is_pem(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    ["pem", "crt", "cer"].iter().any(|it| it.eq_ignore_ascii_case(extension))
}
