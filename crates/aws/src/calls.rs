//! Errors of single calls to a service: what was tried, and what became of it.

use crate::answers::{Origin, words};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
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
    let words = words(&error);
    match (error.code(), Origin::of(&error)) {
        (Some(code), _) if REFUSALS.iter().any(|known| code.starts_with(known)) => {
            base(Code::ServerRefused).because(format!("{code}: {words}"))
        }
        (Some(code), _) => {
            let passes = PASSING.iter().any(|known| code.contains(known));
            let retry = if passes { Retry::Later } else { Retry::Never };
            base(Code::ServerFailed).because(format!("{code}: {words}")).retry(retry)
        }
        (None, Origin::Ourselves) => base(Code::ServerRefused).because(words),
        (None, _) => base(Code::ServerUnreachable).because(words).retry(Retry::Later),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use std::io;

    /// What the SDK says without an answer, four layers deep as it is wrapped there.
    fn dispatched(error: ConnectorError) -> Error {
        let error = SdkError::<Plain, HttpResponse>::dispatch_failure(error);
        failed("cannot ask", "the cluster x", error)
    }

    #[derive(Debug)]
    struct Plain;

    impl std::fmt::Display for Plain {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no credentials anywhere")
        }
    }

    impl std::error::Error for Plain {}

    impl ProvideErrorMetadata for Plain {
        fn meta(&self) -> &ErrorMetadata {
            static NONE: std::sync::LazyLock<ErrorMetadata> =
                std::sync::LazyLock::new(|| ErrorMetadata::builder().build());
            &NONE
        }
    }

    #[test]
    fn without_credentials_nothing_is_tried_again_and_the_cause_alone_is_told() {
        let error = dispatched(ConnectorError::other(Box::new(Plain), None));
        assert_eq!((error.code, error.retry), (Code::ServerRefused, Retry::Never));
        assert_eq!(error.to_string(), "cannot ask the cluster x: no credentials anywhere");
    }

    #[test]
    fn what_fails_on_the_way_may_pass() {
        let cut = io::Error::new(io::ErrorKind::ConnectionReset, "cut");
        let error = dispatched(ConnectorError::io(Box::new(cut)));
        assert_eq!((error.code, error.retry), (Code::ServerUnreachable, Retry::Later));
    }
}
