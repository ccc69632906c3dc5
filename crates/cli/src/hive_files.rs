//! What a Hive move leaves in its reports directory beside the engine's report: the page
//! that hms-mirror's users know, the SQL of each side, and where files go. Here the engine's
//! items become the mover's.

use crate::hadoop::hive_mover;
use crate::hive_grants;
use crate::movefile::MoveFile;
use crate::output::Output;
use crate::running::Ended;
use boatlift_core::event::End;
use boatlift_core::{Code, Error, KeyBuf, Mover, Result};
use boatlift_engine::lift::Until;
use boatlift_engine::report::model::{Findings, Row};
use boatlift_engine::report::{Known, Report, Which};
use boatlift_mover_hive::HiveMover;
use boatlift_mover_hive::config::{HiveConfig, Stage};
use boatlift_mover_hive::report::{
    AddedProperties, Found, Gathered, Item, Objects, Page, Preview, RunLine, StageTime, Statements,
    Tables, lower_sql, upper_header, without_secrets,
};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The page for people.
pub(crate) const PAGE: &str = "hive.md";
/// The SQL of each side.
const SQL: [&str; 2] = ["upper.sql", "lower.sql"];
/// Where files go.
const LOCATIONS: &str = "locations.csv";
/// What was added to tables' properties by this plan and those before it.
const ADDED: &str = "added-properties.json";

/// Whether what a plan adds is remembered: what is only planned may never be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    ForGood,
    ForNow,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct HiveFiles {
    /// The directory.
    pub(crate) directory: PathBuf,
    preview: Preview,
}

/// Writes the files of a Hive move. That one could not be written is told, and changes
/// nothing of the move.
pub(crate) fn write_or_warn(file: &MoveFile, ended: &Ended, output: &Output) -> Option<HiveFiles> {
    let hive = file.hive.as_ref()?;
    match write(hive, file, ended, output) {
        Ok(files) => Some(files),
        Err(error) => {
            output.say(format_args!("warning: the reports of hive are not complete: {error}"));
            None
        }
    }
}

/// What a person should know of a move before it is carried out.
pub(crate) fn warning(file: &MoveFile) -> Option<&'static str> {
    file.hive.as_ref()?.partition_discovery.warning()
}

/// Prints where files go, when the plan moves any.
pub(crate) fn show_locations(files: Option<&HiveFiles>, output: &Output) -> Result<()> {
    let Some(files) = files.filter(|_| !output.json && !output.quiet) else { return Ok(()) };
    let at = |name| files.directory.join(name).display().to_string();
    let mut text = String::new();
    for line in files.preview.lines() {
        text += &format!("{:<11} {line}\n", "locations");
    }
    if !text.is_empty() {
        text += &format!("{:<11} {}\n", "", at(LOCATIONS));
    }
    text += &format!("{:<11} {}\n", "SQL", at(SQL[0]));
    output.result(text)
}

fn write(hive: &HiveConfig, file: &MoveFile, ended: &Ended, output: &Output) -> Result<HiveFiles> {
    let mover = hive_mover(hive, file.s3_sides(), &file.name)?;
    mover.keep_in(ended.state.path());
    let report = Report::from_state(&ended.state, &mover)?;
    let directory = ended.state.reports_path();
    std::fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error))?;
    whole(&directory.join(SQL[1]), |out| put(out, &lower_sql(hive)))?;
    let gathered = match ended.summary.end {
        End::Interrupted => Gathered::default(),
        _ => statements(&report, &mover.objects(), ended, &directory).unwrap_or_else(|error| {
            forget(&directory);
            output.say(format_args!("warning: {} is not written: {error}", SQL[0]));
            Gathered::default()
        }),
    };
    let kept = if ended.until == Until::Planned { Kept::ForNow } else { Kept::ForGood };
    let added = all_added(&directory, gathered.added, kept)?;
    page(hive, &report, &mover, &added, &directory)?;
    hive_grants::write(hive, &directory, output)?;
    Ok(HiveFiles { directory, preview: gathered.preview })
}

/// Writes `upper.sql` and `locations.csv`.
fn statements(
    report: &Report<'_>,
    objects: &Objects,
    ended: &Ended,
    directory: &Path,
) -> Result<Gathered> {
    let findings = report.findings();
    let header = upper_header(&findings.name, ended.until != Until::Planned);
    let mut gathered = Gathered::default();
    // Data and locations meet the same refusals.
    let refused = findings.holes.iter().filter(|hole| hole.error.code == Code::HiveLocation);
    let refused: BTreeSet<(&str, String)> =
        refused.map(|hole| (hole.under.as_str(), hole.error.to_string())).collect();
    whole(&directory.join(LOCATIONS), |places| {
        whole(&directory.join(SQL[0]), |sql| {
            put(sql, &header)?;
            let mut statements = Statements::new(objects, sql, places)?;
            for (under, why) in &refused {
                statements.refuse(under, why)?;
            }
            for group in 0..ended_groups(findings) {
                report.each_known(group, Which::Differing, &mut |known| {
                    statements.take(&item(group, &known))?;
                    Ok(ControlFlow::Continue(()))
                })?;
            }
            gathered = statements.finish()?;
            Ok(())
        })
    })?;
    Ok(gathered)
}

/// One more than the highest group that was planned.
fn ended_groups(findings: &Findings) -> u32 {
    findings.plans.iter().map(|plan| plan.group + 1).max().unwrap_or_default()
}

fn page(
    hive: &HiveConfig,
    report: &Report<'_>,
    mover: &HiveMover,
    added: &AddedProperties,
    directory: &Path,
) -> Result<()> {
    let findings = report.findings();
    let planned = findings.plans.iter().filter(|plan| !plan.dropped).map(|plan| plan.group);
    let mut tables = Tables::new(hive.stage, mover.waves(), planned.collect());
    for hole in &findings.holes {
        let under = KeyBuf::unescape(&hole.under).unwrap_or_default();
        tables.hole(under.as_key(), &hole.error.to_string());
    }
    for group in 0..mover.groups().len() as u32 {
        // Of files there may be a thousand times more than of tables.
        let which = if Item::is_of_catalogue(group) { Which::All } else { Which::Differing };
        report.each_known(group, which, &mut |known| {
            tables.take(&item(group, &known));
            Ok(ControlFlow::Continue(()))
        })?;
    }
    let stage = match hive.stage {
        Stage::Metadata => "METADATA",
        Stage::Storage => "STORAGE",
    };
    let page = Page {
        name: &findings.name,
        stage,
        version: env!("CARGO_PKG_VERSION"),
        headline: &findings.headline,
        runs: &runs(findings),
        config: &without_secrets(hive)?,
        tables: &tables,
        added,
        times: &times(findings),
    };
    whole(&directory.join(PAGE), |out| page.write(out))
}

/// An item of the engine as the mover reads it.
fn item<'k>(group: u32, known: &Known<'k>) -> Item<'k> {
    let found = |row: &'k Row| Found {
        verdict: row.verdict,
        action: row.action,
        state: &row.state,
        reason: row.reason.as_deref(),
        bytes: row.size,
    };
    Item { group, key: known.key, found: known.row.map(found) }
}

fn runs(findings: &Findings) -> Vec<RunLine> {
    let runs = findings.runs.iter().map(|run| RunLine {
        begun: run.begun.clone(),
        elapsed: between(&run.begun, run.ended.as_deref()),
        end: match (run.end, &run.error) {
            (_, Some(error)) => error.to_string(),
            (Some(end), None) => format!("{end:?}").to_lowercase(),
            (None, None) => "not ended".to_owned(),
        },
    });
    runs.collect()
}

fn times(findings: &Findings) -> Vec<StageTime> {
    let group = |number| findings.plans.iter().find(|plan| plan.number == number);
    let times = findings.stages.iter().filter_map(|work| {
        Some(StageTime {
            group: group(work.plan)?.group,
            stage: work.name.clone(),
            took: between(&work.begun, work.ended.as_deref()),
        })
    });
    times.collect()
}

fn between(begun: &str, ended: Option<&str>) -> Option<Duration> {
    let (begun, ended): (jiff::Timestamp, jiff::Timestamp) =
        (begun.parse().ok()?, ended?.parse().ok()?);
    ended.duration_since(begun).try_into().ok()
}

/// What was added now, and what was added by earlier plans to tables of which this one says
/// nothing. A record that cannot be read is begun anew: it is for people only.
fn all_added(directory: &Path, now: AddedProperties, kept: Kept) -> Result<AddedProperties> {
    let path = directory.join(ADDED);
    let before = std::fs::read(&path).ok();
    let before = before.and_then(|text| serde_json::from_slice::<AddedProperties>(&text).ok());
    let mut added = before.unwrap_or_default();
    let is_new = !now.is_empty();
    added.extend(now);
    if !is_new || kept == Kept::ForNow {
        return Ok(added);
    }
    whole(&path, |out| {
        serde_json::to_writer(out, &added)
            .map_err(|error| Error::new(Code::StateIo, "cannot write").on(ADDED).because(error))
    })?;
    Ok(added)
}

/// Files of an older plan would tell of another one.
fn forget(directory: &Path) {
    for name in [SQL[0], LOCATIONS] {
        let _was_not_there = std::fs::remove_file(directory.join(name));
    }
}

/// Writes a file that takes the place of an older one whole, or not at all.
pub(crate) fn whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let unfinished = path.with_added_extension("tmp");
    let fail = |error: std::io::Error| unwritable(path, &error);
    let written = || {
        let mut out = BufWriter::new(File::create(&unfinished).map_err(fail)?);
        write(&mut out)?;
        out.flush().map_err(fail)?;
        std::fs::rename(&unfinished, path).map_err(fail)
    };
    written().inspect_err(|_| {
        let _was_not_there = std::fs::remove_file(&unfinished);
    })
}

fn put(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new(Code::StateIo, "cannot write a report").because(error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::StateIo, "cannot write").on(path.display()).because(error)
}

#[cfg(test)]
mod tests;
