//! Errors on the wire: `application/problem+json` as RFC 9457 has it.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use boatlift_core::{Code, Error};
use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// An error as a problem document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// `urn:boatlift:error:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// One line on what the code means.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What was tried, on what, and why it failed.
    detail: String,
    /// The error in parts, for programs.
    pub(crate) error: Error,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem {
            kind: format!("urn:boatlift:error:{}", error.code),
            title: error.code.title().to_owned(),
            status: status_of(error.code).as_u16(),
            detail: error.to_string(),
            error,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], axum::Json(self)).into_response()
    }
}

fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Usage | Code::ConfigValue | Code::ConfigSyntax => StatusCode::BAD_REQUEST,
        Code::Denied => StatusCode::FORBIDDEN,
        Code::MoveUnknown => StatusCode::NOT_FOUND,
        Code::ControlRefused | Code::PlanStale | Code::MoveClosed | Code::RemovalsHeld => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_carries_the_error_and_its_media_type() {
        let error = Error::new(Code::PlanStale, "cannot approve plan").on(3);
        let response = Problem::from(error.clone()).into_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
        let value = serde_json::to_value(Problem::from(error.clone())).expect("JSON");
        assert_eq!(value["type"], "urn:boatlift:error:BL-PLAN-002");
        let back: Problem = serde_json::from_value(value).expect("a problem");
        assert_eq!(back.error, error);
    }
}
