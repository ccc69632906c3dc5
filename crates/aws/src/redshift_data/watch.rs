//! Waiting for a statement to end, less and less often.

use super::DataApi;
use crate::calls::failed;
use aws_sdk_redshiftdata::types::StatusString as Status;
use boatlift_core::{Code, Error, Result, Retry};
use std::time::Duration;

/// How long to wait before asking for the first time, and at most between two times.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);
/// How long a statement may take; the service itself ends statements after a day.
const GIVE_UP: Duration = Duration::from_secs(3600);

impl DataApi {
    /// Waits until a statement has ended well, and tells whether it has a result.
    pub(super) async fn ended(&self, id: &str) -> Result<bool> {
        let (mut pause, mut waited) = (FIRST, Duration::ZERO);
        while waited < GIVE_UP {
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST);
            let answer = self.client.describe_statement().id(id).send().await;
            let answer =
                answer.map_err(|e| failed("cannot watch a statement on", &self.name(), e))?;
            let reason = answer.error();
            match answer.status() {
                Some(Status::Finished) => return Ok(answer.has_result_set() == Some(true)),
                Some(Status::Failed) => return Err(self.stopped("it failed", reason)),
                Some(Status::Aborted) => return Err(self.stopped("somebody aborted it", reason)),
                Some(Status::Submitted | Status::Picked | Status::Started) => {}
                other => {
                    let other = other.map_or("none", Status::as_str);
                    return Err(self.strange(&format!("a statement of status {other}")));
                }
            }
        }
        Err(self.stopped("it has not ended within an hour", None).retry(Retry::Later))
    }

    fn stopped(&self, what: &str, reason: Option<&str>) -> Error {
        let why = match reason {
            Some(reason) => format!("{what}: {reason}"),
            None => what.to_owned(),
        };
        Error::new(Code::ServerFailed, "cannot finish a statement on").on(self.name()).because(why)
    }
}
