//! Rows compared by the finished binary. Nobody holds them: both clusters make them up as they are
//! scanned, so that what is measured is the reader.

use super::Bench;
use crate::bench::{CaseResult, Result, Row, tell, timed};
use crate::fake_pegasus::{FakeCluster, Settings, Version};
use crate::pegasus_handover::{TABLE, lines};
use boatlift_clients::pegasus::{Meta, NewTable, Options};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const PARTITIONS: usize = 8;

/// Measures `verify --mode content`.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let runtime = Runtime::new()?;
    let (lower, upper) = runtime.block_on(async {
        let lower = FakeCluster::start(Settings::new("old", Version::V2_6)).await;
        let upper = FakeCluster::start(Settings::new("new", Version::V2_6)).await;
        lower.knows(&upper);
        (lower, upper)
    });
    let (name, partitions) = (TABLE.to_owned(), i32::try_from(PARTITIONS)?);
    let table = NewTable { name, partitions, replicas: 3, envs: [].into() };
    let meta = Meta::new(lower.metas(), &Options::default());
    runtime.block_on(meta.create_app(&table))?;
    let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir()?;
    let told = format!(
        "move: orders\nmover: pegasus\npegasus:\n  lower: {{metas: [{}]}}\n  upper: {{metas: \
         [{}]}}\n  tables: [{TABLE}]\n",
        lines(&lower).join(", "),
        lines(&upper).join(", ")
    );
    std::fs::write(home.path().join("move.yaml"), told)?;
    done(command(bench, &home, "run").arg("move.yaml"))?;
    let each = bench.sizes.rows.div_ceil(PARTITIONS) as u64;
    lower.generate(TABLE, each);
    upper.generate(TABLE, each);
    let rows = each as usize * PARTITIONS;
    let mut taken = Vec::new();
    for run in 1..=bench.sizes.runs.div_ceil(2) {
        let mut verify = command(bench, &home, "verify");
        let figures = timed(verify.arg("move.yaml"), &home.path().join("figures"))?;
        tell("boatlift verify", &figures, run);
        taken.push(figures);
    }
    let scanned = lower.generated(TABLE) / taken.len() as u64;
    if scanned != rows as u64 {
        return Err(format!("{scanned} of {rows} rows were read").into());
    }
    let processor = taken.iter().filter_map(|one| one.processor_seconds).fold(0.0, f64::max);
    Ok(CaseResult {
        name: "verify",
        title: format!("{rows} rows of 100 bytes in {PARTITIONS} partitions, compared"),
        unit: "rows",
        rows: vec![Row {
            name: "boatlift verify",
            what: "keys, expiries and values of both sides, in the order of keys".to_owned(),
            objects: rows,
            taken,
        }],
        figures: BTreeMap::from([("rows per processor second", rows as f64 / processor)]),
        notes: vec![
            "Two clusters in another process make the rows up as they are scanned, on the same \
             machine: the wall time is theirs as much as ours, the processor time ours alone. A row \
             counts once, though it is read on both sides."
                .to_owned(),
        ],
        ..CaseResult::default()
    })
}

fn command(bench: &Bench, home: &TempDir, verb: &str) -> Command {
    let mut command = Command::new("env");
    command.arg("--chdir").arg(home.path()).arg(&bench.boatlift).arg(verb);
    command.arg("--state-dir").arg(home.path().join("state"));
    command.env("NO_COLOR", "1").env("HOME", home.path()).stdin(Stdio::null());
    command
}

fn done(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}
