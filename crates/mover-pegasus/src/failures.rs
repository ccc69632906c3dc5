//! What Pegasus answers, as errors of ours.

use boatlift_clients::pegasus::PegasusError;
use boatlift_clients::thrift::Effect;
use boatlift_core::error::{Code, Error, Retry};

/// An error of `tried`, with its causes in one line.
pub(crate) fn failed(tried: &'static str) -> impl Fn(PegasusError) -> Error {
    move |error| {
        let retry = match error.effect() {
            Effect::Unknown => Retry::LookFirst,
            Effect::None => Retry::Later,
        };
        Error::new(code(&error), tried).because(with_causes(&error)).retry(retry)
    }
}

fn code(error: &PegasusError) -> Code {
    match error {
        PegasusError::Connect { .. }
        | PegasusError::Timeout { .. }
        | PegasusError::Lost { .. }
        | PegasusError::NoLeader { .. } => Code::ServerUnreachable,
        PegasusError::Malformed { .. } => Code::ServerRefused,
        _ => match error.code() {
            Some("ERR_UNAUTHENTICATED" | "ERR_ACL_DENY") => Code::ServerRefused,
            _ => Code::ServerFailed,
        },
    }
}

fn with_causes(error: &PegasusError) -> String {
    let first: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    let told: Vec<String> = causes.map(ToString::to_string).collect();
    told.join(": ")
}
