//! One table in a report: what its items come to.

use super::Found;
use crate::keys::Name;
use crate::plan::{CATALOGUE, DATA, EXCHANGE};
use crate::waves::in_wave;
use boatlift_core::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Issues of a table that are told one by one; the rest is counted.
const MOST_ISSUES: usize = 10;

/// Where a table stands, in hms-mirror's words and three of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Planned, and nothing of it done.
    Init,
    /// Something of it done.
    Started,
    /// All of it done, or nothing was to be done.
    Success,
    /// Something failed, or kept changing.
    Error,
    /// It, or a part of it, was left out for a reason.
    Skipped,
    /// A removal waits for a person.
    Waiting,
    /// Only UPPER has it, and it is left as it is.
    Kept,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Init => "INIT",
            Phase::Started => "STARTED",
            Phase::Success => "SUCCESS",
            Phase::Error => "ERROR",
            Phase::Skipped => "SKIPPED",
            Phase::Waiting => "WAITING",
            Phase::Kept => "KEPT",
        })
    }
}

/// What the items of a table come to.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Partitions that LOWER has in scope.
    pub partitions: u64,
    /// The number of its wave, from 0 on.
    pub(super) wave: u32,
    /// What was or is to be done, and how often.
    pub(super) actions: BTreeMap<&'static str, u64>,
    /// Bytes of files carried.
    pub(super) bytes: u64,
    /// Stages that it goes through, by group.
    pub(super) stages: BTreeSet<(u32, &'static str)>,
    issues: Vec<String>,
    more_issues: u64,
    done: u64,
    open: u64,
    held: u64,
    skipped: u64,
    failed: u64,
    is_foreign: bool,
}

impl Summary {
    /// Where it stands. `is_planned` says whether all that the stage does was planned.
    #[must_use]
    pub fn phase(&self, is_planned: bool) -> Phase {
        match self {
            _ if self.failed > 0 => Phase::Error,
            _ if self.skipped > 0 => Phase::Skipped,
            _ if self.is_foreign => Phase::Kept,
            _ if self.held > 0 => Phase::Waiting,
            _ if self.open > 0 && self.done == 0 => Phase::Init,
            _ if self.open > 0 || !is_planned => Phase::Started,
            _ => Phase::Success,
        }
    }

    /// What is to be known of it, one line each.
    #[must_use]
    pub fn issues(&self) -> Vec<String> {
        let mut issues = self.issues.clone();
        if self.more_issues > 0 {
            issues.push(format!("and {} more, in report.csv", self.more_issues));
        }
        issues
    }

    pub(super) fn add(&mut self, of: u32, name: Name<'_>, found: &Found<'_>) {
        let group = in_wave(of);
        match found.state {
            "done" => self.done += 1,
            "open" => self.open += 1,
            "held" => self.held += 1,
            "skipped" => self.skipped += 1,
            "kept" => {}
            _ => self.failed += 1,
        }
        let whole = matches!(name, Name::Table(..) | Name::View(..) | Name::Function(..));
        self.is_foreign |= group == CATALOGUE
            && whole
            && found.action.is_none()
            && matches!(found.verdict, Verdict::Foreign | Verdict::Gone);
        if let Some(action) = found.action {
            self.stages.extend(stage_of(group, name, action).map(|stage| (of, stage)));
            if !found.is_troubled() {
                self.act(group, name, action, found);
            }
        }
        self.mind(group, name, found);
    }

    /// Notes that a part of it could not be looked at.
    pub(super) fn hole(&mut self, why: &str) {
        self.failed += 1;
        self.tell(format!("not looked at: {why}"));
    }

    fn act(&mut self, group: u32, name: Name<'_>, action: &str, found: &Found<'_>) {
        let words = words_of(group, name, action, found.verdict);
        *self.actions.entry(words).or_default() += 1;
        if group == DATA && action.ends_with("carry") {
            self.bytes += found.bytes.unwrap_or_default();
        }
    }

    fn mind(&mut self, group: u32, name: Name<'_>, found: &Found<'_>) {
        let why = match (found.reason, found.state) {
            (Some(reason), state) => format!("{state}: {reason}"),
            (None, "held") => "held: its removal waits for `run --approve`".to_owned(),
            (None, "uncertain") => "uncertain: not all that went wrong is recorded".to_owned(),
            (None, _) => match drift(group, found) {
                Some(words) => words.to_owned(),
                None => return,
            },
        };
        self.tell(match name {
            Name::Partition(_, _, part) => format!("{part}: {why}"),
            _ => why,
        });
    }

    fn tell(&mut self, issue: String) {
        match self.issues.len() {
            _ if self.issues.contains(&issue) => {}
            MOST_ISSUES.. => self.more_issues += 1,
            _ => self.issues.push(issue),
        }
    }
}

/// What a person should know of an item that came out well.
fn drift(group: u32, found: &Found<'_>) -> Option<&'static str> {
    match (group, found.verdict, found.action) {
        (CATALOGUE, Verdict::Foreign, _) => Some("only UPPER has it, and it is not ours"),
        (CATALOGUE, Verdict::Gone, None) => Some("LOWER dropped it, UPPER keeps it"),
        (DATA, Verdict::Foreign, _) => Some("only UPPER has this file"),
        (CATALOGUE, Verdict::Drifted, Some(_)) => {
            Some("UPPER had changed it: it is made as LOWER has it")
        }
        (CATALOGUE, Verdict::Drifted | Verdict::Conflict, None) => {
            Some("UPPER changed it, and keeps that")
        }
        (CATALOGUE, Verdict::Conflict, Some(_)) => Some("both sides had it, and not alike"),
        _ => None,
    }
}

fn stage_of(group: u32, name: Name<'_>, action: &str) -> Option<&'static str> {
    Some(match (group, action, name) {
        (CATALOGUE | DATA, "remove", _) => "removals",
        (CATALOGUE, _, Name::Database(_)) => "databases",
        (CATALOGUE | EXCHANGE, _, Name::Table(..)) => "tables",
        (CATALOGUE | EXCHANGE, _, Name::Partition(..)) => "partitions",
        (CATALOGUE, ..) => "views",
        (DATA, ..) => "files",
        _ => return None,
    })
}

fn words_of(group: u32, name: Name<'_>, action: &str, verdict: Verdict) -> &'static str {
    let is_new = verdict == Verdict::Added;
    let is_part = matches!(name, Name::Partition(..));
    match (group, action, is_part) {
        (CATALOGUE, "remove", true) => "drop partition",
        (CATALOGUE, "remove", false) => "drop",
        (CATALOGUE, _, true) if is_new => "add partition",
        (CATALOGUE, _, true) => "alter partition",
        (CATALOGUE, _, false) if is_new => "create",
        (CATALOGUE, _, false) => "alter",
        (DATA, "remove", _) => "remove file",
        (DATA, "make_directory", _) => "make directory",
        (DATA, ..) => "copy file",
        (_, _, true) => "point partition at UPPER",
        (_, _, false) => "point table at UPPER",
    }
}
