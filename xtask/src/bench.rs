//! `cargo xtask bench tree`: the finished binary beside the programs that a user would
//! take instead, on the same trees, in one run. Those of [`hive`], [`s3`] and
//! [`pegasus`] are measured by programs of the test kit, in [`kit`].
//!
//! Every program is measured from process start to exit, interleaved with the others, in
//! memory so that no disk decides. The page that it writes is only ever written whole: all
//! cases, with the number of runs that the goals were set for.

mod cases;
mod goals;
mod ground;
mod hive;
mod kit;
mod machine;
mod measure;
mod page;
mod pegasus;
mod s3;
mod trees;

use crate::process::{self, cargo, target_directory};
use crate::{Result, cache, provision, root};
use cases::{CASES, Case, Results};
use ground::Ground;
use machine::Machine;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the page lies in the checkout.
const PAGE: &str = "docs/benchmarks/tree.md";
/// The runs of each program that the goals were set for.
const RUNS: usize = 5;
const USAGE: &str = "usage: cargo xtask bench tree [--only NAME] [--runs N] [--disk]
       cargo xtask bench hive [--only NAME] [--runs N] [--tables N] ...
       cargo xtask bench s3 [--only NAME] [--runs N] [--objects N] ...
       cargo xtask bench pegasus [--only NAME] [--runs N] [--attempts N] ...";
/// The programs that trees are copied with, beside ours.
const PEERS: &[&str] = &["cp", "rsync", "rclone"];

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    only: Option<String>,
    runs: usize,
    disk: bool,
}

/// Runs the verb.
///
/// # Errors
/// On unknown options, when the machine has no room, and when a program fails.
pub(crate) fn run(words: &[String]) -> Result<()> {
    match words.split_first() {
        Some((name, options)) if name == "hive" => hive::HIVE.run(options),
        Some((name, options)) if name == "s3" => s3::S3.run(options),
        Some((name, options)) if name == "pegasus" => pegasus::PEGASUS.run(options),
        _ => trees(words),
    }
}

fn trees(words: &[String]) -> Result<()> {
    let options = Options::read(words)?;
    let chosen: Vec<&Case> = CASES
        .iter()
        .filter(|case| options.only.as_deref().is_none_or(|n| n == case.name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        return Err(format!("no such case; there are: {}", names.join(", ")).into());
    }
    provision::bench_packages()?;
    let binary = build()?;
    let machine = Machine::look(&binary, PEERS)?;
    let memory = measure_all(&chosen, &Ground::in_memory()?, &binary, options.runs)?;
    let disk = match options.disk {
        true => {
            let timed: Vec<&Case> = chosen.iter().copied().filter(|case| case.on_disk).collect();
            let ground = Ground::on_disk(&cache()?.join("bench"))?;
            Some(measure_all(&timed, &ground, &binary, options.runs)?)
        }
        false => None,
    };
    let page = page::render(&machine, &memory, disk.as_ref(), options.runs);
    println!("{page}");
    if options.only.is_none() && options.runs >= RUNS {
        write(&root().join(PAGE), &page)?;
        println!("written to {PAGE}");
    }
    Ok(())
}

impl Options {
    fn read(words: &[String]) -> Result<Options> {
        let mut words = words.iter().map(String::as_str);
        if words.next() != Some("tree") {
            return Err(USAGE.into());
        }
        let mut options = Options { only: None, runs: RUNS, disk: false };
        while let Some(word) = words.next() {
            match word {
                "--only" => options.only = Some(words.next().ok_or(USAGE)?.to_owned()),
                "--runs" => options.runs = words.next().ok_or(USAGE)?.parse()?,
                "--disk" => options.disk = true,
                _ => return Err(USAGE.into()),
            }
        }
        match options.runs {
            0 => Err("--runs: no run measures nothing".into()),
            _ => Ok(options),
        }
    }
}

fn build() -> Result<PathBuf> {
    process::run(&mut cargo(["build", "--release", "--package", "boatlift-cli"]))?;
    Ok(target_directory()?.join("release/boatlift"))
}

fn measure_all(cases: &[&Case], ground: &Ground, binary: &Path, runs: usize) -> Result<Results> {
    let mut results = Results::new();
    for case in cases {
        eprintln!("== {} ({})", case.name, case.title);
        results.insert(case.name, case.measure(ground, binary, runs)?);
    }
    Ok(results)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    Ok(fs::write(path, text)?)
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
        let all = Options { only: None, runs: RUNS, disk: false };
        assert_eq!(read(&["tree"]), Some(all));
        let some = Options { only: Some("small".into()), runs: 3, disk: true };
        assert_eq!(read(&["tree", "--disk", "--only", "small", "--runs", "3"]), Some(some));
        for bad in [&["hive"][..], &["tree", "--runs", "0"], &["tree", "--fast"], &[]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
