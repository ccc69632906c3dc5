//! What a test needs to know of a server that speaks S3, and the few calls that prepare one:
//! buckets and their versions. They are made by `curl`, which signs requests by itself, so
//! that no client of ours judges itself.

use super::error::ServiceError;
use super::process::Recipe;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The region of every server of the tests.
pub const REGION: &str = "us-east-1";

/// The longest that one call takes, in seconds.
const LIMIT_SECONDS: &str = "60";

/// Turns versions of objects on for a bucket.
const VERSIONS_ON: &str = "<VersioningConfiguration \
    xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status>\
    </VersioningConfiguration>";

/// How one user of a server signs.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: String,
}

impl Credentials {
    /// Credentials that servers of tests are told to accept.
    pub fn new(access_key: &str, secret_key: &str) -> Self {
        Credentials { access_key: access_key.to_owned(), secret_key: secret_key.to_owned() }
    }

    /// Those of the user to whom a test's buckets belong.
    pub fn owner() -> Self {
        Credentials::new("BOATLIFTOWNER", "secret-of-the-owner")
    }

    /// Those of a user who may do nothing until a bucket's policy lets her.
    pub fn other() -> Self {
        Credentials::new("BOATLIFTOTHER", "secret-of-the-other")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key", &self.access_key)
            .field("secret_key", &"***")
            .finish()
    }
}

/// A server that speaks S3. Buckets are in the path of a URL, not in its host.
#[derive(Debug, Clone, Serialize)]
pub struct S3Endpoint {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Who may do everything.
    pub owner: Credentials,
    /// Who may do what the owner allows; none where the server knows one user only.
    pub other: Option<Credentials>,
    /// The certificate of the authority to trust, in PEM; none without TLS.
    pub authority: Option<PathBuf>,
}

impl S3Endpoint {
    /// A server on a port of this machine.
    pub(super) fn on(port: u16, owner: Credentials, other: Option<Credentials>) -> Self {
        let url = format!("http://127.0.0.1:{port}");
        S3Endpoint { url, region: REGION.to_owned(), owner, other, authority: None }
    }

    /// The same server, which speaks TLS alone, by a certificate that `authority` vouches for.
    pub(super) fn encrypted(self, authority: PathBuf) -> Self {
        let url = self.url.replacen("http://", "https://", 1);
        S3Endpoint { url, authority: Some(authority), ..self }
    }

    /// Makes a bucket that belongs to the owner.
    ///
    /// # Errors
    /// When the server refuses; with its answer.
    pub fn make_bucket(&self, name: &str) -> Result<(), ServiceError> {
        self.call(&self.owner, "PUT", name, None).map(drop)
    }

    /// Keeps every version of the objects of a bucket from now on.
    ///
    /// # Errors
    /// When the server refuses; with its answer.
    pub fn keep_versions(&self, bucket: &str) -> Result<(), ServiceError> {
        self.call(&self.owner, "PUT", &format!("{bucket}?versioning="), Some(VERSIONS_ON)).map(drop)
    }

    /// Lets a policy say who may do what with a bucket. It is JSON in Amazon's language.
    ///
    /// # Errors
    /// When the server refuses; with its answer.
    pub fn set_policy(&self, bucket: &str, policy: &str) -> Result<(), ServiceError> {
        self.call(&self.owner, "PUT", &format!("{bucket}?policy="), Some(policy)).map(drop)
    }

    /// Lets the server copy an object of the owner. Both are `BUCKET/KEY` with the key encoded.
    ///
    /// # Errors
    /// When the server refuses, also in an answer that begins with 200; with its answer.
    pub fn copy(&self, from: &str, to: &str) -> Result<(), ServiceError> {
        let source = format!("x-amz-copy-source: {from}");
        let answer = self.send(&self.owner, &["--request", "PUT", "--header", &source], to)?;
        match answer.contains("<Error>") {
            true => Err(ServiceError::setup(format!("{from} is not copied to {to}: {answer}"))),
            false => Ok(()),
        }
    }

    /// Puts an object of the owner with more headers, each as `name: value`.
    ///
    /// # Errors
    /// When the server refuses; with its answer.
    pub fn put_with(&self, path: &str, body: &str, headers: &[&str]) -> Result<(), ServiceError> {
        let headers = headers.iter().flat_map(|header| ["--header", header]);
        let words = ["--request", "PUT", "--data-raw", body].into_iter().chain(headers);
        self.send(&self.owner, &words.collect::<Vec<_>>(), path).map(drop)
    }

    /// Puts a file as an object of the owner, also one that is too long for a command line.
    ///
    /// # Errors
    /// When the server refuses; with its answer.
    pub fn put_file(&self, path: &str, file: &Path) -> Result<(), ServiceError> {
        let body = format!("@{}", file.display());
        self.send(&self.owner, &["--request", "PUT", "--data-binary", &body], path).map(drop)
    }

    /// One signed request; gives the answer's body. The path is that of a URL, already
    /// encoded, without a slash before it; each word of a query has its `=`.
    ///
    /// # Errors
    /// When the server does not answer, or answers with 400 or more; with the body.
    pub fn call(
        &self,
        user: &Credentials,
        method: &str,
        path_and_query: &str,
        body: Option<&str>,
    ) -> Result<String, ServiceError> {
        let mut words = vec!["--request", method];
        if let Some(body) = body {
            words.extend(["--data-raw", body]);
        }
        self.send(user, &words, path_and_query)
    }

    /// A request of which `curl` was told all but the signature and the URL. This `curl` hashes
    /// no body by itself, so none is signed.
    fn send(
        &self,
        user: &Credentials,
        words: &[&str],
        path_and_query: &str,
    ) -> Result<String, ServiceError> {
        let signature = format!("aws:amz:{}:s3", self.region);
        let keys = format!("{}:{}", user.access_key, user.secret_key);
        let url = format!("{}/{path_and_query}", self.url);
        let trust = self.authority.iter().flat_map(|path| ["--cacert".into(), path.clone()]);
        Recipe::new("curl", "curl", &std::env::temp_dir())
            .arguments(trust.map(PathBuf::into_os_string))
            .arguments(["--silent", "--show-error", "--fail-with-body", "--path-as-is"])
            .arguments(["--max-time", LIMIT_SECONDS, "--aws-sigv4", &signature, "--user", &keys])
            .arguments(["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
            .arguments(["--header", "content-type: application/octet-stream"])
            .arguments(words)
            .arguments([url])
            .run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let endpoint = S3Endpoint::on(1, Credentials::owner(), Some(Credentials::other()));
        let printed = format!("{endpoint:?}");
        assert!(printed.contains("BOATLIFTOWNER") && printed.contains("BOATLIFTOTHER"));
        assert!(!printed.contains("secret-of"), "{printed}");
    }
}
