//! Which odd keys a server cannot keep, as Amazon's own client finds.

use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::s3::S3Endpoint;

/// The kinds of keys that failed, each with how.
pub(crate) fn failed(server: &S3Endpoint) -> Vec<String> {
    let answers = ask(server, Question::Keys, "odd-keys").expect("answers");
    let answers = answers.as_object().expect("an answer for each kind");
    assert!(answers.len() > 20, "{answers:?}");
    let failed = answers.iter().filter(|(_, answer)| *answer != "ok");
    failed.map(|(kind, answer)| format!("{kind}: {}", answer.as_str().unwrap_or("?"))).collect()
}
