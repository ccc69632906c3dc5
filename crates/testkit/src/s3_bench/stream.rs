//! Large objects between two servers, through this host.

use super::Bench;
use super::gateway::Gateway;
use super::programs::{BOATLIFT, Place, Programs, RCLONE};
use crate::bench::{CaseResult, Result, Way, interleaved};
use std::fs;
use std::process::Command;

const LOWER: &str = "lower-bucket";
const UPPER: &str = "upper-bucket";

/// Measures both.
///
/// # Errors
/// When one fails, or does not copy everything.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let sizes = &bench.sizes;
    let (lower, upper) = (Gateway::start(&[LOWER])?, Gateway::start(&[UPPER])?);
    let programs = Programs::new(bench)?;
    upload(&programs, &lower, LOWER, (sizes.large, sizes.large_bytes))?;
    let ours = programs.boatlift(
        Place { server: lower.endpoint(), bucket: LOWER },
        Place { server: upper.endpoint(), bucket: UPPER },
    );
    let (from, to) = (format!("lower:{LOWER}"), format!("upper:{UPPER}"));
    let rclone = programs.rclone(lower.endpoint(), upper.endpoint(), &["copy", &from, &to]);
    let (upper, programs, count) = (&upper, &programs, sizes.large);
    let way = |name, what: &str, command: Command| Way {
        name,
        what: what.to_owned(),
        objects: count,
        work: Box::new(move || {
            upper.empty(UPPER)?;
            programs.forget()?;
            let taken = programs.timed(&command)?;
            match upper.objects(UPPER)?.len() {
                found if found == count => Ok(taken),
                found => Err(format!("{found} of {count} objects are at UPPER").into()),
            }
        }),
    };
    let rows = interleaved(
        sizes.runs,
        vec![
            way(
                BOATLIFT,
                "a request for each, with checksums, every byte hashed on its way, a look at every \
                 copy, journal and report",
                ours,
            ),
            way(
                RCLONE,
                "`rclone copy`, 64 transfers, a request for each up to 200 MiB (its default)",
                rclone,
            ),
        ],
    )?;
    Ok(CaseResult {
        name: "stream",
        title: format!("{count} objects of {} MiB between two servers", sizes.large_bytes >> 20),
        unit: "objects",
        rows,
        ..CaseResult::default()
    })
}

/// Puts `count` objects of `bytes` bytes into a bucket.
pub(super) fn upload(
    programs: &Programs<'_>,
    gateway: &Gateway,
    bucket: &str,
    (count, bytes): (usize, usize),
) -> Result<()> {
    eprintln!("filling {bucket} with {count} objects of {bytes} bytes");
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), "0123456789abcdef".repeat(bytes.div_ceil(16)))?;
    let path = file.path().to_string_lossy();
    for number in 0..count {
        let to = format!("s3://{bucket}/large/{number:04}");
        programs.timed(&programs.s5cmd(gateway.endpoint(), &["cp", &path, &to]))?;
    }
    Ok(())
}
