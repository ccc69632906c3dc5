//! The External Object Replicator's configuration, read as ours.
//!
//! Every key of it is known. Where Boatlift does otherwise than its code or its documentation,
//! a remark says so: above all that a time without a zone is UTC, as documented.

mod yaml;

pub use yaml::LogLevel;

use crate::config::{
    Catalogue, IncludeSettings, Instant, Login, RedshiftConfig, Source, Target, TlsSettings,
    WindowSettings,
};
use crate::layout::Layout;
use crate::report::Lists;
use crate::views::Views;
use boatlift_aws::s3::S3Options;
use boatlift_aws::session::AwsOptions;
use boatlift_core::Result;
use boatlift_core::reading::{read, value_error};
use std::fmt;
use std::path::Path;

/// Older logs that are kept where the file does not say.
const OLDER_LOGS: u32 = 2;
/// The most that are kept, whatever the file says.
const MOST_OLDER_LOGS: u32 = 1_000;

/// A configuration of the External Object Replicator's as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// What is to be done.
    pub config: RedshiftConfig,
    /// The log that the tool's users know.
    pub log: LogSettings,
    /// What to tell the person whose file it is.
    pub remarks: Vec<Remark>,
}

/// What is logged, and how many older logs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// How much is written.
    pub level: LogLevel,
    /// How many older logs are kept.
    pub older: u32,
}

/// A key that does nothing here, or something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The key.
    pub key: &'static str,
    /// What about it.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

/// Where our messages name a key of ours, the tool's users know another.
const KEYS: &[(&str, &str)] = &[
    ("upper.location", "target_s3_location"),
    ("window.end", "end_time"),
    ("lower.login", "redshift_user"),
    ("lower.aws.region", "region"),
];

/// Reads a configuration of the External Object Replicator's. The path is for errors alone.
///
/// # Errors
/// [`boatlift_core::Code::ConfigSyntax`] with line and column, or
/// [`boatlift_core::Code::ConfigValue`] with the key.
pub fn external_replicator(text: &str, path: &Path) -> Result<Converted> {
    let file: yaml::File = read(text, path)?;
    let converted = convert(file);
    converted.config.check().map_err(|why| value_error(path, in_their_words(why)))?;
    Ok(converted)
}

fn in_their_words(why: String) -> String {
    let known = KEYS.iter().find(|(ours, _)| why.starts_with(ours));
    known.map_or(why.clone(), |(ours, theirs)| format!("{theirs}{}", &why[ours.len()..]))
}

fn convert(file: yaml::File) -> Converted {
    let mut remarks = Vec::new();
    let (start, end) = (file.start_time, file.end_time);
    time("start_time", start, &mut remarks);
    time("end_time", end, &mut remarks);
    let level = file.logfile_level.and_then(|yaml::FileLevel(level)| level);
    let older = file.backup_count.unwrap_or(OLDER_LOGS).min(MOST_OLDER_LOGS);
    let log = LogSettings { level: level.unwrap_or(file.log_level), older };
    let catalogue = catalogue(&file.target_s3_location);
    let config = RedshiftConfig {
        window: WindowSettings { start: start.instant, end: Some(end.instant) },
        upper: Target {
            location: file.target_s3_location,
            layout: Layout::Reference,
            lists: Lists::default(),
            aws: AwsOptions { region: Some(file.region.clone()), ..AwsOptions::default() },
            s3: S3Options::default(),
        },
        lower: source(file.source_cluster_endpoint, file.region, file.redshift_user, &mut remarks),
        views: Views::Auto,
        include: IncludeSettings::default(),
        catalogue: Some(catalogue),
        prices: None,
    };
    Converted { config, log, remarks }
}

/// The tables that were queried. The tool makes a new database in each run; here each target has
/// one of its own, which every run brings up to date.
fn catalogue(target: &str) -> Catalogue {
    let of_target = blake3::hash(target.trim_end_matches('/').as_bytes()).to_hex();
    Catalogue::of_queried(format!("_clone_{}", &of_target[..8]))
}

fn time(key: &'static str, time: yaml::Time, remarks: &mut Vec<Remark>) {
    if time.zone == yaml::Zone::Assumed {
        let Instant(instant) = time.instant;
        remarks
            .push(Remark { key, text: format!("it names no zone and is read as UTC: {instant}") });
    }
}

fn source(
    endpoint: crate::config::Endpoint,
    region: String,
    user: String,
    remarks: &mut Vec<Remark>,
) -> Source {
    let told = endpoint.told();
    if let Some(told) = told.filter(|told| told.region != region) {
        let text = format!("the endpoint is in {}, but {region} is asked", told.region);
        remarks.push(Remark { key: "region", text });
    }
    let mut login = Login::DataApiUser(user);
    if told.is_some_and(|told| told.serverless) {
        let text = "a workgroup is asked as the account's own identity";
        remarks.push(Remark { key: "redshift_user", text: text.into() });
        login = Login::DataApiIdentity;
    }
    let cluster = match told {
        Some(_) => None,
        None => {
            let name = endpoint.host.split('.').next().unwrap_or_default().to_owned();
            let text = format!("the cluster is taken to be `{name}`, as the host begins");
            remarks.push(Remark { key: "source_cluster_endpoint", text });
            Some(name)
        }
    };
    let aws = AwsOptions { region: Some(region), ..AwsOptions::default() };
    let (tls, s3) = (TlsSettings::System, S3Options::default());
    Source { endpoint, cluster, workgroup: None, login, tls, aws, s3 }
}

#[cfg(test)]
mod tests;
