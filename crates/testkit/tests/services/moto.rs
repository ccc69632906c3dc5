//! Moto answers Amazon's own client about S3, Glue, Redshift, STS and KMS.

use crate::odd_keys::failed;
use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::moto::Moto;
use serde_json::json;

#[test]
fn objects_catalog_and_clusters_are_kept() {
    let moto = Moto::start().expect("it starts");
    let server = moto.endpoint();
    assert_eq!(failed(server), ["newline: put: 404"]);
    let versions = json!({"sizes": [5, 3], "delete markers": 1, "copied": "old"});
    assert_eq!(ask(server, Question::Versions, "versions").expect("answers"), versions);
    let parts = ask(server, Question::Parts, "parts").expect("answers");
    let tags = json!([{"Key": "a", "Value": "b"}]);
    assert_eq!(parts, json!({"parts": 3, "metadata": {"who": "me"}, "tags": tags}));
    let glue = json!({
        "as given": true,
        "errors": 0,
        "errors of a second time": ["AlreadyExistsException"],
        "locations": ["s3://lower/sales/day=1/", "s3://lower/sales/day=2/"],
    });
    assert_eq!(ask(server, Question::Glue, "shop").expect("answers"), glue);
    let redshift = json!({
        "status": "available",
        "user": "IAM:reader",
        "password": true,
        "role": "arn:aws:sts::123456789012:assumed-role/lift/lift",
        "key": true,
    });
    assert_eq!(ask(server, Question::Redshift, "shop").expect("answers"), redshift);
}
