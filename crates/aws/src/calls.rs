//! Errors of single calls to a service: what was tried, and what became of it.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use boatlift_core::{Code, Error, Retry};

/// What the codes of refusals begin with: the caller is not known, or may not.
const REFUSALS: [&str; 8] = [
    "AccessDenied",
    "AuthFailure",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientToken",
    "InvalidSignature",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
];

/// What the codes of passing troubles hold.
const PASSING: [&str; 5] = ["Throttl", "Exceeded", "InternalServer", "InternalFailure", "SlowDown"];

/// The error of a call: `failed("cannot ask", "the cluster x", error)`.
pub(crate) fn failed<E>(tried: &str, on: &str, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let base = |code| Error::new(code, tried).on(on);
    match error.code() {
        Some(code) => {
            let why = format!("{code}: {}", error.message().unwrap_or("no reason given"));
            if REFUSALS.iter().any(|known| code.starts_with(known)) {
                return base(Code::ServerRefused).because(why);
            }
            let passes = PASSING.iter().any(|known| code.contains(known));
            let retry = if passes { Retry::Later } else { Retry::Never };
            base(Code::ServerFailed).because(why).retry(retry)
        }
        None if matches!(error, SdkError::ConstructionFailure(_)) => {
            base(Code::ServerRefused).because(DisplayErrorContext(&error))
        }
        None => {
            base(Code::ServerUnreachable).because(DisplayErrorContext(&error)).retry(Retry::Later)
        }
    }
}
