//! What statements need or write beside the files that they load.

use crate::ground::{Ground, bucket, file, get, put};
use boatlift_testkit::services::redshift::{Unload, Views, Workload};

#[test]
fn json_paths_avro_schemas_and_unloaded_files_are_cloned_and_lists_lie_where_the_code_had_them() {
    let ground = Ground::new(Views::Provisioned);
    let [one, clones] = ["beside", "beside-clones"].map(bucket);
    let keys = ["a.json", "paths.json", "b.avro", "schema.avsc", "out/000", "lake/x"];
    keys.iter().for_each(|key| put(&one, key, key));
    let uri = |key: &str| format!("s3://{one}/{key}");
    let copy = |id: i32, key: &str, format: String| {
        let text = format!("copy t from '{}' iam_role default {format}", uri(key));
        ground.load(id, &text, &uri(key), &[file(&uri(key), None)])
    };
    let loads = vec![
        copy(1, "a.json", format!("json '{}'", uri("paths.json"))),
        copy(2, "b.avro", format!("avro '{}'", uri("schema.avsc"))),
    ];
    let text = format!("unload ('select 1') to '{}' iam_role default", uri("out/"));
    let unloads = vec![Unload { query: ground.query(3, &text), paths: vec![uri("out/000")] }];
    let scans = vec![ground.scan(4, &one, "lake/")];
    ground.fill(&Workload { loads, unloads, scans, ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), ", lists: lower-case");
    let text = std::fs::read_to_string(&move_file).expect("a move file");
    std::fs::write(&move_file, text + "  include: {unloads: true}\n").expect("a move file");

    let ran = ground.runs("run", &move_file, 0);
    let families = ["copyfiles"; 4].into_iter().chain(["unloadfiles", "spectrumfiles"]);
    for (key, family) in keys.into_iter().zip(families) {
        let clone = get(&clones, &format!("{family}/{one}/{key}"));
        assert_eq!(clone.as_deref(), Some(key), "{family}: {ran}");
    }
    let sql = ground.state_file("reports/copy.sql");
    for key in &keys[..4] {
        let place = format!("'s3://{clones}/copyfiles/{one}/{key}'");
        assert!(sql.contains(&place), "{place} in {sql}");
    }
    for list in [
        "copyfiles/Final_Copy_Objects.csv",
        "spectrumfiles/Spectrum_objects_copy_report.csv",
        "unloadfiles/Unload_objects_copy_report.csv",
    ] {
        assert_eq!(get(&clones, list), Some(ground.state_file(&format!("reports/{list}"))));
    }
    // The lists beside the clones are no clones of anything.
    ground.runs("verify", &move_file, 0);
}
