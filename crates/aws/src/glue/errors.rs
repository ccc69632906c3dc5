//! From what the service answered to an error that a person can act on.
//!
//! Source of the names: the exceptions of the Glue API, and the errors common to all of
//! Amazon's services.

use crate::answers::{Origin, words};
use aws_sdk_glue::config::http::HttpResponse;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_glue::types::ErrorDetail;
use boatlift_core::{Code, Error, Retry};
use std::fmt::Display;

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The service's own name for it; empty when it said none.
    exception: String,
    /// Its words, or those of the way there.
    message: String,
    origin: Origin,
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let exception = error.code().unwrap_or_default().to_owned();
        Failure { exception, message: words(&error), origin: Origin::of(&error) }
    }
}

impl From<Option<&ErrorDetail>> for Failure {
    /// What a batch says of one of its members.
    fn from(detail: Option<&ErrorDetail>) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Failure {
            exception: text(detail.and_then(ErrorDetail::error_code)),
            message: text(detail.and_then(ErrorDetail::error_message)),
            origin: Origin::Service,
        }
    }
}

impl Failure {
    /// An answer that lacks what the service's own description promises.
    pub(super) fn malformed(message: impl Display) -> Failure {
        Failure { exception: String::new(), message: message.to_string(), origin: Origin::Service }
    }

    /// Whether the database, table, partition or column is not there.
    pub(super) fn is_missing(&self) -> bool {
        self.exception == "EntityNotFoundException"
    }

    /// Whether something of that name is there already.
    pub(super) fn is_present(&self) -> bool {
        self.exception == "AlreadyExistsException"
    }

    fn is_throttled(&self) -> bool {
        matches!(
            &*self.exception,
            "ThrottlingException"
                | "Throttling"
                | "ThrottledException"
                | "TooManyRequestsException"
                | "RequestLimitExceeded"
                | "ConcurrentModificationException"
        )
    }

    fn is_expired(&self) -> bool {
        matches!(&*self.exception, "ExpiredTokenException" | "ExpiredToken")
    }

    fn is_login(&self) -> bool {
        self.is_expired()
            || self.origin == Origin::Ourselves
            || matches!(
                &*self.exception,
                "UnrecognizedClientException"
                    | "InvalidSignatureException"
                    | "InvalidClientTokenId"
                    | "IncompleteSignature"
                    | "MissingAuthenticationToken"
                    | "MissingAuthenticationTokenException"
            )
    }

    fn code(&self) -> Code {
        match &*self.exception {
            "AccessDeniedException" | "AccessDenied" => Code::Denied,
            "ResourceNumberLimitExceededException" => Code::NoSpace,
            _ if self.is_missing() => Code::GlueMissing,
            _ if self.is_throttled() => Code::GlueThrottled,
            _ if self.is_login() => Code::ServerRefused,
            _ if self.origin == Origin::Way => Code::ServerUnreachable,
            _ => Code::ServerFailed,
        }
    }

    fn retry(&self) -> Retry {
        let passes = matches!(
            &*self.exception,
            "InternalServiceException"
                | "InternalFailure"
                | "ServiceUnavailable"
                | "OperationTimeoutException"
                | "ResourceNotReadyException"
                | "FederationSourceRetryableException"
        );
        match passes || self.is_throttled() || self.is_expired() || self.origin == Origin::Way {
            true => Retry::Later,
            false => Retry::Never,
        }
    }

    fn reason(&self) -> String {
        let words = self.message.lines().next().unwrap_or_default().trim().trim_end_matches('.');
        match (words, &*self.exception) {
            ("", "") => "the service gives no reason".to_owned(),
            ("", exception) => exception.to_owned(),
            (words, "") => words.to_owned(),
            (words, exception) => format!("{words} ({exception})"),
        }
    }

    /// The error that a person sees.
    pub(super) fn into_error(self, tried: &str, subject: impl Display) -> Error {
        let error = Error::new(self.code(), tried).on(subject);
        error.because(self.reason()).retry(self.retry())
    }
}

/// For `map_err`: says what was tried, and on what.
pub(super) fn failed(tried: &str, subject: impl Display) -> impl FnOnce(Failure) -> Error {
    move |failure| failure.into_error(tried, subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(exception: &str) -> Failure {
        Failure { exception: exception.into(), ..Failure::malformed("") }
    }

    #[test]
    fn the_exception_decides_code_and_retry() {
        for (exception, code, retry) in [
            ("ThrottlingException", Code::GlueThrottled, Retry::Later),
            ("ConcurrentModificationException", Code::GlueThrottled, Retry::Later),
            ("AccessDeniedException", Code::Denied, Retry::Never),
            ("EntityNotFoundException", Code::GlueMissing, Retry::Never),
            ("ResourceNumberLimitExceededException", Code::NoSpace, Retry::Never),
            ("ResourceNotReadyException", Code::ServerFailed, Retry::Later),
            ("InternalServiceException", Code::ServerFailed, Retry::Later),
            ("InvalidInputException", Code::ServerFailed, Retry::Never),
            ("UnrecognizedClientException", Code::ServerRefused, Retry::Never),
            ("ExpiredTokenException", Code::ServerRefused, Retry::Later),
            ("", Code::ServerFailed, Retry::Never),
        ] {
            let error = said(exception).into_error("cannot read table", "d.t");
            assert_eq!((error.code, error.retry), (code, retry), "{exception}");
        }
    }

    #[test]
    fn what_failed_on_the_way_may_pass() {
        let failure = Failure { origin: Origin::Way, ..said("") };
        let error = failure.into_error("cannot read table", "d.t");
        assert_eq!((error.code, error.retry), (Code::ServerUnreachable, Retry::Later));
        let failure = Failure { origin: Origin::Ourselves, ..Failure::malformed("no credentials") };
        let error = failure.into_error("cannot read table", "d.t");
        assert_eq!(error.code, Code::ServerRefused);
        assert_eq!(error.to_string(), "cannot read table d.t: no credentials");
    }
}
