//! Many keys, listed and nothing else.

use super::Bench;
use super::gateway::Gateway;
use super::programs::{BOATLIFT, Place, Programs, RCLONE, S5CMD};
use crate::bench::{CaseResult, Result, Way, interleaved};
use std::process::Command;

const LOWER: &str = "lower-bucket";
const UPPER: &str = "upper-bucket";

/// Measures all three.
///
/// # Errors
/// When one fails.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let sizes = &bench.sizes;
    let gateway = Gateway::start(&[LOWER, UPPER])?;
    gateway.fill(LOWER, sizes.keys, 0)?;
    let programs = &Programs::new(bench)?;
    let server = gateway.endpoint();
    let place = |bucket| Place { server, bucket };
    let mut ours = programs.boatlift(place(LOWER), place(UPPER));
    ours.arg("--dry-run");
    let s5cmd = programs.s5cmd(server, &["ls", &format!("s3://{LOWER}/*")]);
    let words = ["lsf", "--recursive", "--files-only", &format!("lower:{LOWER}")];
    let rclone = programs.rclone(server, server, &words);
    let way = |name, what: &str, command: Command| Way {
        name,
        what: what.to_owned(),
        objects: sizes.keys,
        work: Box::new(move || {
            programs.forget()?;
            programs.timed(&command)
        }),
    };
    let rows = interleaved(
        sizes.runs,
        vec![
            way(
                BOATLIFT,
                "`--dry-run` to an empty UPPER: both are listed, the difference is written \
                 and planned",
                ours,
            ),
            way(S5CMD, "`s5cmd ls`, its output thrown away", s5cmd),
            way(RCLONE, "`rclone lsf --recursive --fast-list`, its output thrown away", rclone),
        ],
    )?;
    Ok(CaseResult {
        name: "listing",
        title: format!("{} keys, a thousand in each folder", sizes.keys),
        unit: "keys",
        rows,
        ..CaseResult::default()
    })
}
