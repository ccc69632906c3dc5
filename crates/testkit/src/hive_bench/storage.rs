//! The STORAGE stage of one table by our own copier, against DistCp on the same cluster.

use super::filling::{Form, one_table, partitioned};
use super::metadata::{BOATLIFT, expect};
use super::ours::Ours;
use super::site::Site;
use super::{Bench, CONNECTIONS, Result, clearing, files};
use crate::bench::{CaseResult, Row, Taken, Way, interleaved, timed};
use serde_json::Value;
use std::cell::RefCell;
use std::process::Command;

const DATABASE: &str = "files";
const TABLE: &str = "orders";
/// Where the table lies in LOWER's HDFS, and after us in UPPER's.
const DIRECTORY: &str = "/data/files";
/// Where DistCp puts it in UPPER's HDFS.
const COPY: &str = "/data/distcp";
/// The group of a move that carries files.
const DATA_GROUP: u64 = 1;

/// Measures both.
///
/// # Errors
/// When a way fails.
pub(super) fn measure(bench: &Bench, site: &Site) -> Result<CaseResult> {
    let sizes = &bench.sizes;
    bench.put_files(&site.lower, DIRECTORY)?;
    let location = format!("{}{DIRECTORY}", site.lower.hdfs_url());
    let table = partitioned(DATABASE, TABLE, &location, Form::Text);
    one_table(&site.lower.metastore_uri(), &table, sizes.stored_partitions)?;
    let ours = Ours::new(bench)?;
    let data_alone = RefCell::new(Vec::new());
    let ways = vec![our_way(bench, site, &ours, &data_alone), distcp_way(bench, site, &location)];
    let mut rows = interleaved(bench.sizes.runs, ways)?;
    rows.push(Row {
        name: "boatlift run, the files alone",
        what: "the stages of our run that carried files, from their first begin to their last end by the \
               journal"
            .to_owned(),
        objects: sizes.stored_files(),
        // The first one belongs to the round that is not timed.
        taken: data_alone.into_inner().split_off(1),
    });
    let (partitions, files) = (sizes.stored_partitions, sizes.files);
    let kibibytes = sizes.file_bytes >> 10;
    Ok(CaseResult {
        name: "storage",
        title: format!("STORAGE of {partitions} partitions of {files} files of {kibibytes} KiB"),
        unit: "files",
        rows,
        notes: vec![
            "UPPER has one NodeManager with 2 GiB and 8 virtual cores; containers take 256 MiB."
                .to_owned(),
        ],
        ..CaseResult::default()
    })
}

fn our_way<'a>(
    bench: &'a Bench,
    site: &'a Site,
    ours: &'a Ours<'a>,
    data_alone: &'a RefCell<Vec<Taken>>,
) -> Way<'a> {
    Way {
        name: BOATLIFT,
        what: format!(
            "`boatlift run` of the STORAGE stage from process start to exit, after a METADATA \
             stage that is not timed: check, survey, copy with digests by our own copier, every \
             file read back, every partition and the table exchanged over {CONNECTIONS} \
             connections, report"
        ),
        objects: bench.sizes.stored_files(),
        work: Box::new(move || {
            let taken = run(bench, site, ours)?;
            data_alone.borrow_mut().push(Taken::here(data_seconds(&ours.report()?)?));
            Ok(taken)
        }),
    }
}

fn distcp_way<'a>(bench: &'a Bench, site: &'a Site, location: &'a str) -> Way<'a> {
    Way {
        name: "hadoop distcp -update -pt",
        what: "of the table's directory, as a job on UPPER's YARN, from process start to exit; \
               no partition is exchanged, and no file is read back"
            .to_owned(),
        objects: bench.sizes.stored_files(),
        work: Box::new(move || distcp(bench, site, location)),
    }
}

/// The STORAGE stage of a table whose METADATA stage is done.
fn run(bench: &Bench, site: &Site, ours: &Ours<'_>) -> Result<Taken> {
    clearing::drop_all(&site.upper.metastore_uri(), DATABASE)?;
    remove(site, DIRECTORY)?;
    ours.forget()?;
    ours.run(&site.move_file(DATABASE, ""))?;
    let taken = ours.run(&site.move_file(DATABASE, "  stage: storage\n"))?;
    expect(files::count(&site.upper, DIRECTORY)?, bench.sizes.stored_files())?;
    Ok(taken)
}

fn distcp(bench: &Bench, site: &Site, location: &str) -> Result<Taken> {
    remove(site, COPY)?;
    let mut command = Command::new(site.upper.distcp_command());
    command.args(["distcp", "-update", "-pt", location]);
    command.arg(format!("{}{COPY}", site.upper.hdfs_url()));
    let notes = tempfile::NamedTempFile::new()?;
    let taken = timed(&command, notes.path())?;
    expect(files::count(&site.upper, COPY)?, bench.sizes.stored_files())?;
    // Its containers are not its children: their processor time and memory are not told.
    Ok(Taken::here(taken.wall_seconds))
}

fn remove(site: &Site, directory: &str) -> Result<()> {
    site.upper.hdfs(&[&["-rm", "-r", "-f", "-skipTrash", directory]])?;
    Ok(())
}

/// Seconds between the first begin and the last end of the stages that carried files.
fn data_seconds(report: &Value) -> Result<f64> {
    let all = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let of_data = |plan: &Value| plan["group"].as_u64() == Some(DATA_GROUP);
    let plans: Vec<Value> =
        all("plans").into_iter().filter(of_data).map(|plan| plan["number"].clone()).collect();
    let stages = all("stages").into_iter().filter(|stage| plans.contains(&stage["plan"]));
    let stages: Vec<Value> = stages.collect();
    let time = |stage: &Value, name: &str| -> Option<jiff::Timestamp> {
        stage[name].as_str()?.parse().ok()
    };
    let begun = stages.iter().filter_map(|stage| time(stage, "begun")).min();
    let ended = stages.iter().filter_map(|stage| time(stage, "ended")).max();
    match (begun, ended) {
        (Some(begun), Some(ended)) => Ok(ended.duration_since(begun).as_secs_f64()),
        _ => Err("the report tells of no stage that carried files".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_stages_of_the_data_group_count() {
        let stage = |plan: u64, begun: &str, ended: &str| {
            let time = |second: &str| format!("2026-01-01T00:00:{second}Z");
            json!({ "plan": plan, "begun": time(begun), "ended": time(ended) })
        };
        let report = json!({
            "plans": [{ "number": 7, "group": 0 }, { "number": 8, "group": 1 }],
            "stages": [stage(7, "01", "50"), stage(8, "10", "12"), stage(8, "12", "13.5")],
        });
        assert!((data_seconds(&report).expect("seconds") - 3.5).abs() < 1e-9);
        assert!(data_seconds(&json!({ "plans": [], "stages": [] })).is_err());
    }
}
