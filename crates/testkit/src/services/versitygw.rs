//! Versity's gateway: S3 over a folder, one small process that is ready at once.
//!
//! It knows versions, policies, tags, checksums and conditions on copies. Objects are files,
//! so names above 255 bytes between slashes and `a/b` beside `a` are refused, and `/a`, `a//b` and
//! `a/../b` are silently kept under the shorter path. The object gateway of Ceph takes all of
//! those.

use super::cache;
use super::certificates::{self, Encryption};
use super::condition::Condition;
use super::error::ServiceError;
use super::http;
use super::ports::free_port;
use super::process::{Recipe, Service};
use super::s3::{Credentials, REGION, S3Endpoint};
use super::scratch::Scratch;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The program below the cache, where `cargo xtask provision` builds it.
const PROGRAM: &str = "tools/go/versitygw-1.7.0/versitygw";

/// Whether a bucket can be told to keep versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    /// Versions are kept of buckets that are told so.
    #[default]
    Available,
    /// The server knows no versions.
    Absent,
}

/// What differs between gateways.
#[derive(Debug, Clone, Default)]
pub struct VersitygwOptions {
    /// A folder that keeps the data; a temporary one when there is none.
    pub directory: Option<PathBuf>,
    /// Whether buckets can keep versions.
    pub versions: Versions,
    /// The most bytes that one CopyObject takes, so that copies in parts are tested without
    /// objects of 5 GiB; those 5 GiB when there is none.
    pub copy_limit_bytes: Option<u64>,
    /// Whether it speaks TLS.
    pub encryption: Encryption,
}

/// The running gateway; stopped when dropped.
#[derive(Debug)]
pub struct Versitygw {
    /// The process, for tests of faults.
    pub gateway: Service,
    endpoint: S3Endpoint,
    scratch: Scratch,
}

impl Versitygw {
    /// Starts it and returns when it answers, within a second.
    ///
    /// # Errors
    /// When the program is not in the cache, or does not become ready; with the end of its
    /// log.
    pub fn start(options: &VersitygwOptions) -> Result<Self, ServiceError> {
        let scratch = Scratch::at(options.directory.as_deref(), "versitygw")?;
        let port = free_port()?;
        let (owner, other) = (Credentials::owner(), Credentials::other());
        let endpoint = S3Endpoint::on(port, owner, Some(other));
        let recipe = recipe(options, &scratch, port)?;
        let (gateway, endpoint) = match options.encryption {
            Encryption::None => (Service::start(recipe, answers(port))?, endpoint),
            Encryption::Required => {
                let made = certificates::make(scratch.path())?;
                let secured =
                    recipe.variable("VGW_CERT", made.server).variable("VGW_KEY", made.key);
                let listens = Condition::port(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
                (Service::start(secured, listens)?, endpoint.encrypted(made.authority))
            }
        };
        add_other(&endpoint, scratch.path())?;
        Ok(Versitygw { gateway, endpoint, scratch })
    }

    /// Where it answers, and to whom.
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    /// The folder of the service. Buckets are the folders in its `data`.
    pub fn directory(&self) -> &Path {
        self.scratch.path()
    }
}

fn program() -> Result<PathBuf, ServiceError> {
    Ok(cache()?.join(PROGRAM))
}

/// Without `--keep-alive` it closes every connection after one answer.
fn recipe(
    options: &VersitygwOptions,
    scratch: &Scratch,
    port: u16,
) -> Result<Recipe, ServiceError> {
    let owner = Credentials::owner();
    let mut recipe = Recipe::new("versitygw", program()?, scratch.path())
        .variable("ROOT_ACCESS_KEY", owner.access_key)
        .variable("ROOT_SECRET_KEY", owner.secret_key)
        .arguments(["--quiet", "--keep-alive", "--health", "/health", "--region", REGION])
        .arguments(["--port".to_owned(), format!("127.0.0.1:{port}")])
        .arguments(["--iam-dir".into(), scratch.folder("users")?]);
    if let Some(bytes) = options.copy_limit_bytes {
        recipe = recipe.arguments(["--copy-object-threshold".to_owned(), bytes.to_string()]);
    }
    recipe = recipe.arguments(["posix"]);
    if options.versions == Versions::Available {
        recipe = recipe.arguments(["--versioning-dir".into(), scratch.folder("versions")?]);
    }
    Ok(recipe.arguments([scratch.folder("data")?]))
}

fn answers(port: u16) -> Condition {
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    Condition::new(format!("an answer of http://{address}/health"), move || {
        http::get(address, "/health").is_some()
    })
}

/// Adds the second user, unless a kept folder knows her already.
fn add_other(endpoint: &S3Endpoint, directory: &Path) -> Result<(), ServiceError> {
    let tool = |words: &[&str]| {
        let owner = Credentials::owner();
        let recipe = Recipe::new("versitygw-admin", program()?, directory)
            .variable("ADMIN_ACCESS_KEY", owner.access_key)
            .variable("ADMIN_SECRET_KEY", owner.secret_key)
            .variable("ADMIN_ALLOW_INSECURE", endpoint.authority.is_some().to_string())
            .arguments(["admin", "--region", REGION, "--endpoint-url", &endpoint.url]);
        recipe.arguments(words).run()
    };
    let known = tool(&["list-users"])?;
    if let Some(Credentials { access_key, secret_key }) = &endpoint.other
        && !known.contains(access_key)
    {
        let keys = ["--access", access_key, "--secret", secret_key];
        tool(&[&["create-user", "--role", "user"], &keys[..]].concat())?;
    }
    Ok(())
}
