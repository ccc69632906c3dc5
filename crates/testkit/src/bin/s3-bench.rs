//! `s3-bench --boatlift BINARY --s5cmd BINARY --rclone BINARY --out FILE [--only CASE]
//! [--runs N] [--objects N] ...`: measures buckets, and leaves what it measured as JSON.
//!
//! `cargo xtask bench s3` starts it and makes a page of the JSON.

use boatlift_testkit::bench::{Result, ended, number};
use boatlift_testkit::s3_bench::{Bench, Sizes};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: s3-bench --boatlift BINARY --s5cmd BINARY --rclone BINARY --out FILE
       [--only CASE] [--runs N] [--objects N] [--object-bytes N] [--keys N] [--large N]
       [--large-bytes N] [--counted N] [--scope N]";

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
    let (mut boatlift, mut s5cmd, mut rclone) = (None, None, None);
    let (mut out, mut only) = (None, None);
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(USAGE.into()) };
        match name.as_str() {
            "--boatlift" => boatlift = Some(PathBuf::from(value)),
            "--s5cmd" => s5cmd = Some(PathBuf::from(value)),
            "--rclone" => rclone = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            "--only" => only = Some(value.clone()),
            name => *size(&mut sizes, name)? = number(name, value)?,
        }
    }
    let (Some(boatlift), Some(s5cmd), Some(rclone)) = (boatlift, s5cmd, rclone) else {
        return Err(USAGE.into());
    };
    Ok(Options { bench: Bench { boatlift, s5cmd, rclone, sizes }, only, out: out.ok_or(USAGE)? })
}

fn size<'a>(sizes: &'a mut Sizes, name: &str) -> Result<&'a mut usize> {
    Ok(match name {
        "--runs" => &mut sizes.runs,
        "--objects" => &mut sizes.objects,
        "--object-bytes" => &mut sizes.object_bytes,
        "--keys" => &mut sizes.keys,
        "--large" => &mut sizes.large,
        "--large-bytes" => &mut sizes.large_bytes,
        "--counted" => &mut sizes.counted,
        "--scope" => &mut sizes.scope,
        _ => return Err(USAGE.into()),
    })
}
