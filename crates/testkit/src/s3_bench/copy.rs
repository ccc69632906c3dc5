//! Many small objects, copied by the server itself from bucket to bucket.

use super::Bench;
use super::gateway::Gateway;
use super::programs::{BOATLIFT, Place, Programs, RCLONE, S5CMD};
use crate::bench::{CaseResult, Result, Taken, Way, interleaved};
use std::process::Command;

const LOWER: &str = "lower-bucket";
const UPPER: &str = "upper-bucket";

/// Measures all three.
///
/// # Errors
/// When one fails, or does not copy everything.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let sizes = &bench.sizes;
    let gateway = Gateway::start(&[LOWER, UPPER])?;
    gateway.fill(LOWER, sizes.objects, sizes.object_bytes)?;
    let programs = Programs::new(bench)?;
    let server = gateway.endpoint();
    let place = |bucket| Place { server, bucket };
    let ours = programs.boatlift(place(LOWER), place(UPPER));
    let from = format!("s3://{LOWER}/*");
    let s5cmd = programs.s5cmd(server, &["cp", &from, &format!("s3://{UPPER}/")]);
    let (from, to) = (format!("lower:{LOWER}"), format!("lower:{UPPER}"));
    let rclone = programs.rclone(server, server, &["copy", &from, &to]);
    let (gateway, programs, count) = (&gateway, &programs, sizes.objects);
    let way = |name, what: &str, command: Command| Way {
        name,
        what: what.to_owned(),
        objects: count,
        work: Box::new(move || copied(gateway, programs, &command, count)),
    };
    let rows = interleaved(
        sizes.runs,
        vec![
            way(
                BOATLIFT,
                "check, survey of both buckets, copies pinned to entity tags, a listing that \
                 confirms them, journal and report; neither peer keeps receipts or looks again",
                ours,
            ),
            way(S5CMD, "`s5cmd cp`, 256 workers (its default)", s5cmd),
            way(RCLONE, "`rclone copy --fast-list`, 64 transfers and 64 checkers", rclone),
        ],
    )?;
    let kibibytes = sizes.object_bytes >> 10;
    Ok(CaseResult {
        name: "copy",
        title: format!("{} objects of {kibibytes} KiB, copied by the server", sizes.objects),
        unit: "objects",
        rows,
        ..CaseResult::default()
    })
}

fn copied(
    gateway: &Gateway,
    programs: &Programs<'_>,
    command: &Command,
    count: usize,
) -> Result<Taken> {
    gateway.empty(UPPER)?;
    programs.forget()?;
    let taken = programs.timed(command)?;
    match gateway.objects(UPPER)?.len() {
        found if found == count => Ok(taken),
        found => Err(format!("{found} of {count} objects are at UPPER").into()),
    }
}
