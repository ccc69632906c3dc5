//! JDBC URIs of HiveServer2: `jdbc:hive2://host:port,.../database;session#variables?settings`.
//!
//! Only the form is read; whether a setting is supported is for whoever connects.

use std::fmt;

/// The port that JDBC takes when none is named.
const DEFAULT_PORT: u16 = 10_000;
/// More servers than any quorum has.
const MOST_HOSTS: usize = 64;

/// A JDBC URI, taken apart. Its settings may hold passwords, so that it has no `Debug` of
/// its fields and prints servers and database alone.
#[derive(Clone, PartialEq, Eq)]
pub struct JdbcUri {
    /// Host and port of each server, or of each ZooKeeper.
    pub hosts: Vec<(String, u16)>,
    /// The database of the session: `default` unless named.
    pub database: String,
    /// Settings of the connection: `principal`, `ssl`, `transportMode`, `auth` ...
    pub session: Vec<(String, String)>,
    /// Settings of Hive, sent when the session opens.
    pub settings: Vec<(String, String)>,
    /// Variables of Hive's language.
    pub variables: Vec<(String, String)>,
}

impl JdbcUri {
    /// Takes a URI apart.
    ///
    /// # Errors
    /// Says what is missing. Settings are not repeated.
    pub fn parse(uri: &str) -> Result<JdbcUri, String> {
        let rest = uri.strip_prefix("jdbc:hive2://").ok_or("not led by `jdbc:hive2://`")?;
        let (rest, variables) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let (variables, late) = variables.split_once('?').unwrap_or((variables, ""));
        let (place, session) = rest.split_once(';').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let hosts = hosts.split(',').map(host).collect::<Result<Vec<_>, _>>()?;
        if hosts.len() > MOST_HOSTS {
            return Err(format!("{} servers, more than {MOST_HOSTS}", hosts.len()));
        }
        Ok(JdbcUri {
            hosts,
            database: if database.is_empty() { "default" } else { database }.to_owned(),
            session: pairs(session, ';')?,
            settings: [pairs(settings, ';')?, pairs(late, ';')?].concat(),
            variables: pairs(variables, ';')?,
        })
    }

    /// A setting of the connection; its name's case does not matter.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.session.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for JdbcUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> =
            self.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        write!(f, "jdbc:hive2://{}/{}", hosts.join(","), self.database)
    }
}

impl fmt::Debug for JdbcUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn host(text: &str) -> Result<(String, u16), String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().map_err(|_| format!("`{text}` has no port from 1 to 65535"))?)
        }
        _ => (text, DEFAULT_PORT),
    };
    if host.is_empty() || port == 0 {
        return Err(format!("`{text}` is no host and port"));
    }
    Ok((host.to_owned(), port))
}

fn pairs(text: &str, separator: char) -> Result<Vec<(String, String)>, String> {
    let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
    let pair = |part: &str| match part.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a setting is not of the form KEY=VALUE".to_owned()),
    };
    parts.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_uri_has_defaults() {
        let uri = JdbcUri::parse("jdbc:hive2://lower").expect("a URI");
        assert_eq!(uri.hosts, [("lower".to_owned(), 10_000)]);
        assert_eq!((uri.database.as_str(), uri.session.len()), ("default", 0));
    }

    #[test]
    fn every_part_is_found() {
        let uri = "jdbc:hive2://zk1:2181,zk2:2181/sales;serviceDiscoveryMode=zooKeeper;\
                   zooKeeperNamespace=hs2?tez.queue.name=a;hive.x=1#v=2";
        let uri = JdbcUri::parse(uri).expect("a URI");
        assert_eq!(uri.hosts[1], ("zk2".to_owned(), 2181));
        assert_eq!(uri.setting("ZOOKEEPERNAMESPACE"), Some("hs2"));
        assert_eq!(uri.settings.len(), 2);
        assert_eq!(uri.variables, [("v".to_owned(), "2".to_owned())]);
        assert_eq!(uri.to_string(), "jdbc:hive2://zk1:2181,zk2:2181/sales");
    }

    #[test]
    fn what_is_no_uri_is_refused_and_passwords_do_not_show() {
        for bad in ["lower:10000", "jdbc:hive2://", "jdbc:hive2://a:x", "jdbc:hive2://a:0/;b"] {
            JdbcUri::parse(bad).expect_err(bad);
        }
        let refused = JdbcUri::parse("jdbc:hive2://a/;hunter2").expect_err("refused");
        assert!(!refused.contains("hunter2"), "{refused}");
        let uri = JdbcUri::parse("jdbc:hive2://a/;password=hunter2").expect("a URI");
        assert!(!format!("{uri:?}").contains("hunter2"));
    }
}
