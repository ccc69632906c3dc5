//! The memory that we take when very many partitions are in scope.
//!
//! A real metastore takes ten minutes and more to be filled with them, and what is measured is
//! the other process: both metastores are in this one, and take some GiB.

use super::filling::{Form, partition, partitioned};
use super::metadata::{BOATLIFT, expect};
use super::ours::Ours;
use super::{BATCH, Bench, CONNECTIONS, Result};
use crate::bench::{CaseResult, Row, Taken, tell};
use crate::fake_metastore::{FakeMetastore, Speech};
use boatlift_clients::metastore::{Database, Partition};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const DATABASE: &str = "huge";
const TABLE: &str = "events";
/// How often the metastores forget what they were asked.
const FORGETTING: Duration = Duration::from_millis(100);

/// Measures a copy, and a run after which nothing is different.
///
/// # Errors
/// When a run fails.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir()?;
    let count = bench.sizes.scope;
    let start = |side: &str| -> Result<FakeMetastore> {
        let warehouse = home.path().join(side);
        std::fs::create_dir_all(&warehouse)?;
        Ok(FakeMetastore::start(&warehouse, Speech::Buffered))
    };
    let (lower, upper) = (start("lower")?, start("upper")?);
    fill(&lower, home.path(), count);
    let ours = Ours::new(bench)?;
    let text = move_file(&lower, &upper, home.path());
    let [copy, again] = forgetting([&lower, &upper], || Ok([ours.run(&text)?, ours.run(&text)?]))?;
    let found = upper.with(|world| world.partitions(DATABASE, TABLE).len());
    expect(found, count)?;
    let row = |name, what: &str, taken: Taken| {
        tell(name, &taken, 1);
        Row { name, what: what.to_owned(), objects: count, taken: vec![taken] }
    };
    let rows = vec![
        row(BOATLIFT, "`boatlift run` of the METADATA stage, to an empty UPPER", copy),
        row("boatlift run, again", "the run after it, which reads everything again", again),
    ];
    Ok(CaseResult {
        name: "memory",
        title: format!("memory with {count} partitions of one table in scope"),
        unit: "partitions",
        rows,
        notes: vec![
            "Both metastores are imitations of Hive 2.3 inside the benchmark's own process, over \
             local directories: filling a real one with as many partitions takes ten minutes and \
             more, and only the memory of `boatlift` counts here. The times say nothing about Hive."
                .to_owned(),
        ],
        ..CaseResult::default()
    })
}

fn fill(lower: &FakeMetastore, home: &Path, count: usize) {
    eprintln!("filling LOWER with {count} partitions");
    lower.with(|world| world.notes_events = false);
    lower.create_database(&Database::new(DATABASE));
    let location = format!("file:{}/lower/{TABLE}", home.display());
    let table = partitioned(DATABASE, TABLE, &location, Form::Orc);
    lower.create_table(&table);
    let numbers: Vec<usize> = (0..count).collect();
    for batch in numbers.chunks(BATCH) {
        let added: Vec<Partition> = batch.iter().map(|number| partition(&table, *number)).collect();
        lower.add_partitions(&added);
    }
    lower.with(|world| world.notes_events = true);
}

fn move_file(lower: &FakeMetastore, upper: &FakeMetastore, home: &Path) -> String {
    let side = |server: &FakeMetastore, name: &str| {
        let uri = server.uri();
        format!("    metastore: {{uris: [\"{uri}\"]}}\n    namespace: hdfs://{name}\n")
    };
    let rule = |side: &str| format!("file:{}/{side}", home.display());
    format!(
        "move: memory\nmover: hive\nhive:\n  lower:\n{}    legacy-hive: true\n  upper:\n{}  \
         connections: {CONNECTIONS}\n  batch: {BATCH}\n  scope: {{databases: [{DATABASE}]}}\n  \
         locations: {{rules: [{{from: \"{}\", to: \"{}\"}}]}}\n",
        side(lower, "lower"),
        side(upper, "upper"),
        rule("lower"),
        rule("upper"),
    )
}

/// Does work while the metastores do not keep every call that they are asked: this process
/// is not to fill the machine.
fn forgetting<T>(servers: [&FakeMetastore; 2], work: impl FnOnce() -> Result<T>) -> Result<T> {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                servers.iter().for_each(|server| server.forget_calls());
                std::thread::sleep(FORGETTING);
            }
        });
        let done = work();
        ended.store(true, Ordering::Relaxed);
        done
    })
}
