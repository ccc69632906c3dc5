//! Programs in Python that ask servers of Amazon's protocols by boto3, Amazon's own client.
//! They share no code with us; `cargo xtask provision` brings boto3 into the cache.

use super::{finish, python};
use crate::services::error::ServiceError;
use crate::services::s3::S3Endpoint;
use serde_json::Value;
use std::process::Command;

/// Where the packages lie below the cache.
pub const PACKAGES: &str = "tools/python-aws";

/// What can be asked of a server. Each question makes what it needs, and each takes names of
/// its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// S3: are odd keys put, read, copied and listed? An answer for each kind of key.
    Keys,
    /// S3: how many versions are there after two writes and a removal, and can the first
    /// be copied?
    Versions,
    /// S3: is an object copied in parts, with metadata and tags?
    Parts,
    /// S3: an object `sealed` with a key of the customer's own; how is it refused without?
    Sealed,
    /// Glue: a database, a table and its partitions, as they come back.
    Glue,
    /// Redshift: a cluster's endpoint and credentials; and who STS says we are.
    Redshift,
    /// S3: how eight copies end, and which of them are there.
    Copies,
    /// S3: the days of a bucket of generated keys, one of them, and the bucket's end.
    Listing,
    /// The Data API: a result in pages, and a statement that fails.
    Statements,
    /// Redshift Serverless: workgroups and credentials; and those of a cluster.
    Serverless,
    /// Glue: segments and pages of partitions, their limit, indexes, statistics.
    Catalog,
}

impl Question {
    /// The program that asks it, and its word there.
    fn words(self) -> [&'static str; 2] {
        match self {
            Question::Keys => ["s3", "keys"],
            Question::Versions => ["s3", "versions"],
            Question::Parts => ["s3", "parts"],
            Question::Sealed => ["s3", "sealed"],
            Question::Glue => ["control", "glue"],
            Question::Redshift => ["control", "redshift"],
            Question::Copies => ["faults", "copies"],
            Question::Listing => ["faults", "listing"],
            Question::Statements => ["faults", "statements"],
            Question::Serverless => ["faults", "serverless"],
            Question::Catalog => ["faults", "catalog"],
        }
    }
}

/// Asks a server one question; `name` is that of the bucket, database or cluster to make.
///
/// # Errors
/// What the program said, when the server does not answer as a server should.
pub fn ask(server: &S3Endpoint, question: Question, name: &str) -> Result<Value, String> {
    let [script, word] = question.words();
    let mut asked = program(script).map_err(|error| error.to_string())?;
    asked.args([&server.url, &server.owner.access_key, &server.owner.secret_key]);
    let answer = finish(asked.args([word, name]))?;
    serde_json::from_str(&answer).map_err(|error| format!("cannot read {answer}: {error}"))
}

/// One of the programs, not started.
///
/// # Errors
/// When there is no cache.
pub fn program(name: &str) -> Result<Command, ServiceError> {
    python(PACKAGES, &format!("aws/{name}.py"))
}
