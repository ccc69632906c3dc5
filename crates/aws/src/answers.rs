//! What the SDK says when a request had no good answer: who refused, and in which words.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};

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

/// The service's own words; where it said none the innermost cause that says anything, since the
/// outer ones only tell that something failed.
pub(crate) fn words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    /// What the SDK's layers say when they know nothing themselves.
    const EMPTY: [&str; 2] = ["service error", "unhandled error"];
    if let Some(message) = error.message() {
        return message.to_owned();
    }
    let mut told = error.to_string();
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
        let text = match source.downcast_ref::<ErrorMetadata>() {
            Some(said) => {
                [said.code(), said.message()].into_iter().flatten().collect::<Vec<_>>().join(": ")
            }
            None => source.to_string(),
        };
        if !text.is_empty() && !EMPTY.contains(&text.as_str()) {
            told = text;
        }
    }
    told
}
