//! A server that fails on purpose, for what no server gives: storms of 503, errors inside a
//! 200, tokens that end in mid-run, lost answers, a million keys, Redshift's Data API.
//!
//! It stands in front of [`Moto`] and passes calls on. By itself it answers the Data API (whose
//! statements run on the PostgreSQL of [`Redshift`](super::redshift::Redshift)), Redshift Serverless, credentials of
//! clusters, and what moto forgets of Glue. It is no model of Amazon to be believed: each
//! request and each answer is judged by the service models that botocore ships, and what does
//! not fit is in [`Record::invalid`], which a test wants empty. The program is in Python,
//! because botocore's validators and parsers are: `aws_faults/server.py`.

mod rules;

pub use rules::{Fault, Rule};

use super::cache;
use super::condition::Condition;
use super::error::ServiceError;
use super::http;
use super::moto::Moto;
use super::ports::free_port;
use super::process::{Recipe, Service};
use super::redshift::SqlEndpoint;
use super::s3::{Credentials, S3Endpoint};
use super::scratch::Scratch;
use crate::judges::aws::PACKAGES;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// What a server is told when it starts.
#[derive(Debug, Clone)]
pub struct AwsFaultsOptions {
    /// Where statements run and for what credentials are; none where nobody asks.
    pub warehouse: Option<SqlEndpoint>,
    /// The most rows in a page of a statement's result.
    pub rows_in_page: usize,
    /// The most partitions in a page.
    pub partitions_in_page: usize,
    /// Buckets whose keys are made up as they are listed, with how many each has.
    pub generated: BTreeMap<String, u64>,
}

impl Default for AwsFaultsOptions {
    fn default() -> Self {
        AwsFaultsOptions {
            warehouse: None,
            rows_in_page: 1_000,
            partitions_in_page: 100,
            generated: BTreeMap::new(),
        }
    }
}

/// What happened so far. Calls are named `service:Operation`, as in `s3:CopyObject`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Record {
    /// How often each call came.
    pub calls: BTreeMap<String, u64>,
    /// How often a rule broke it.
    pub broken: BTreeMap<String, u64>,
    /// Requests, answers and errors that Amazon's models do not allow, each with why.
    pub invalid: Vec<String>,
    /// How often S3 was told each owner, payer, grant, class and encryption:
    /// `s3:CopyObject x-amz-acl: private`.
    pub headers: BTreeMap<String, u64>,
}

/// The running server and the moto behind it; stopped when dropped.
#[derive(Debug)]
pub struct AwsFaults {
    /// The process, for tests of faults.
    pub server: Service,
    moto: Moto,
    endpoint: S3Endpoint,
    _scratch: Scratch,
}

impl AwsFaults {
    /// Starts both, without any rule, in about three seconds.
    ///
    /// # Errors
    /// When the packages are not in the cache, or one does not become ready; with the end of
    /// its log.
    pub fn start(options: &AwsFaultsOptions) -> Result<Self, ServiceError> {
        let moto = Moto::start()?;
        let scratch = Scratch::temporary("aws-faults")?;
        let port = free_port()?;
        let told = json!({
            "port": port,
            "moto": moto.endpoint().url.trim_start_matches("http://"),
            "warehouse": options.warehouse,
            "rows_in_page": options.rows_in_page,
            "partitions_in_page": options.partitions_in_page,
            "generated": options.generated,
        });
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services/aws_faults/server.py");
        let recipe = Recipe::new("aws-faults", "python3", scratch.path())
            .variable("PYTHONPATH", cache()?.join(PACKAGES))
            .variable("PYTHONDONTWRITEBYTECODE", "1")
            .arguments([program.into_os_string(), told.to_string().into()]);
        let server = Service::start(recipe, answers(port))?;
        let endpoint = S3Endpoint::on(port, Credentials::owner(), None);
        Ok(AwsFaults { server, moto, endpoint, _scratch: scratch })
    }

    /// Where every service answers.
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    /// The server behind, to prepare and to look without faults.
    pub fn moto(&self) -> &Moto {
        &self.moto
    }

    /// Adds rules. The first one that breaks a call decides how.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn add(&self, rules: &[Rule]) -> Result<(), ServiceError> {
        let rules: Vec<_> = rules.iter().map(Rule::told).collect();
        let told = serde_json::Value::from(rules).to_string();
        self.control(&["--data-binary", &told], "rules").map(drop)
    }

    /// What happened so far.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn record(&self) -> Result<Record, ServiceError> {
        let told = self.control(&[], "record")?;
        serde_json::from_str(&told)
            .map_err(|error| ServiceError::setup(format!("cannot read the record {told}: {error}")))
    }

    fn control(&self, words: &[&str], what: &str) -> Result<String, ServiceError> {
        Recipe::new("curl", "curl", &std::env::temp_dir())
            .arguments(["--silent", "--show-error", "--fail", "--max-time", "60"])
            .arguments(words)
            .arguments([format!("{}/-/{what}", self.endpoint.url)])
            .run()
    }
}

fn answers(port: u16) -> Condition {
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    Condition::new(format!("an answer of http://{address}/-/record"), move || {
        http::get(address, "/-/record").is_some()
    })
}
