//! A server, the program that fills and judges it, and clients of ours.

use boatlift_aws::glue::Glue;
use boatlift_aws::session::{AwsOptions, Session};
use boatlift_mover_redshift::glue::{
    CatalogueOptions, ClonedPrefixes, DatabaseNames, Relocation, Selection, Statistics, Tables,
};
use boatlift_mover_redshift::place::Place;
use boatlift_testkit::judges::aws::program;
use boatlift_testkit::judges::finish;
use boatlift_testkit::services::s3::S3Endpoint;
use serde_json::Value;
use std::io::Write;
use tempfile::NamedTempFile;

/// Asks the judge's program.
pub(crate) fn ask(server: &S3Endpoint, words: &[&str]) -> Value {
    let mut asked = program("glue").expect("the judge's packages");
    asked.args([&server.url, &server.owner.access_key, &server.owner.secret_key]).args(words);
    let told = finish(&mut asked).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&told).expect("an answer in JSON")
}

/// A client of ours.
pub(crate) fn client(server: &S3Endpoint) -> Glue {
    let mut file = NamedTempFile::new().expect("a file");
    let (key, secret) = (&server.owner.access_key, &server.owner.secret_key);
    write!(file, "[test]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
        .expect("a file of credentials");
    // Kept until the process ends: credentials are read with the first request.
    let file = Box::leak(Box::new(file));
    let session = Session::open(&AwsOptions {
        region: Some("us-east-1".into()),
        endpoint_url: Some(server.url.clone()),
        profile: Some("test".into()),
        credentials_file: Some(file.path().to_owned()),
        ..AwsOptions::default()
    });
    Glue::new(&session.expect("a session"), None).expect("a client")
}

/// Clones all of `database` as `database_clone`; everything of bucket `lake` has a clone.
pub(crate) fn options(database: &str, statistics: Statistics, segments: u8) -> CatalogueOptions {
    let mut cloned = ClonedPrefixes::default();
    cloned.insert(&Place::new("lake", ""), &Place::new("new", "run/spectrumfiles/lake"));
    CatalogueOptions {
        move_name: "m".into(),
        selection: Selection {
            databases: [(database.to_owned(), Tables::All)].into(),
            elsewhere: [("legacy".to_owned(), "a Hive metastore".to_owned())].into(),
        }
        .into(),
        names: DatabaseNames { suffix: "_clone".into(), ..DatabaseNames::default() },
        relocation: Relocation::new(move |place| cloned.clone_of(place)),
        statistics,
        segments,
        connections: 4,
    }
}
