//! Ceph's object gateway takes keys that no folder can hold, and knows two users.

use crate::odd_keys::failed;
use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::radosgw::Radosgw;
use serde_json::json;

#[test]
fn odd_keys_and_versions_are_kept_and_the_second_user_is_refused() {
    let gateway = Radosgw::start().expect("it starts");
    let server = gateway.endpoint();
    assert_eq!(failed(server), [""; 0]);
    let versions = json!({"sizes": [5, 3], "delete markers": 1, "copied": "old"});
    assert_eq!(ask(server, Question::Versions, "versions").expect("answers"), versions);
    let parts = ask(server, Question::Parts, "parts").expect("answers");
    let without_tags = json!({"parts": 3, "metadata": {"who": "me"}, "tags": []});
    assert_eq!(parts, without_tags, "this release drops the tags");
    let other = server.other.as_ref().expect("a second user");
    let refused = server.call(other, "GET", "parts/key", None).expect_err("not hers").to_string();
    assert!(refused.contains("AccessDenied"), "{refused}");
}
