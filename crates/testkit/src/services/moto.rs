//! Moto: Amazon's S3, Glue, Redshift, STS and KMS, played by one Python process in memory.
//!
//! What it does is close to Amazon where its makers cared: policies, archived objects, the
//! catalog's fields, credentials of a cluster. It has no Data API worth the name, no limit of
//! partitions in a call, no pages of partitions, no keys with line breaks, and it ignores conditions
//! on a copy's source.

use super::cache;
use super::condition::Condition;
use super::error::ServiceError;
use super::http;
use super::ports::free_port;
use super::process::{Recipe, Service};
use super::s3::{Credentials, S3Endpoint};
use super::scratch::Scratch;
use crate::judges::aws::PACKAGES;
use std::net::{Ipv4Addr, SocketAddr};

/// The running server; stopped when dropped. It forgets everything when it ends.
#[derive(Debug)]
pub struct Moto {
    /// The process, for tests of faults.
    pub server: Service,
    endpoint: S3Endpoint,
    _scratch: Scratch,
}

impl Moto {
    /// Starts it and returns when it answers, after about two seconds.
    ///
    /// # Errors
    /// When the packages are not in the cache, or it does not become ready; with the end of
    /// its log.
    pub fn start() -> Result<Self, ServiceError> {
        let scratch = Scratch::temporary("moto")?;
        let port = free_port()?;
        let recipe = Recipe::new("moto", "python3", scratch.path())
            .variable("PYTHONPATH", cache()?.join(PACKAGES))
            .variable("PYTHONDONTWRITEBYTECODE", "1")
            .arguments(["-m", "moto.server", "--host", "127.0.0.1", "--port", &port.to_string()]);
        let server = Service::start(recipe, answers(port))?;
        let endpoint = S3Endpoint::on(port, Credentials::owner(), None);
        Ok(Moto { server, endpoint, _scratch: scratch })
    }

    /// Where every one of its services answers. Any credentials are accepted; a bucket's
    /// policy holds for everybody.
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }
}

fn answers(port: u16) -> Condition {
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    Condition::new(format!("an answer of http://{address}/moto-api/"), move || {
        http::get(address, "/moto-api/").is_some()
    })
}
