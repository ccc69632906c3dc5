//! `pegasus-bench --boatlift BINARY --out FILE [--only CASE] [--runs N] [--attempts N] ...`:
//! measures the pegasus mover, and leaves what it measured as JSON.
//!
//! `cargo xtask bench pegasus` starts it and makes a page of the JSON.

use boatlift_testkit::bench::{Result, ended, number};
use boatlift_testkit::pegasus_bench::{Bench, Sizes};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: pegasus-bench --boatlift BINARY --out FILE [--only CASE] [--runs N]
       [--attempts N] [--most-partitions N] [--rows N]";

/// What was typed.
struct Options {
    bench: Bench,
    only: Option<String>,
    out: PathBuf,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    ended(read(&words).and_then(|options| run(&options)))
}

fn run(options: &Options) -> Result<()> {
    options.bench.measure(options.only.as_deref())?.write(&options.out)
}

fn read(words: &[String]) -> Result<Options> {
    let mut sizes = Sizes::default();
    let (mut boatlift, mut out, mut only) = (None, None, None);
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(USAGE.into()) };
        match name.as_str() {
            "--boatlift" => boatlift = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            "--only" => only = Some(value.clone()),
            name => *size(&mut sizes, name)? = number(name, value)?,
        }
    }
    let boatlift = boatlift.ok_or(USAGE)?;
    Ok(Options { bench: Bench { boatlift, sizes }, only, out: out.ok_or(USAGE)? })
}

fn size<'a>(sizes: &'a mut Sizes, name: &str) -> Result<&'a mut usize> {
    Ok(match name {
        "--runs" => &mut sizes.runs,
        "--attempts" => &mut sizes.attempts,
        "--most-partitions" => &mut sizes.most_partitions,
        "--rows" => &mut sizes.rows,
        _ => return Err(USAGE.into()),
    })
}
