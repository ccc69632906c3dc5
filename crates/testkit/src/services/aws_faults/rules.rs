//! Which calls go wrong, when and how.

use serde_json::{Value, json};

/// What happens to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is refused, with a status of HTTP and a code of Amazon.
    Error(u16, &'static str),
    /// It is refused in an answer that begins with 200, as late failures of S3's copies are.
    ErrorInSuccess(&'static str),
    /// The connection is reset before the call is made.
    Dropped,
    /// The call is made, and the connection is reset in the place of the answer.
    AnswerLost,
    /// The call is made, and the answer comes this many seconds later.
    Stalled(f64),
    /// This is the answer, right or wrong: an object for calls in JSON, text for those in XML.
    Answer(Value),
    /// A statement of the Data API ends with this error.
    StatementFailed(&'static str),
    /// A statement of the Data API is ended by somebody.
    StatementAborted,
}

/// A fault for some calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As botocore names it: `s3`, `glue`, `redshift`, `redshift-data`, `redshift-serverless`.
    pub service: &'static str,
    /// Such as `CopyObject`; `*` is any.
    pub operation: &'static str,
    /// How many calls pass first.
    pub after: u64,
    /// How many are then broken; all where there is none.
    pub times: Option<u64>,
    /// How.
    pub fault: Fault,
}

impl Rule {
    /// As the server is told.
    pub(super) fn told(&self) -> Value {
        json!({
            "service": self.service,
            "operation": self.operation,
            "after": self.after,
            "times": self.times,
            "fault": self.fault.told(),
        })
    }
}

impl Fault {
    fn told(&self) -> Value {
        match self {
            Fault::Error(status, code) => json!({"kind": "error", "status": status, "code": code}),
            Fault::ErrorInSuccess(code) => json!({"kind": "two hundred", "code": code}),
            Fault::Dropped => json!({"kind": "drop"}),
            Fault::AnswerLost => json!({"kind": "lost"}),
            Fault::Stalled(seconds) => json!({"kind": "stall", "seconds": seconds}),
            Fault::Answer(body) => json!({"kind": "answer", "body": body}),
            Fault::StatementFailed(error) => {
                json!({"kind": "statement", "status": "FAILED", "error": error})
            }
            Fault::StatementAborted => json!({"kind": "statement", "status": "ABORTED"}),
        }
    }
}
