//! The page of results.

use super::cases::{CASES, Results, Rows};
use super::goals::GOALS;
use super::machine::Machine;
use std::fmt::Write;

const HEAD: &str = "\
# Benchmark of the tree mover

Written by `cargo xtask bench tree`; not edited by hand. Every program is measured from
process start to exit, ours from check to report, interleaved with the others, on a tmpfs
that holds LOWER, UPPER and our state. A figure is a median over the runs named below.
Processor seconds are user and system time of the program and its children.
";

/// The page as Markdown.
pub(crate) fn render(
    machine: &Machine,
    memory: &Results,
    disk: Option<&Results>,
    runs: usize,
) -> String {
    let mut page = format!("{HEAD}\n## Machine\n\n| | |\n|---|---|\n");
    for (name, value) in &machine.facts {
        row(&mut page, &[name, value]);
    }
    row(&mut page, &["runs of each", &runs.to_string()]);
    page.push_str("\n## What it must reach\n\n");
    page.push_str("| work | against | at least | reached | |\n|---|---|---|---|---|\n");
    for goal in GOALS {
        let (figure, verdict) = match goal.reached(memory) {
            Some(reached) => {
                (format!("{:.2}", reached.figure), if reached.met { "met" } else { "**missed**" })
            }
            None => ("–".into(), "not measured"),
        };
        row(&mut page, &[goal.work, &code(goal.against), goal.asked, &figure, verdict]);
    }
    page.push_str(
        "\nThat no file is copied twice that had a receipt is proved by a test, not by a time.\n",
    );
    section(&mut page, "In memory", memory);
    if let Some(disk) = disk {
        section(&mut page, "On disk (not judged)", disk);
    }
    page
}

fn section(page: &mut String, title: &str, results: &Results) {
    for case in CASES {
        if let Some(rows) = results.get(case.name) {
            let tree = case.tree.describe();
            page.push_str(&format!("\n## {title}: {}\n\n{}.\n\n", case.title, capital(tree)));
            table(page, rows);
        }
    }
}

fn table(page: &mut String, rows: &Rows) {
    let ours = rows.first().map_or(f64::NAN, |(_, samples)| samples.wall_seconds());
    page.push_str(
        "| program | seconds | min..max | ours is faster by | processor seconds | peak MiB |\n\
         |---|---|---|---|---|---|\n",
    );
    for (name, samples) in rows {
        let (min, max) = samples.spread();
        row(
            page,
            &[
                &code(name),
                &format!("{:.3}", samples.wall_seconds()),
                &format!("{min:.3}..{max:.3}"),
                &format!("{:.2}", samples.wall_seconds() / ours),
                &format!("{:.2}", samples.processor_seconds()),
                &format!("{:.0}", samples.peak_kib() as f64 / 1024.0),
            ],
        );
    }
}

/// Adds a line of a table.
pub(crate) fn row(page: &mut String, cells: &[&str]) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// Programs stand in a typewriter's letters, other words do not.
fn code(name: &str) -> String {
    match name.split(' ').next() {
        Some("boatlift" | "cp" | "rsync" | "rclone") => format!("`{name}`"),
        _ => name.to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
