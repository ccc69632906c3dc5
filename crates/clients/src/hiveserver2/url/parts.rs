//! The form of a URI: hosts, database and three lists of pairs.

use super::UrlError;
use crate::wire::Endpoint;

const SCHEME: &str = "jdbc:hive2://";
/// The port when none is named.
const DEFAULT_PORT: u16 = 10_000;
/// More servers than any installation has.
const MOST_HOSTS: usize = 64;

/// A URI, taken apart.
pub(super) struct Parts {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) database: String,
    /// How to connect: between `;` and `?`.
    pub(super) settings: Vec<(String, String)>,
    /// Settings of Hive: between `?` and `#`.
    pub(super) configuration: Vec<(String, String)>,
    /// Variables of HiveQL: after `#`.
    pub(super) variables: Vec<(String, String)>,
}

impl Parts {
    pub(super) fn split(text: &str) -> Result<Self, UrlError> {
        let rest = text.trim().strip_prefix(SCHEME).ok_or(UrlError::Scheme)?;
        let (rest, variables) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, configuration) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, settings) = rest.split_once(';').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let endpoints = hosts.split(',').map(endpoint).collect::<Result<Vec<_>, _>>()?;
        if endpoints.len() > MOST_HOSTS {
            return Err(UrlError::Hosts(MOST_HOSTS));
        }
        let database = if database.is_empty() { "default" } else { database };
        Ok(Self {
            endpoints,
            database: database.to_owned(),
            settings: pairs(settings)?,
            configuration: pairs(configuration)?,
            variables: pairs(variables)?,
        })
    }
}

fn endpoint(text: &str) -> Result<Endpoint, UrlError> {
    let text = text.trim();
    let named = match text.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => text.to_owned(),
        _ => format!("{text}:{DEFAULT_PORT}"),
    };
    named.parse().map_err(|_| UrlError::Host(text.to_owned()))
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, UrlError> {
    let parts = text.split([';', '&']).map(str::trim).filter(|part| !part.is_empty());
    let pair = |part: &str| match part.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(UrlError::Pair),
    };
    parts.map(pair).collect()
}
