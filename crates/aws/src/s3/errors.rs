//! From what a server answered to an error that a person can act on.

use crate::answers::{Origin, words};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
pub(crate) use boatlift_core::lane::{Halt, Part};
use boatlift_core::{Code, Error, Retry};
use std::fmt::Display;

/// The result of one request.
pub type Answer<T> = Result<T, Refusal>;

/// What a server, or the way to it, said instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// The server's own code: `NoSuchKey`. Empty where it said none, as to a HEAD.
    pub code: String,
    /// Its own words, or those of the system.
    pub message: String,
    /// The region of the bucket, where the server named it.
    pub region: Option<String>,
    origin: Origin,
}

impl<E> From<SdkError<E, HttpResponse>> for Refusal
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let raw = error.raw_response();
        let region = raw.and_then(|raw| raw.headers().get("x-amz-bucket-region"));
        Refusal {
            status: raw.map(|raw| raw.status().as_u16()),
            code: error.code().unwrap_or_default().to_owned(),
            message: words(&error),
            region: region.map(str::to_owned),
            origin: Origin::of(&error),
        }
    }
}

impl Refusal {
    /// A refusal of our own.
    pub(crate) fn ours(message: impl Into<String>) -> Refusal {
        Refusal {
            status: None,
            code: String::new(),
            message: message.into(),
            region: None,
            origin: Origin::Way,
        }
    }

    /// A condition that did not hold, by our own look.
    pub(crate) fn condition() -> Refusal {
        Refusal { code: "PreconditionFailed".into(), ..Refusal::ours("a condition did not hold") }
    }

    /// Whether no such object is there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        match &*self.code {
            "NoSuchKey" | "NoSuchVersion" | "NotFound" => true,
            "" => self.status == Some(404),
            _ => false,
        }
    }

    /// Whether no such bucket is there.
    #[must_use]
    pub fn is_bucket_missing(&self) -> bool {
        self.code == "NoSuchBucket"
    }

    /// Whether the object is encrypted with a key of the customer's own, which must come with
    /// the request. Amazon has no code for it, but these words.
    #[must_use]
    pub fn is_customer_key(&self) -> bool {
        self.status == Some(400) && self.message.contains("Server Side Encryption")
    }

    /// Whether the right is missing.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        match &*self.code {
            "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => true,
            "" => self.status == Some(403),
            _ => false,
        }
    }

    /// Whether a condition of the request did not hold.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        self.code == "PreconditionFailed" || self.status == Some(412)
    }

    /// Whether the server does not know the request, or an option of it.
    #[must_use]
    pub fn is_unknown_request(&self) -> bool {
        matches!(&*self.code, "NotImplemented" | "MethodNotAllowed" | "XNotImplemented")
            || self.status == Some(501)
    }

    /// Whether the server does not take this request, for a reason of its own.
    pub(crate) fn is_plain_no(&self) -> bool {
        self.status == Some(400) && self.kind().is_none()
    }

    /// Whether no such upload by parts is there.
    pub(crate) fn is_upload_missing(&self) -> bool {
        self.code == "NoSuchUpload" || self.is_missing()
    }

    fn is_login(&self) -> bool {
        matches!(
            &*self.code,
            "InvalidAccessKeyId"
                | "SignatureDoesNotMatch"
                | "InvalidClientTokenId"
                | "RequestTimeTooSkewed"
        ) || self.is_expired()
            || self.origin == Origin::Ourselves
    }

    fn is_expired(&self) -> bool {
        matches!(&*self.code, "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired")
    }

    fn is_other_region(&self) -> bool {
        matches!(&*self.code, "PermanentRedirect" | "AuthorizationHeaderMalformed")
            || matches!(self.status, Some(301 | 307))
    }

    fn is_throttled(&self) -> bool {
        matches!(&*self.code, "SlowDown" | "TooManyRequests" | "RequestLimitExceeded")
            || matches!(self.status, Some(429 | 503))
    }

    fn kind(&self) -> Option<Code> {
        Some(match &*self.code {
            _ if self.is_other_region() => Code::S3Region,
            "InvalidObjectState" | "ObjectNotInActiveTierError" => Code::S3Archived,
            _ if self.is_login() => Code::S3Credentials,
            _ if self.is_throttled() => Code::S3Throttled,
            "QuotaExceeded" | "InsufficientCapacity" | "XMinioStorageFull" => Code::NoSpace,
            "KeyTooLongError" | "KeyTooLong" | "InvalidURI" | "XMinioInvalidObjectName" => {
                Code::Unsupported
            }
            _ if self.is_denied() => Code::Denied,
            _ if self.is_unknown_request() => Code::S3Unsupported,
            "MissingContentLength" => Code::S3Unsupported,
            _ if self.origin == Origin::Way && self.status.is_none() => Code::ServerUnreachable,
            _ => return None,
        })
    }

    fn retry(&self) -> Retry {
        let passes = matches!(&*self.code, "InternalError" | "RequestTimeout" | "OperationAborted");
        match self.status {
            _ if passes || self.is_throttled() || self.origin == Origin::Way => Retry::Later,
            // A role's session that ended in mid-request is another one by then.
            _ if self.is_expired() => Retry::Later,
            Some(500..=599) if !self.is_unknown_request() => Retry::Later,
            _ => Retry::Never,
        }
    }

    /// The error that this is: of kind `code`, unless the answer names a kind of its own.
    #[must_use]
    pub fn error(&self, code: Code, tried: &'static str, on: impl Display) -> Error {
        failed(code, tried, on)(self.clone())
    }

    /// What was said, in one line.
    #[must_use]
    pub fn reason(&self) -> String {
        let words = self.message.lines().next().unwrap_or_default().trim();
        let status = self.status.map(|status| status.to_string()).unwrap_or_default();
        let mut reason = match (words, &*self.code) {
            ("", "") => match self.status {
                Some(403) => "the server denies it (403)".to_owned(),
                Some(404) => "it is not there (404)".to_owned(),
                _ => format!("the server answers {status}"),
            },
            ("", code) => code.to_owned(),
            (words, "") => words.to_owned(),
            (words, code) => format!("{} ({code})", words.trim_end_matches('.')),
        };
        if let Some(region) = self.region.as_ref().filter(|_| self.is_other_region()) {
            reason = format!("the bucket is in region {region}");
        }
        reason
    }
}

/// For `map_err`: an error of kind `code`, unless the answer names a kind of its own.
pub(crate) fn failed(
    code: Code,
    tried: &'static str,
    subject: impl Display,
) -> impl FnOnce(Refusal) -> Error {
    move |refusal| {
        Error::new(refusal.kind().unwrap_or(code), tried)
            .on(subject)
            .because(refusal.reason())
            .retry(refusal.retry())
    }
}

/// The same for roots: their code says what is lost without them, unless a person must turn
/// to something else first.
pub(crate) fn root_failed(
    code: Code,
    tried: &'static str,
    subject: impl Display,
) -> impl FnOnce(Refusal) -> Error {
    move |refusal| {
        let own = match refusal.kind() {
            _ if refusal.is_bucket_missing() => Code::RootMissing,
            Some(Code::Denied) | None => code,
            Some(kind) => kind,
        };
        Error { code: own, ..failed(code, tried, subject)(refusal) }
    }
}

/// The listing or the step was stopped from outside.
pub(crate) fn interrupted() -> Error {
    Error::new(Code::Interrupted, "stopped before the end")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, code: &str) -> Refusal {
        Refusal {
            status: Some(status),
            code: code.into(),
            origin: Origin::Service,
            ..Refusal::ours("")
        }
    }

    #[test]
    fn what_the_server_says_decides_kind_and_retry() {
        for (status, code, kind, retry) in [
            (403, "AccessDenied", Code::Denied, Retry::Never),
            (403, "", Code::Denied, Retry::Never),
            (403, "InvalidAccessKeyId", Code::S3Credentials, Retry::Never),
            (400, "ExpiredToken", Code::S3Credentials, Retry::Later),
            (403, "InvalidObjectState", Code::S3Archived, Retry::Never),
            (301, "PermanentRedirect", Code::S3Region, Retry::Never),
            (503, "SlowDown", Code::S3Throttled, Retry::Later),
            (200, "InternalError", Code::WriteFailed, Retry::Later),
            (500, "", Code::WriteFailed, Retry::Later),
            (501, "NotImplemented", Code::S3Unsupported, Retry::Never),
            (411, "MissingContentLength", Code::S3Unsupported, Retry::Never),
            (404, "NoSuchBucket", Code::WriteFailed, Retry::Never),
        ] {
            let error = failed(Code::WriteFailed, "cannot write", "a")(said(status, code));
            assert_eq!((error.code, error.retry), (kind, retry), "{status} {code}");
        }
    }

    #[test]
    fn a_missing_bucket_is_not_a_missing_object() {
        assert!(said(404, "NoSuchKey").is_missing() && said(404, "").is_missing());
        assert!(!said(404, "NoSuchBucket").is_missing());
        let error =
            root_failed(Code::RootUnreadable, "cannot open", "b")(said(404, "NoSuchBucket"));
        assert_eq!(error.code, Code::RootMissing);
    }

    #[test]
    fn the_bucket_s_region_is_named() {
        let refusal = Refusal { region: Some("eu-west-1".into()), ..said(301, "") };
        let error = root_failed(Code::RootUnreadable, "cannot open", "b")(refusal);
        assert_eq!(error.to_string(), "cannot open b: the bucket is in region eu-west-1");
        assert_eq!(error.code, Code::S3Region);
    }
}
