//! Rules on single files: how a source begins, how long it is, what it may not hold.

use super::Finding;
use std::path::Path;

/// A longer file has more than one subject.
const MOST_LINES: usize = 800;

/// Marks of unfinished work, written in two parts so that this file holds none.
const MARKS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
];

/// A test that another one runs in a process of its own is no test left out.
const PART_OF_A_TEST: &str = concat!("#[ig", "nore = \"run by ");

/// Checks one file. `machine` are paths that exist here and perhaps nowhere else.
pub(super) fn check(path: &Path, text: &str, machine: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if path.extension().is_some_and(|extension| extension == "rs") {
        findings.extend(check_source(path, text));
    }
    for (number, line) in text.lines().enumerate() {
        let here = || format!("{}:{}", path.display(), number + 1);
        if let Some(machine) = machine.iter().find(|machine| line.contains(*machine)) {
            findings.push(Finding::new(here(), format!("a path of one machine: {machine}")));
        }
    }
    findings
}

fn check_source(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = path.display();
    if !text.starts_with("//! ") {
        findings.push(Finding::new(&place, "does not begin with `//!`: what is this room for?"));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        findings.push(Finding::new(place, format!("{lines} lines, more than {MOST_LINES}")));
    }
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with(PART_OF_A_TEST) {
            continue;
        }
        if let Some(mark) = MARKS.iter().find(|mark| line.contains(**mark)) {
            let place = format!("{}:{}", path.display(), number + 1);
            findings.push(Finding::new(place, format!("a mark of unfinished work: {mark}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let machine = ["/build/checkout".to_owned(), "/users/me/".to_owned()];
        check(Path::new(path), text, &machine)
            .into_iter()
            .map(|finding| finding.to_string())
            .collect()
    }

    #[test]
    fn a_source_that_says_what_it_is_for_is_fine() {
        assert_eq!(messages("a.rs", "//! A room.\n\nfn main() {}\n"), [""; 0]);
    }

    #[test]
    fn a_source_without_a_head_is_found() {
        assert_eq!(messages("a.rs", "fn main() {}\n").len(), 1);
        assert_eq!(messages("a.toml", "[a]\n").len(), 0);
    }

    #[test]
    fn a_long_source_is_found() {
        let fits = format!("//! A room.\n{}", "\n".repeat(MOST_LINES - 1));
        assert_eq!(messages("a.rs", &fits), [""; 0]);
        assert_eq!(messages("a.rs", &format!("{fits}\n")), ["a.rs: 801 lines, more than 800"]);
    }

    #[test]
    fn marks_of_unfinished_work_are_found_with_their_line() {
        for mark in MARKS {
            let found = messages("a.rs", &format!("//! A room.\n{mark}\n"));
            assert_eq!(found, [format!("a.rs:2: a mark of unfinished work: {mark}")]);
        }
    }

    #[test]
    fn a_test_that_another_one_runs_is_not_left_out() {
        let text = format!("//! A room.\n{PART_OF_A_TEST}another\"]\n");
        assert_eq!(messages("a.rs", &text), [""; 0]);
    }

    #[test]
    fn paths_of_one_machine_are_found_in_every_kind_of_file() {
        for machine in ["/build/checkout/src/main.rs", "/users/me/notes"] {
            assert_eq!(messages("a.md", &format!("see {machine}\n")).len(), 1);
        }
        assert_eq!(messages("a.md", "see /srv/old and /mnt/new\n"), [""; 0]);
    }
}
