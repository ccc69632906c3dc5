//! What the SDK says when a request had no good answer: who refused, and in which words.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// Who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Service,
    /// The way there, or back: the request may have been carried out.
    Way,
    /// No credentials were found, or no request could be made.
    Ourselves,
}

impl Origin {
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => Origin::Service,
            SdkError::TimeoutError(_) => Origin::Way,
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
                Origin::Way
            }
            _ => Origin::Ourselves,
        }
    }
}

/// The service's own words; the innermost cause where it said none, since the outer ones only say
/// that something failed.
pub(crate) fn words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some(message) = error.message() {
        return message.to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
