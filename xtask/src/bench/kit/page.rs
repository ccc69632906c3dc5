//! The page of results.

use super::Kit;
use super::goals::{Goal, Reached};
use super::results::{Case, Results, Row, Shown};
use crate::bench::machine::Machine;
use crate::bench::page::row;
use std::fmt::Write;

/// Whether figures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// They are held against the goals.
    Yes,
    /// Something was smaller than the goals ask.
    No,
}

/// What the page tells beside the results.
pub(super) struct Circumstances<'a> {
    pub(super) kit: &'a Kit,
    pub(super) machine: &'a Machine,
    pub(super) date: &'a str,
    /// Timed runs of each way.
    pub(super) runs: usize,
    pub(super) judged: Judged,
}

/// The page as Markdown.
pub(super) fn render(at: &Circumstances<'_>, results: &Results) -> String {
    let mut page = format!("{}\n## Machine\n\n| | |\n|---|---|\n", at.kit.head);
    for (name, value) in &at.machine.facts {
        row(&mut page, &[name, value]);
    }
    for (name, value) in &results.versions {
        row(&mut page, &[name, value]);
    }
    row(&mut page, &["date", at.date]);
    row(&mut page, &["timed runs of each", &at.runs.to_string()]);
    goals(&mut page, at.kit.goals, at.judged, results);
    let _ = writeln!(page, "\n{}", at.kit.below_goals);
    results.cases.iter().for_each(|case| section(&mut page, case));
    page
}

fn goals(page: &mut String, goals: &[Goal], judged: Judged, results: &Results) {
    page.push_str(
        "\n## What it must reach\n\n\
         | work | against | wanted | reached | our seconds | theirs | |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for goal in goals {
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
    let _ = writeln!(page, "\n## `{}`: {}\n", case.name, case.title);
    match case.shown {
        Shown::Rates => {
            let _ = write!(
                page,
                "| way | seconds | min..max | {} per second | processor seconds | peak MiB |\n\
                 |---|---|---|---|---|---|\n",
                case.unit
            );
            case.rows.iter().for_each(|way| row(page, &cells(way).each_ref().map(String::as_str)));
        }
        Shown::Distribution => {
            let unit = &case.unit;
            let _ = write!(
                page,
                "| way | {unit} | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|\n"
            );
            case.rows.iter().for_each(|way| row(page, &spread(way).each_ref().map(String::as_str)));
        }
    }
    page.push('\n');
    for way in &case.rows {
        let _ = writeln!(page, "- **{}**: {}.", way.name, way.what);
    }
    for (name, figure) in &case.figures {
        let _ = writeln!(page, "- {name}: {}", (figure * 100.0).round() / 100.0);
    }
    for note in &case.notes {
        let _ = writeln!(page, "\n{note}");
    }
}

/// How the seconds of a way are spread.
fn spread(way: &Row) -> [String; 6] {
    let of = |in_hundred| format!("{:.2}", way.seconds_of(in_hundred));
    [way.name.clone(), way.count().to_string(), of(50), of(90), of(99), of(100)]
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
    use crate::bench::hive::HIVE;

    #[test]
    fn the_page_names_what_was_missed_and_what_was_not_measured() {
        let results = results(&[case("metadata", &[("boatlift run", 2.0), ("bare loop", 1.0)])]);
        let kit = &HIVE;
        let machine = Machine { facts: vec![("cores", "2".to_owned())] };
        let mut at = Circumstances {
            kit,
            machine: &machine,
            date: "2026-01-01",
            runs: 3,
            judged: Judged::Yes,
        };
        let page = render(&at, &results);
        for line in [
            "| cores | 2 |",
            "| LOWER | Hive 1.2.1 |",
            "| 0.9 of its rate | 0.50 | 2.00 | 1.00 | **missed** |",
            "| under 5 s | – | – | – | not measured |",
            "## `metadata`: many",
            "| bare loop | 1.00 | 1.00..1.00 | 100 | 1.00 | 300 |",
            "- **bare loop**: does bare loop.",
            "- requests: 1.5",
            "\nA note.\n",
        ] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        at.judged = Judged::No;
        assert!(!render(&at, &results).contains("missed"));
    }
}
