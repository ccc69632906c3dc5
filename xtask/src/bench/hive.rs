//! `cargo xtask bench hive`: the finished binary between two real Hive clusters, beside bare
//! loops, the reference's method and DistCp.
//!
//! The measuring is done by `hive-bench` of the test kit, which knows the servers and their
//! protocols; here it is built, started, held against the goals and put on a page. The page
//! is only ever written whole: all cases, at the sizes that the goals were set for.

mod goals;
mod page;
mod results;

use super::machine::Machine;
use super::write;
use crate::process::{self, cargo, target_directory};
use crate::{Result, provision, root};
use page::{Circumstances, Judged};
use results::Results;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the page lies in the checkout.
const PAGE: &str = "docs/benchmarks/hive.md";
/// The timed runs of each way that the goals were set for.
const RUNS: usize = 3;
/// Sizes that may be chosen, which `hive-bench` takes as they are.
const SIZES: &[&str] = &[
    "--tables",
    "--sql-tables",
    "--partitions",
    "--stored-partitions",
    "--files",
    "--file-bytes",
    "--scope",
];
const USAGE: &str = "usage: cargo xtask bench hive [--only NAME] [--runs N] [--tables N]
       [--sql-tables N] [--partitions N] [--stored-partitions N] [--files N]
       [--file-bytes N] [--scope N]";

/// What was typed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    only: Option<String>,
    runs: Option<usize>,
    /// Names and numbers of [`SIZES`].
    sizes: Vec<(String, usize)>,
}

/// Runs the verb.
///
/// # Errors
/// On unknown options, when something cannot be brought in or built, and when a way fails.
pub(super) fn run(words: &[String]) -> Result<()> {
    let options = Options::read(words)?;
    provision::packages()?;
    provision::bench_packages()?;
    provision::services()?;
    let [boatlift, bench] = build()?;
    let machine = Machine::look(&boatlift, &["java"])?;
    let measured = target_directory()?.join("hive-bench.json");
    process::run(&mut options.command(&bench, &boatlift, &measured))?;
    let results = Results::read(&fs::read_to_string(&measured)?)?;
    let (date, runs, judged) = (&today()?, options.runs(), options.judged());
    let page = page::render(&Circumstances { machine: &machine, date, runs, judged }, &results);
    println!("{page}");
    if options.are_full() {
        write(&root().join(PAGE), &page)?;
        println!("written to {PAGE}");
    }
    Ok(())
}

impl Options {
    fn read(words: &[String]) -> Result<Options> {
        let mut options = Options::default();
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err(USAGE.into()) };
            match name.as_str() {
                "--only" => options.only = Some(value.clone()),
                "--runs" => options.runs = Some(above_zero(name, value)?),
                size if SIZES.contains(&size) => {
                    options.sizes.push((name.clone(), above_zero(name, value)?));
                }
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }

    fn runs(&self) -> usize {
        self.runs.unwrap_or(RUNS)
    }

    /// Whether what is measured is as large, and measured as often, as the goals ask.
    fn judged(&self) -> Judged {
        match self.sizes.is_empty() && self.runs() >= RUNS {
            true => Judged::Yes,
            false => Judged::No,
        }
    }

    /// Whether all is measured, and judged.
    fn are_full(&self) -> bool {
        self.only.is_none() && self.judged() == Judged::Yes
    }

    fn command(&self, bench: &Path, boatlift: &Path, measured: &Path) -> Command {
        let mut command = Command::new(bench);
        command.arg("--boatlift").arg(boatlift).arg("--out").arg(measured);
        command.args(["--runs", &self.runs().to_string()]);
        if let Some(only) = &self.only {
            command.args(["--only", only]);
        }
        for (name, size) in &self.sizes {
            command.arg(name).arg(size.to_string());
        }
        command
    }
}

fn above_zero(name: &str, value: &str) -> Result<usize> {
    match value.parse()? {
        0 => Err(format!("{name}: nothing measures nothing").into()),
        number => Ok(number),
    }
}

/// Builds the binary under test, and what measures it.
fn build() -> Result<[PathBuf; 2]> {
    process::run(&mut cargo(["build", "--release", "--package", "boatlift-cli"]))?;
    let bench = ["build", "--release", "--package", "boatlift-testkit", "--bin", "hive-bench"];
    process::run(&mut cargo(bench))?;
    let release = target_directory()?.join("release");
    Ok(["boatlift", "hive-bench"].map(|name| release.join(name)))
}

fn today() -> Result<String> {
    Ok(process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Option<Options> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Options::read(&words).ok()
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let all = read(&[]).expect("no options");
        assert!(all.are_full() && all.runs() == RUNS, "{all:?}");
        let some = read(&["--only", "storage", "--runs", "5", "--files", "3"]).expect("options");
        assert_eq!((some.runs(), some.are_full()), (5, false));
        assert_eq!(some.sizes, [("--files".to_owned(), 3)]);
        assert!(!read(&["--runs", "1"]).expect("options").are_full());
        for bad in [&["--files"][..], &["--runs", "0"], &["--fast", "1"], &["--tables", "many"]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_was_typed_is_handed_on() {
        let options = read(&["--only", "memory", "--scope", "9"]).expect("options");
        let command = options.command(Path::new("b"), Path::new("x"), Path::new("o"));
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        let expected = "--boatlift x --out o --runs 3 --only memory --scope 9";
        assert_eq!(words.join(" "), expected);
    }
}
