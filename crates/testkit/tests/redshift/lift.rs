//! Clones of what a workload touched.

use crate::ground::{Ground, ask_glue, bucket, file, get, objects, put, said};
use boatlift_testkit::services::moto::Moto;
use boatlift_testkit::services::redshift::{ExternalSchema, ExternalTable, Views, Workload};
use serde_json::{Value, json};

/// The ETag of an object of one part: the MD5 of its content, as the server tells it.
fn etag(bucket: &str, key: &str) -> String {
    let server = objects();
    let listed = server.call(&server.owner, "GET", &format!("{bucket}?prefix={key}"), None);
    let listed = listed.unwrap_or_else(|error| panic!("{error}"));
    let after = listed.split("<ETag>").nth(1).expect("an ETag");
    let tag = after.split("</ETag>").next().expect("its end");
    tag.replace("&quot;", "").replace('"', "")
}

#[test]
fn a_workload_is_cloned_object_by_object_and_again_only_what_is_new() {
    // One family of views, so that every statement is seen once.
    let ground = Ground::new(Views::Older);
    let [one, other, lake, clones] = ["one", "other", "lake", "clones"].map(bucket);
    // The same key in two buckets, a name that begins another, and names with odd characters.
    put(&one, "in/part-1", "first");
    put(&one, "in/part-10", "not loaded");
    put(&other, "in/part-1", "second");
    put(&one, "in/a%2C%20b%25%2B%3D.csv", "odd");
    put(&lake, "events/day%3D1/a", "rows");
    put(&lake, "events/day%3D1/b", "more rows");
    put(&lake, "events/day%3D2/c", "not read");
    let manifest = format!(
        "{{\"entries\": [{{\"url\": \"s3://{one}/in/part-1\", \"mandatory\": true, \"x\": 1}},\n \
         {{\"url\":\"s3://{other}/in/part-1\"}}]}}"
    );
    put(&one, "lists/today.manifest", &manifest);
    let text = format!(
        "copy t from 's3://{one}/lists/today.manifest' \
         credentials 'aws_access_key_id=AKIAIOSFODNN7EXAMPLE;aws_secret_access_key=verysecret' \
         manifest"
    );
    let uri = |bucket: &str, key: &str| format!("s3://{bucket}/{key}");
    let files = [
        file(&uri(&one, "in/part-1"), None),
        file(&uri(&other, "in/part-1"), None),
        file(&uri(&one, "in/a, b%+=.csv"), None),
        file(&uri(&one, "in/gone"), None),
    ];
    let source = uri(&one, "lists/today.manifest");
    let again = ground.load(3, "copy t from 's3://x/y'", "s3://x/y", &files[..1]);
    ground.fill(&Workload {
        loads: vec![ground.load(1, &text, &source, &files), again],
        scans: vec![ground.scan(2, &lake, "events/day=1/")],
        ..Workload::default()
    });
    let move_file = ground.move_file(&format!("s3://{clones}/shop"), "");

    // What is only planned is written nowhere.
    let planned = ground.runs("plan", &move_file, 0);
    assert_eq!(get(&clones, &format!("shop/copyfiles/{one}/in/part-1")), None, "{planned}");
    let hindered = format!("s3://{one}/in/gone  object not found");
    assert!(planned.contains("1 cannot be cloned now") && planned.contains(&hindered), "{planned}");
    assert!(
        planned.contains("costs       0.00 USD: 8 requests that write, 12 that read"),
        "{planned}"
    );
    let policies = ground.runs("policy", &move_file, 0);
    assert!(policies.contains(&format!("arn:aws:s3:::{one}/in/*")), "{policies}");
    assert!(policies.contains(&format!("arn:aws:s3:::{clones}/shop/*")), "{policies}");

    // One object is gone: all others come, and the exit code says so.
    let ran = ground.runs("run", &move_file, 1);
    let clone = |key: String| get(&clones, &format!("shop/{key}"));
    for (key, content) in [
        (format!("copyfiles/{one}/in/part-1"), "first"),
        (format!("copyfiles/{other}/in/part-1"), "second"),
        (format!("copyfiles/{one}/in/a%2C%20b%25%2B%3D.csv"), "odd"),
        (format!("spectrumfiles/{lake}/events/day%3D1/a"), "rows"),
        (format!("spectrumfiles/{lake}/events/day%3D1/b"), "more rows"),
    ] {
        assert_eq!(clone(key.clone()).as_deref(), Some(content), "{key}\n{ran}");
    }
    for key in
        [format!("copyfiles/{one}/in/part-10"), format!("spectrumfiles/{lake}/events/day%3D2/c")]
    {
        assert_eq!(clone(key.clone()), None, "{key}");
    }
    // The manifest names the clones, and nothing else of it is changed.
    let at = format!("s3://{clones}/shop/copyfiles");
    let rewritten = manifest
        .replace(&format!("s3://{one}"), &format!("{at}/{one}"))
        .replace(&format!("s3://{other}"), &format!("{at}/{other}"));
    assert_eq!(clone(format!("copyfiles/{one}/lists/today.manifest")), Some(rewritten));

    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    let line = |key: &str| {
        let source = uri(&one, key);
        lines.iter().find(|line| line.get(0) == Some(&source)).unwrap_or_else(|| panic!("{key}"))
    };
    assert_eq!((line("in/part-1").get(5), line("in/part-1").get(9)), (Some("cloned"), Some("2")));
    assert_eq!(line("in/gone").get(5), Some("not cloned"));
    assert_eq!(line("in/gone").get(6), Some("object not found"));
    assert_eq!(ground.report("Spectrumfiles/Spectrum_objects_copy_report.csv").len(), 2);

    let copies = ground.top.path().join("state/reports/copy.sql");
    let copies = std::fs::read_to_string(copies).expect("the statements");
    assert!(copies.contains(&format!("'{at}/{one}/lists/today.manifest'")), "{copies}");
    assert!(!copies.contains("verysecret") && copies.contains("role/ROLE"), "{copies}");

    // It is back, and one more was loaded: nothing else is copied again.
    put(&one, "in/gone", "found");
    put(&one, "in/new", "new");
    let new = [file(&uri(&one, "in/new"), None)];
    let loads = vec![ground.load(4, "copy t from 's3://x/y'", "s3://x/y", &new)];
    ground.fill(&Workload { loads, ..Workload::default() });
    let ran = ground.runs("run", &move_file, 0);
    assert_eq!(clone(format!("copyfiles/{one}/in/gone")).as_deref(), Some("found"), "{ran}");
    assert_eq!(clone(format!("copyfiles/{one}/in/new")).as_deref(), Some("new"));
    assert!(!ran.contains("foreign"), "{ran}");
    let list = clone("copyfiles/Final_Copy_Objects.csv".into()).expect("the list at the target");
    assert!(list.starts_with("Source Location,") && list.contains("in/new"), "{list}");
    let state = std::fs::read(ground.top.path().join("state/harvest.db")).expect("the harvest");
    let secret = b"verysecret";
    assert!(!state.windows(secret.len()).any(|bytes| bytes == secret), "a secret was kept");
}

#[test]
fn the_version_that_was_loaded_is_cloned_and_else_it_is_said() {
    let ground = Ground::new(Views::Serverless);
    let [kept, plain, clones] = ["kept", "plain", "versions"].map(bucket);
    objects().keep_versions(&kept).unwrap_or_else(|error| panic!("{error}"));
    let (mut files, uri) = (Vec::new(), |b: &str, k: &str| format!("s3://{b}/{k}"));
    for (bucket, key) in [(&kept, "changed"), (&kept, "removed"), (&plain, "changed")] {
        put(bucket, key, "as loaded");
        files.push(file(&uri(bucket, key), Some(&etag(bucket, key))));
    }
    let loads = vec![ground.load(1, "copy t from 's3://x/y'", "s3://x/y", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    put(&kept, "changed", "later");
    let server = objects();
    server.call(&server.owner, "DELETE", &format!("{kept}/removed"), None).expect("removed");
    put(&plain, "changed", "later");

    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let ran = ground.runs("run", &move_file, 0);
    let clone = |key: &str| get(&clones, &format!("copyfiles/{key}"));
    assert_eq!(clone(&format!("{kept}/changed")).as_deref(), Some("as loaded"), "{ran}");
    assert_eq!(clone(&format!("{kept}/removed")).as_deref(), Some("as loaded"));
    assert_eq!(clone(&format!("{plain}/changed")).as_deref(), Some("later"));
    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    let content = |source: String| {
        let line = lines.iter().find(|line| line.get(0) == Some(&source)).expect("a line");
        line.get(8).unwrap_or_default().to_owned()
    };
    assert_eq!(content(uri(&kept, "changed")), "as loaded, by entity tag");
    assert_eq!(content(uri(&plain, "changed")), "changed since load");
}

#[test]
fn what_is_changed_after_it_was_planned_is_found_out_about_again() {
    let ground = Ground::new(Views::Older);
    let [one, clones] = ["moved", "moved-clones"].map(bucket);
    let uri = |key: &str| format!("s3://{one}/{key}");
    let manifest = |names: &[&str]| {
        let entries: Vec<Value> =
            names.iter().map(|name| json!({"url": uri(name), "mandatory": true})).collect();
        json!({ "entries": entries }).to_string()
    };
    put(&one, "data", "as loaded");
    put(&one, "list", &manifest(&["data", "late"]));
    let text = format!("copy t from '{}' manifest", uri("list"));
    let load = ground.load(1, &text, &uri("list"), &[file(&uri("data"), None)]);
    ground.fill(&Workload { loads: vec![load], ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let clone = |key: &str| get(&clones, &format!("copyfiles/{one}/{key}"));
    let at = format!("s3://{clones}/copyfiles/{one}");

    // The plan says "as loaded" of what is another by the time of the run: it is not recorded
    // as cloned. (This server copies it all the same, whatever `copy-source-if-match` says.)
    ground.runs("plan", &move_file, 0);
    // S3 tells whole seconds: what is written in that of the load passes for older.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    put(&one, "data", "written since");
    put(&one, "list", &manifest(&["late", "data"]));
    let ran = ground.runs("run", &move_file, 1);
    assert!(ran.contains(&format!("moving  copyfiles/{one}/data")), "{ran}");
    assert_eq!(clone("list"), None, "{ran}");
    let status = |key: &str| {
        let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
        let line = lines.iter().find(|line| line.get(0) == Some(&uri(key))).expect("a line");
        (line.get(5).unwrap_or_default().to_owned(), line.get(8).unwrap_or_default().to_owned())
    };
    assert_eq!(status("data").0, "not cloned");

    // The next run looks again. A file that the list names is missing: the list keeps it.
    let ran = ground.runs("run", &move_file, 1);
    assert_eq!(clone("data").as_deref(), Some("written since"), "{ran}");
    let list = clone("list").expect("a list");
    assert!(list.contains(&format!("{at}/data")) && list.contains(&uri("late")), "{list}");
    assert_eq!(status("data"), ("cloned".into(), "changed since load".into()));

    // It turns up: the list names its clone, which is there before.
    put(&one, "late", "at last");
    let ran = ground.runs("run", &move_file, 0);
    assert_eq!(clone("late").as_deref(), Some("at last"), "{ran}");
    let list = clone("list").expect("a list");
    assert!(list.contains(&format!("{at}/late")) && !list.contains(&uri("late")), "{list}");

    // What somebody wrote over a list is found by verifying, and left to a person.
    ground.runs("verify", &move_file, 0);
    put(&clones, &format!("copyfiles/{one}/list"), "{}");
    let verified = ground.runs("verify", &move_file, 1);
    assert_eq!(clone("list").as_deref(), Some("{}"), "{verified}");
}

#[test]
fn two_sources_of_one_clone_are_refused_before_anything_is_copied() {
    let ground = Ground::new(Views::Older);
    let [one, other, clones] = ["meet-one", "meet-other", "meet"].map(bucket);
    let files = [&one, &other].map(|bucket| {
        put(bucket, "k", bucket);
        file(&format!("s3://{bucket}/k"), None)
    });
    let loads = vec![ground.load(1, "copy t from 's3://x/y'", "s3://x/y", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), ", layout: reference");
    let ran = ground.runs("run", &move_file, 2);
    assert!(ran.contains("upper.layout") && ran.contains(&one) && ran.contains(&other), "{ran}");
    assert_eq!(get(&clones, "copyfiles/k"), None);
}

#[test]
fn an_object_named_like_our_list_of_clones_is_refused() {
    let ground = Ground::new(Views::Older);
    let [one, clones] = ["listed", "listed-clones"].map(bucket);
    put(&one, "Final_Copy_Objects.csv", "not ours");
    let files = [file(&format!("s3://{one}/Final_Copy_Objects.csv"), None)];
    let loads = vec![ground.load(1, "copy t from 's3://x/y'", "s3://x/y", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), ", layout: reference");
    let ran = ground.runs("run", &move_file, 2);
    assert!(ran.contains("upper.layout") && ran.contains("list of clones"), "{ran}");
    assert_eq!(get(&clones, "copyfiles/Final_Copy_Objects.csv"), None);
}

#[test]
fn what_the_views_tell_is_kept_for_later() {
    let ground = Ground::new(Views::Provisioned);
    let [one, clones] = ["early", "late"].map(bucket);
    put(&one, "k", "v");
    let files = [file(&format!("s3://{one}/k"), None)];
    let loads = vec![ground.load(1, "copy t from 's3://x/y'", "s3://x/y", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let path = move_file.to_str().expect("a plain path");
    let output = ground.command(&["redshift", "collect", path]).output().expect("it starts");
    assert!(output.status.success() && said(&output).contains("collected"), "{}", said(&output));
    // The views forget.
    for view in ["stl_query", "stl_load_commits", "sys_query_history", "sys_load_detail"] {
        ground.warehouse.sql(&format!("DELETE FROM {view}")).expect("forgotten");
    }
    let ran = ground.runs("run", &move_file, 0);
    assert_eq!(get(&clones, &format!("copyfiles/{one}/k")).as_deref(), Some("v"), "{ran}");
}

#[test]
fn the_catalogue_points_at_the_clones_and_what_was_not_cloned_stays() {
    let ground = Ground::new(Views::Older);
    let moto = Moto::start().unwrap_or_else(|error| panic!("{error}"));
    let [lake, clones] = ["cat-lake", "cat-clones"].map(bucket);
    put(&lake, "events/day%3D1/a", "rows");
    let ask = |operation: &str, arguments: Value| ask_glue(moto.endpoint(), operation, &arguments);
    ask("create_database", json!({"DatabaseInput": {"Name": "lib"}}));
    let serde = json!({"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"});
    let storage = |key: &str| json!({"Location": format!("s3://{lake}/{key}"), "SerdeInfo": serde});
    for (table, key) in [("events", "events/"), ("unread", "unread/")] {
        let keys = json!([{"Name": "day", "Type": "string"}]);
        let input = json!({"Name": table, "StorageDescriptor": storage(key),
            "PartitionKeys": keys, "TableType": "EXTERNAL_TABLE"});
        ask("create_table", json!({"DatabaseName": "lib", "TableInput": input}));
    }
    let partition = json!({"Values": ["1"], "StorageDescriptor": storage("events/day=1/")});
    ask(
        "create_partition",
        json!({"DatabaseName": "lib", "TableName": "events", "PartitionInput": partition}),
    );
    let scans = vec![ground.scan(1, &lake, "events/day=1/")];
    ground.fill(&Workload { scans, ..Workload::default() });
    let file = ground.move_file(&format!("s3://{clones}/x"), "");
    ground.add_catalogue(&file, "databases: [lib], ", moto.endpoint());

    let ran = ground.runs("run", &file, 0);
    let of = |table: &str| ask("get_table", json!({"DatabaseName": "lib_clone", "Name": table}));
    let events = of("events")["Table"]["StorageDescriptor"].clone();
    let moved = format!("s3://{clones}/x/spectrumfiles/{lake}/events/");
    assert_eq!(events["Location"], json!(moved), "{ran}");
    assert_eq!(events["SerdeInfo"], serde);
    let unread = of("unread")["Table"]["StorageDescriptor"]["Location"].clone();
    assert_eq!(unread, json!(format!("s3://{lake}/unread/")));
    let partitions =
        ask("get_partitions", json!({"DatabaseName": "lib_clone", "TableName": "events"}));
    let found = &partitions["Partitions"][0]["StorageDescriptor"]["Location"];
    assert_eq!(*found, json!(format!("{moved}day=1/")));
    let schemas = ground.top.path().join("state/reports/schemas.sql");
    let schemas = std::fs::read_to_string(schemas).expect("the statements");
    assert!(schemas.contains("DATABASE 'lib_clone'"), "{schemas}");
    let policies = ground.runs("policy", &file, 0);
    for database in ["lib", "lib_clone", "boatlift_marks"] {
        assert!(policies.contains(&format!(":database/{database}\"")), "{database}: {policies}");
    }
    let again = ground.runs("run", &file, 0);
    assert!(!again.contains("added"), "{again}");
}

#[test]
fn without_named_databases_the_tables_that_were_queried_are_cloned() {
    let ground = Ground::new(Views::Provisioned);
    let moto = Moto::start().unwrap_or_else(|error| panic!("{error}"));
    let [lake, clones] = ["queried-lake", "queried-clones"].map(bucket);
    put(&lake, "events/day%3D1/a", "rows");
    let ask = |operation: &str, arguments: Value| ask_glue(moto.endpoint(), operation, &arguments);
    ask("create_database", json!({"DatabaseInput": {"Name": "lib"}}));
    ask("create_database", json!({"DatabaseInput": {"Name": "unused"}}));
    let table = |name: &str| ExternalTable {
        name: name.into(),
        location: format!("s3://{lake}/{name}/"),
        partitions: Vec::new(),
    };
    // One whose name begins another's, and one that nobody queried.
    let tables = ["event", "events", "unread"].map(table);
    for table in &tables {
        let storage = json!({"Location": table.location});
        let input = json!({"Name": table.name, "StorageDescriptor": storage});
        ask("create_table", json!({"DatabaseName": "lib", "TableInput": input}));
    }
    let schema = |name: &str, glue_database: &str, tables: &[ExternalTable]| ExternalSchema {
        catalog: "dev".into(),
        name: name.into(),
        glue_database: glue_database.into(),
        options: "{}".into(),
        tables: tables.to_vec(),
    };
    let schemas = vec![schema("lake", "lib", &tables), schema("idle", "unused", &[])];
    ground.fill(&Workload { schemas, ..Workload::default() });
    let file = ground.move_file(&format!("s3://{clones}"), "");
    ground.add_catalogue(&file, "", moto.endpoint());
    ground.runs("run", &file, 0);
    let databases = || ask("get_databases", json!({})).to_string();
    assert!(!databases().contains("_clone"), "nothing was queried yet");

    let scans = vec![ground.scan(1, &lake, "events/day=1/")];
    ground.fill(&Workload { scans, ..Workload::default() });
    let ran = ground.runs("run", &file, 0);
    let cloned = ask("get_tables", json!({"DatabaseName": "lib_clone"}));
    let names: Vec<_> = cloned["TableList"]
        .as_array()
        .expect("tables")
        .iter()
        .map(|table| &table["Name"])
        .collect();
    assert_eq!(names, ["events"], "{ran}");
    assert!(!databases().contains("unused_clone"), "{ran}");
    let statements = ground.state_file("reports/schemas.sql");
    let expected = "CREATE EXTERNAL SCHEMA IF NOT EXISTS \"lake\"\nFROM DATA CATALOG\n\
                    DATABASE 'lib_clone'\n";
    assert!(statements.contains(expected) && !statements.contains("idle"), "{statements}");
}
