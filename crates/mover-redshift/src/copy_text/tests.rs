//! Tests of reading and rewriting COPY and UNLOAD statements.

use super::*;
use crate::place::Place;

fn read(text: &str) -> Vec<Statement> {
    statements(&SqlText::whole(text).redact())
}

fn copy(text: &str) -> Copy {
    match read(text).as_slice() {
        [Statement::Copy(copy)] => copy.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

fn place(copy: &Copy) -> String {
    match &copy.source {
        Source::S3(named, _) | Source::Ssh(named) => named.place.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn options_come_in_any_order_and_case() {
    for text in [
        "copy t from 's3://b/m' iam_role 'arn:r' manifest region 'eu-west-1' json 's3://b/p'",
        "COPY t FROM 's3://b/m' JSON AS 's3://b/p' REGION AS 'eu-west-1' MANIFEST IAM_ROLE 'a'",
        "Copy /* a */ t From -- b\n 's3://b/m' Manifest Format As Json 's3://b/p' region 'eu-west-1' with credentials 'x'",
        r"copy\nt\nfrom\n's3://b/m'\nregion 'eu-west-1'\nmanifest json 's3://b/p'",
        "copy t (a, \"from\", c) from E's3://b/m' credentials as 'x' manifest json $$s3://b/p$$ region 'eu-west-1'",
    ] {
        let copy = copy(text);
        assert_eq!(place(&copy), "s3://b/m", "{text}");
        assert!(matches!(copy.source, Source::S3(_, Entries::Manifest)), "{text}");
        assert!(matches!(&copy.format, Format::JsonPaths(n) if n.place == Place::new("b", "p")));
        assert_eq!(copy.region.as_deref(), Some("eu-west-1"), "{text}");
        assert_eq!(copy.table, ["t"], "{text}");
    }
}

#[test]
fn sources_are_told_apart() {
    assert!(matches!(copy("copy t from 'dynamodb://orders' readratio 50").source,
        Source::DynamoDb(table) if table == "dynamodb://orders"));
    assert!(matches!(copy("copy t from 'emr://j-1/out/part-*' csv").source, Source::Emr(_)));
    assert!(matches!(copy("copy t from 's3://b/ssh.json' csv ssh").source, Source::Ssh(_)));
    assert!(matches!(copy("copy t from 's3://b/k' csv").source, Source::S3(_, Entries::Prefix)));
    assert!(matches!(copy("copy t from 'tickit/x' csv").source, Source::Unknown));
    assert!(matches!(copy("copy t from").source, Source::Unknown));
}

#[test]
fn files_beside_the_data_are_named() {
    for (text, expected) in [
        ("json 'auto'", Format::Plain),
        ("json as 'auto ignorecase'", Format::Plain),
        ("avro 'auto' csv", Format::Plain),
        ("parquet", Format::Plain),
    ] {
        assert_eq!(copy(&format!("copy t from 's3://b/k' {text}")).format, expected);
    }
    let avro = copy("copy t from 's3://b/k' format avro 's3://b/schema.avsc'");
    assert!(matches!(avro.format, Format::AvroSchema(n) if n.place.key == "schema.avsc"));
}

#[test]
fn literals_that_only_look_like_options_are_none() {
    let copy = copy("copy t from 's3://b/k' delimiter 'manifest' null as 'noload' iam_role 'r'");
    assert!(matches!(copy.source, Source::S3(_, Entries::Prefix)));
    assert_eq!(copy.load, Load::Load);
}

#[test]
fn noload_jobs_and_access_are_known() {
    assert_eq!(copy("copy t from 's3://b/k' noload").load, Load::Check);
    let job = copy("copy t from 's3://b/k' iam_role default job create \"Nightly\" auto on");
    assert_eq!((job.job.as_deref(), job.access), (Some("Nightly"), Access::DefaultRole));
    assert_eq!(copy("copy t from 's3://b/k' iam_role 'arn'").access, Access::Role);
    assert_eq!(copy("copy t from 's3://b/k' iam_role 'default'").access, Access::DefaultRole);
    assert_eq!(copy("copy t from 's3://b/k' access_key_id 'a'").access, Access::Credentials);
    assert_eq!(copy("copy t from 's3://b/k'").access, Access::Unstated);
}

#[test]
fn tables_keep_their_names() {
    let text = "copy Db.\"My Schema\".T from 's3://b/k'";
    assert_eq!(copy(text).table, ["db", "My Schema", "t"]);
}

#[test]
fn every_statement_of_a_batch_is_found() {
    let text = "begin; /* copy x from 's3://no/no' */ copy a from 's3://b/1' csv;\n\
        select 'copy y from ''s3://no/no'''; copy b from 's3://b/2;3' csv;\
        unload ('select 1; select '';''') to 's3://b/out_' manifest region 'r'; copy job list; commit";
    let found = read(text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(matches!(&found[1], Statement::Copy(copy) if place(copy) == "s3://b/2;3"));
    let Statement::Unload(unload) = &found[2] else { panic!("{found:?}") };
    assert_eq!(unload.to, Some(Place::new("b", "out_")));
    assert!(unload.manifest && unload.region.as_deref() == Some("r"));
}

#[test]
fn a_text_that_breaks_off_says_so() {
    let cut = format!("copy t from 's3://b/k' delimiter '{}", "x".repeat(WIDEST_QUERY_TEXT));
    let redacted = SqlText::from_query_text(&cut[..WIDEST_QUERY_TEXT]).redact();
    let found = statements(&redacted);
    let [Statement::Copy(copy)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(copy.completeness, Completeness::Cut);
    assert_eq!(place(copy), "s3://b/k");
    let relocation = Relocation { place: &|place, _| Some(place.clone()), role: "", region: None };
    assert_eq!(rewrite(&redacted, copy, &relocation), Err(Unwritable::Cut));
}

#[test]
fn a_location_that_breaks_off_is_not_taken_for_a_whole_one() {
    let text = SqlText::new("copy t from 's3://bucket/some/ke", Completeness::Cut).redact();
    let found = statements(&text);
    assert!(matches!(&found[..], [Statement::Copy(copy)] if copy.source == Source::Unknown));
}

#[test]
fn keys_with_sharp_names_are_read_as_they_are() {
    for key in ["it''s", "a%2Fb", "a+b c", "x?y#z", "//", "é😀", r"tab\\t"] {
        let copy = copy(&format!("copy t from 's3://b/{key}' csv"));
        let meant = key.replace("''", "'").replace("\\\\", "\\");
        assert_eq!(place(&copy), format!("s3://b/{meant}"));
    }
}

/// The statement with every place in another bucket.
fn moved(text: &str) -> (String, Vec<Note>) {
    let redacted = SqlText::whole(text).redact();
    let place = |old: &Place, _: Purpose| Some(Place::new("new", format!("c/{}", old.key)));
    let relocation = Relocation { place: &place, role: "<role>", region: None };
    let rewritten = rewrite(&redacted, &copy(text), &relocation).expect("writable");
    (rewritten.text, rewritten.notes)
}

#[test]
fn only_places_and_access_change() {
    for (old, new) in [
        (
            "COPY  t(a)\n from 's3://b/k' -- nightly\n IAM_ROLE 'arn' manifest delimiter ' ' ;",
            "COPY  t(a)\n from 's3://new/c/k' -- nightly\n IAM_ROLE '<role>' manifest delimiter ' '",
        ),
        (
            "copy t from 's3://b/it''s' json 's3://b/p' iam_role default",
            "copy t from 's3://new/c/it''s' json 's3://new/c/p' iam_role default",
        ),
        (
            "copy t from E's3://b/k' with credentials as 'x=y' csv",
            "copy t from E's3://new/c/k' IAM_ROLE '<role>' csv",
        ),
        (
            "copy t from $$s3://b/k$$ access_key_id 'a' -- id\n secret_access_key 'b' session_token 'c' gzip",
            "copy t from 's3://new/c/k' IAM_ROLE '<role>' -- id\n  gzip",
        ),
        (r"copy t\nfrom 's3://b/k'\ncsv", "copy t\nfrom 's3://new/c/k'\ncsv"),
    ] {
        let (text, _) = moved(old);
        assert_eq!(text, new);
    }
}

#[test]
fn credentials_and_keys_are_never_written() {
    let (text, notes) = moved(
        "copy t from 's3://b/k' credentials 'aws_access_key_id=a;aws_secret_access_key=hunter2' \
         master_symmetric_key 'hunter2' encrypted",
    );
    assert_eq!(text, "copy t from 's3://new/c/k' IAM_ROLE '<role>' encrypted");
    assert_eq!(notes, [Note::CredentialsDropped, Note::MasterKeyDropped]);
}

#[test]
fn the_region_of_the_clones_is_written_when_it_is_asked_for() {
    for (old, new) in [
        ("region 'old' csv", "region 'new' csv"),
        ("region 'new' csv", "region 'new' csv"),
        ("csv", "csv\nREGION 'new'"),
    ] {
        let text = format!("copy t from 's3://b/k' {old}");
        let redacted = SqlText::whole(&text).redact();
        let place = |old: &Place, _: Purpose| Some(old.clone());
        let relocation = Relocation { place: &place, role: "r", region: Some("new") };
        let rewritten = rewrite(&redacted, &copy(&text), &relocation).expect("writable");
        assert_eq!(rewritten.text, format!("copy t from 's3://b/k' {new}"));
    }
}

#[test]
fn a_place_without_a_clone_stays_and_is_told() {
    let text = "copy t from 's3://b/k' json 's3://b/p' job create j auto on";
    let redacted = SqlText::whole(text).redact();
    let relocation = Relocation { place: &|_, _| None, role: "r", region: None };
    let rewritten = rewrite(&redacted, &copy(text), &relocation).expect("writable");
    assert_eq!(rewritten.text, text);
    let stays = |key| Note::Stays(Place::new("b", key));
    assert_eq!(rewritten.notes, [stays("k"), stays("p"), Note::CreatesJob]);
}
