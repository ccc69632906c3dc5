//! The page of results between Hive clusters.

use super::goals::{GOALS, Reached};
use super::results::{Case, Results, Row};
use crate::bench::machine::Machine;
use crate::bench::page::row;
use std::fmt::Write;

const HEAD: &str = "\
# Benchmark of the hive mover

Written by `cargo xtask bench hive`; not edited by hand. Both clusters run on this one
machine, one process for each service, together with what is measured. Programs are measured
from process start to exit; loops inside the benchmark from their first connection to their
last answer. The ways of a case take turns after one round that is not timed, which warms
every server for all of them; UPPER is emptied between runs, and that is not timed either. A
figure is a median over the runs named below.
";

/// Whether figures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// They are held against the goals.
    Yes,
    /// Something was smaller than the goals ask.
    No,
}

/// What the page tells beside the results.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) machine: &'a Machine,
    pub(super) date: &'a str,
    /// Timed runs of each way.
    pub(super) runs: usize,
    pub(super) judged: Judged,
}

/// The page as Markdown.
pub(super) fn render(at: &Circumstances<'_>, results: &Results) -> String {
    let mut page = format!("{HEAD}\n## Machine\n\n| | |\n|---|---|\n");
    for (name, value) in &at.machine.facts {
        row(&mut page, &[name, value]);
    }
    for (name, value) in &results.versions {
        row(&mut page, &[name, value]);
    }
    row(&mut page, &["date", at.date]);
    row(&mut page, &["timed runs of each", &at.runs.to_string()]);
    goals(&mut page, at.judged, results);
    results.cases.iter().for_each(|case| section(&mut page, case));
    page
}

fn goals(page: &mut String, judged: Judged, results: &Results) {
    page.push_str(
        "\n## What it must reach\n\n\
         | work | against | wanted | reached | our seconds | theirs | |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for goal in GOALS {
        let [reached, ours, theirs, verdict] = match goal.reached(results) {
            None => ["–", "–", "–", "not measured"].map(str::to_owned),
            Some(Reached { figure, met, ours, theirs }) => [
                format!("{figure:.2}"),
                format!("{ours:.2}"),
                theirs.map_or("–".to_owned(), |theirs| format!("{theirs:.2}")),
                verdict(judged, met).to_owned(),
            ],
        };
        row(page, &[goal.work, goal.against, goal.asked, &reached, &ours, &theirs, &verdict]);
    }
    page.push_str(
        "\nThat a kill leaves the same end state, and no gap for a reader, is proved by tests, \
         not by a time.\n",
    );
}

fn verdict(judged: Judged, met: bool) -> &'static str {
    match (judged, met) {
        (Judged::No, _) => "too small to be judged",
        (Judged::Yes, true) => "met",
        (Judged::Yes, false) => "**missed**",
    }
}

fn section(page: &mut String, case: &Case) {
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "\n## `{}`: {}\n\n\
         | way | seconds | min..max | {} per second | processor seconds | peak MiB |\n\
         |---|---|---|---|---|---|\n",
        case.name, case.title, case.unit
    );
    case.rows.iter().for_each(|way| row(page, &cells(way).each_ref().map(String::as_str)));
    page.push('\n');
    for way in &case.rows {
        let _ = writeln!(page, "- **{}**: {}.", way.name, way.what);
    }
    for note in &case.notes {
        let _ = writeln!(page, "\n{note}");
    }
}

fn cells(way: &Row) -> [String; 6] {
    let (min, max) = way.spread();
    let known = |figure: Option<String>| figure.unwrap_or_else(|| "–".to_owned());
    [
        way.name.clone(),
        format!("{:.2}", way.seconds()),
        format!("{min:.2}..{max:.2}"),
        format!("{:.0}", way.rate()),
        known(way.processor_seconds().map(|seconds| format!("{seconds:.2}"))),
        known(way.peak_mib().map(|mib| format!("{mib:.0}"))),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::{case, results};
    use super::*;

    #[test]
    fn the_page_names_what_was_missed_and_what_was_not_measured() {
        let results = results(&[case("metadata", &[("boatlift run", 2.0), ("bare loop", 1.0)])]);
        let machine = Machine { facts: vec![("cores", "2".to_owned())] };
        let mut at =
            Circumstances { machine: &machine, date: "2026-01-01", runs: 3, judged: Judged::Yes };
        let page = render(&at, &results);
        for line in [
            "| cores | 2 |",
            "| LOWER | Hive 1.2.1 |",
            "| 0.9 of its rate | 0.50 | 2.00 | 1.00 | **missed** |",
            "| under 5 s | – | – | – | not measured |",
            "## `metadata`: many",
            "| bare loop | 1.00 | 1.00..1.00 | 100 | – | 300 |",
            "- **bare loop**: does bare loop.",
            "\nA note.\n",
        ] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        at.judged = Judged::No;
        assert!(!render(&at, &results).contains("missed"));
    }
}
