//! The redshift part of a move file: a warehouse, a window of time, and where clones go.
//!
//! Text in, structures out. Nothing here opens a file or a connection, and no secret is
//! looked up.

mod catalogue;
mod endpoint;
mod source;
mod target;
mod time;

pub use catalogue::Catalogue;
pub use endpoint::{Endpoint, NoEndpoint};
pub use source::{IncludeSettings, Login, Source, TlsSettings};
pub use target::Target;
pub use time::Instant;

use crate::views::{Scope, Views, Window};
use boatlift_core::{Result, reading};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A commented redshift part with every key, those with a default at their default.
pub const EXAMPLE: &str = include_str!("../example-redshift.yaml");

/// What a warehouse's workload read and wrote outside of it, and where the clones go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "boatlift.yaml, redshift")]
pub struct RedshiftConfig {
    /// The warehouse whose views are read, and the account whose files they name.
    pub lower: Source,
    /// Where the clones go.
    pub upper: Target,
    /// When the queries began whose files are moved.
    pub window: WindowSettings,
    /// Which families of system views are read.
    #[serde(default)]
    pub views: Views,
    /// What else is moved than files of loads and scans that succeeded.
    #[serde(default)]
    pub include: IncludeSettings,
    /// Databases of the Data Catalog that are cloned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Catalogue>,
    /// A file of prices, in place of those that come with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<PathBuf>,
}

/// A window of time: from its start until before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WindowSettings {
    /// The first instant: `2026-11-20T10:00:00Z`, `2026-11-20T11:00:00+01:00`.
    pub start: Instant,
    /// The first instant that is too late; without it, the window follows the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Instant>,
}

impl RedshiftConfig {
    /// Reads a redshift part. The path is for errors alone.
    ///
    /// # Errors
    /// [`boatlift_core::Code::ConfigSyntax`] with line and column, or
    /// [`boatlift_core::Code::ConfigValue`] with the key.
    pub fn parse(text: &str, path: &Path) -> Result<RedshiftConfig> {
        let config: RedshiftConfig = reading::read(text, path)?;
        config.check().map_err(|why| reading::value_error(path, why))?;
        Ok(config)
    }

    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub fn check(&self) -> Result<(), String> {
        self.lower.check().map_err(|why| format!("lower.{why}"))?;
        self.upper.check().map_err(|why| format!("upper.{why}"))?;
        if let Some(catalogue) = &self.catalogue {
            catalogue.check().map_err(|why| format!("catalogue.{why}"))?;
        }
        if let Some(end) = self.window.end {
            Window::new(self.window.start.0, end.0).map_err(|why| format!("window.end: {why}"))?;
        }
        Ok(())
    }

    /// Which queries count.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let database = self.lower.endpoint.database.clone();
        Scope { database, include: self.include.into() }
    }

    /// The JSON schema of the redshift part.
    #[must_use]
    pub fn schema() -> Schema {
        schemars::schema_for!(RedshiftConfig)
    }
}

#[cfg(test)]
mod tests;
