//! Endpoints of warehouses: `host:port/database`, and what a host's name tells.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Redshift's own port.
const PORT: u16 = 5439;
/// What the hosts' names of provisioned clusters and of workgroups hold.
const CLUSTERS: &str = "redshift";
const WORKGROUPS: &str = "redshift-serverless";

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEndpoint {
    /// There is no database behind a slash.
    #[error("it has no database; write host:port/database")]
    Database,
    /// There is no host, or one with characters that no host has.
    #[error("it has no host; write host:port/database")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("its port is no number from 1 to 65535")]
    Port,
}

/// What Amazon's own names of hosts tell; a name of one's own tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The cluster's identifier, or the workgroup's name.
    pub name: &'a str,
    /// Whether it is a workgroup.
    pub serverless: bool,
    /// The region.
    pub region: &'a str,
}

impl Endpoint {
    /// What the host's name tells: `name.account.region.redshift.amazonaws.com` and its like
    /// in other partitions.
    #[must_use]
    pub fn told(&self) -> Option<Told<'_>> {
        let labels: Vec<&str> = self.host.split('.').collect();
        let [name, _, region, service, rest @ ..] = labels.as_slice() else { return None };
        let ours = rest.first() == Some(&"amazonaws");
        match *service {
            CLUSTERS if ours => Some(Told { name, serverless: false, region }),
            WORKGROUPS if ours => Some(Told { name, serverless: true, region }),
            _ => None,
        }
    }
}

impl FromStr for Endpoint {
    type Err = NoEndpoint;

    /// Reads `host:port/database`; the port may be left out. A backslash before the database,
    /// as some documents print it, is a slash.
    fn from_str(text: &str) -> Result<Endpoint, NoEndpoint> {
        let (place, database) = text.trim().split_once(['/', '\\']).ok_or(NoEndpoint::Database)?;
        if database.is_empty() || database.contains('\0') {
            return Err(NoEndpoint::Database);
        }
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| NoEndpoint::Port)?),
            None => (place, PORT),
        };
        if port == 0 {
            return Err(NoEndpoint::Port);
        }
        let in_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || !host.chars().all(in_host) {
            return Err(NoEndpoint::Host);
        }
        Ok(Endpoint { host: host.to_owned(), port, database: database.to_owned() })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.host, self.port, self.database)
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|why| serde::de::Error::custom(format!("`{text}` is no endpoint: {why}")))
    }
}

impl JsonSchema for Endpoint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Endpoint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "host:port/database",
            "pattern": "^[A-Za-z0-9._-]+(:[0-9]+)?/.+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "shop.abc.us-west-2.redshift.amazonaws.com";

    #[test]
    fn both_spellings_mean_the_same() {
        for separator in ['/', '\\'] {
            let endpoint: Endpoint =
                format!("{CLUSTER}:5439{separator}dev").parse().expect("an endpoint");
            assert_eq!(endpoint.to_string(), format!("{CLUSTER}:5439/dev"));
        }
        let endpoint: Endpoint = "db.example.com/a b".parse().expect("without a port");
        assert_eq!((endpoint.port, &*endpoint.database), (5439, "a b"));
    }

    #[test]
    fn hosts_of_amazon_tell_name_kind_and_region() {
        let told = |host: &str| {
            let endpoint = Endpoint { host: host.into(), port: 5439, database: "dev".into() };
            endpoint.told().map(|t| (t.name.to_owned(), t.serverless, t.region.to_owned()))
        };
        assert_eq!(told(CLUSTER), Some(("shop".into(), false, "us-west-2".into())));
        let china = "shop.abc.cn-north-1.redshift.amazonaws.com.cn";
        assert_eq!(told(china), Some(("shop".into(), false, "cn-north-1".into())));
        let serverless = "group.123456789012.eu-west-1.redshift-serverless.amazonaws.com";
        assert_eq!(told(serverless), Some(("group".into(), true, "eu-west-1".into())));
        for other in ["redshift.example.com", "10.0.0.1", "localhost", "a.b.c.redshift.example.com"]
        {
            assert_eq!(told(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_endpoint_says_why() {
        for (text, why) in [
            ("host:5439", NoEndpoint::Database),
            ("host:5439/", NoEndpoint::Database),
            (":5439/dev", NoEndpoint::Host),
            ("https://host/dev", NoEndpoint::Port),
            ("user@host/dev", NoEndpoint::Host),
            ("host:port/dev", NoEndpoint::Port),
            ("host:0/dev", NoEndpoint::Port),
            ("host:70000/dev", NoEndpoint::Port),
            ("", NoEndpoint::Database),
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(why), "{text}");
        }
    }
}
