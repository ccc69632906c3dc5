//! WebHDFS: what a NameNode tells over HTTP and not to a client of its own protocol here.
//!
//! Checksums of whole files, snapshots and what differs between two, quotas, extended
//! attributes. No content goes this way. After the WebHDFS REST API of Hadoop 2 and 3; a
//! NameNode that lacks an operation answers with an exception of its own, which comes back
//! as it was said.

mod answers;
mod attributes;
mod error;
mod negotiate;
mod path;
mod quota;
mod request;
mod snapshots;
#[cfg(test)]
mod tests;

use answers::FileChecksumAnswer;
pub use error::WebHdfsError;
pub use negotiate::negotiate;
pub use quota::QuotaUsage;
use request::Verb;
pub use snapshots::{Difference, DifferenceKind};
use std::fmt;
use std::time::Duration;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Says what the `Authorization` header to a host is to be, where there is to be one: a
/// fresh one for each request, since SPNEGO tokens are good for one.
pub type Authorization = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A cluster's NameNodes, asked over HTTP. Calls block.
pub struct WebHdfs {
    /// `http://host:port` of each NameNode; the active one is found by asking.
    endpoints: Vec<String>,
    user: Option<String>,
    authorization: Authorization,
    agent: ureq::Agent,
}

/// A checksum over a whole file, as the cluster computes it.
///
/// Only checksums of one algorithm can be compared; that of `MD5-of-…CRC32C` also depends
/// on the block size, `COMPOSITE-CRC32C` on content alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileChecksum {
    /// The algorithm with its parameters.
    pub algorithm: String,
    /// The checksum, in hexadecimal digits.
    pub bytes: String,
}

impl WebHdfs {
    /// A client of the NameNodes at `endpoints` (`http://host:port`), for `user` where the
    /// cluster is not secured. Nothing is sent yet.
    ///
    /// # Errors
    /// [`WebHdfsError::Endpoint`] when there is none, or one is no HTTP address.
    pub fn new(
        endpoints: impl IntoIterator<Item = impl Into<String>>,
        user: Option<&str>,
    ) -> Result<WebHdfs, WebHdfsError> {
        let trimmed = |endpoint: String| endpoint.trim_end_matches('/').to_owned();
        let endpoints: Vec<String> = endpoints.into_iter().map(Into::into).map(trimmed).collect();
        let bad = endpoints.iter().find(|endpoint| request::host(endpoint).is_none());
        match (endpoints.is_empty(), bad) {
            (true, _) => return Err(WebHdfsError::Endpoint("no NameNode is given".into())),
            (_, Some(bad)) => return Err(WebHdfsError::Endpoint(format!("`{bad}` is no address"))),
            (false, None) => {}
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let user = user.map(str::to_owned);
        Ok(WebHdfs { endpoints, user, authorization: Box::new(|_| None), agent })
    }

    /// The same, with an `Authorization` header: [`negotiate`] on a secured cluster.
    #[must_use]
    pub fn with_authorization(self, authorization: Authorization) -> WebHdfs {
        WebHdfs { authorization, ..self }
    }

    /// The checksum of the file at the absolute `path`.
    ///
    /// # Errors
    /// When it is not there, is no file, or the cluster cannot be asked.
    pub fn file_checksum(&self, path: &str) -> Result<FileChecksum, WebHdfsError> {
        let answer: FileChecksumAnswer = self.ask(Verb::Get, path, "GETFILECHECKSUM", &[])?;
        let answer = answer.checksum;
        Ok(FileChecksum { algorithm: answer.algorithm, bytes: answer.bytes })
    }
}

impl fmt::Debug for WebHdfs {
    /// Without what authorizes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("WebHdfs");
        shown.field("endpoints", &self.endpoints).field("user", &self.user).finish_non_exhaustive()
    }
}
