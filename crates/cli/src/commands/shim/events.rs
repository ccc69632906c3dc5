//! `boatlift shim events`: what jobs told, as lines. An event is forgotten after its line was
//! written: should this process be killed before, it comes again.

use super::Ears;
use crate::exit::Exit;
use crate::output::Output;
use boatlift_core::{Code, Error, Result};
use boatlift_shim::wire::Operation;
use boatlift_shim::{Batch, Event, Loss, Moment, Ring, Spelling, Spool};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Display;
use std::fs::DirBuilder;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

/// Slots of a ring that is made here: 32 MiB of memory.
const SLOTS: u32 = 1 << 16;
/// Events that are read before their lines are written.
const BATCH: usize = 4096;
/// A job that writes file after file does not wake us for each.
const LINGER: Duration = Duration::from_millis(5);
/// How long a record in the spool may wait: nobody wakes us for it.
const SPOOL_LOOK: Duration = Duration::from_secs(1);

/// The arguments of `shim events`.
#[derive(Debug, Args)]
pub(super) struct Events {
    #[command(flatten)]
    ears: Ears,
    /// Go on until it is stopped
    #[arg(long)]
    follow: bool,
}

impl Events {
    /// Reads ring and spool, and makes the ring where there is none.
    pub(super) fn run(self, output: &Output) -> Result<Exit> {
        let ring_path = self.ears.ring();
        let spool_path = self.ears.spool();
        for path in [&ring_path, &spool_path] {
            make_parent(path)?;
        }
        let mut devices = Vec::new();
        for root in self.ears.roots()? {
            let about = root.metadata().map_err(|error| failed("cannot look at", &root, error))?;
            devices.push(about.dev());
        }
        devices.dedup();
        let mut ring = Ring::at(&ring_path, SLOTS, &devices)
            .map_err(|error| Error::new(Code::Usage, "cannot listen to jobs").because(error))?;
        let spool = Spool::at(&spool_path);
        let mut exit = Exit::Done;
        loop {
            let mut lost = 0;
            let mut heard = from_ring(&mut ring, output, &mut lost)?;
            heard |= from_spool(&spool, &spool_path, output, &mut lost)?;
            lost += ring.forget_dropped();
            if lost > 0 {
                output.say(format_args!("{lost} events or more are lost: look the trees over"));
                exit = Exit::Differences;
            }
            match (heard, self.follow) {
                (true, true) => std::thread::sleep(LINGER),
                (false, true) => drop(ring.wait(SPOOL_LOOK)),
                (true, false) => {}
                (false, false) => return Ok(exit),
            }
        }
    }
}

fn failed(tried: &'static str, path: &Path, reason: impl Display) -> Error {
    Error::new(Code::Usage, tried).on(path.display()).because(reason)
}

/// Makes the directory of a ring or a spool, for this user alone.
fn make_parent(path: &Path) -> Result<()> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(parent);
    made.map_err(|error| failed("cannot make directory", parent, error))
}

fn from_ring(ring: &mut Ring, output: &Output, lost: &mut u64) -> Result<bool> {
    let batch = ring
        .read(BATCH)
        .map_err(|error| Error::new(Code::Usage, "cannot listen to jobs").because(error))?;
    let heard = write(batch, output, lost)?;
    ring.acknowledge();
    Ok(heard)
}

fn from_spool(spool: &Spool, path: &Path, output: &Output, lost: &mut u64) -> Result<bool> {
    let unreadable = |error| failed("cannot read spool", path, error);
    let Some(mut taken) = spool.take().map_err(unreadable)? else { return Ok(false) };
    while write(taken.read(BATCH).map_err(unreadable)?, output, lost)? {}
    *lost += u64::from(taken.loss() == Loss::Some);
    taken.acknowledge().map_err(unreadable)?;
    Ok(true)
}

/// Writes a line for each event; whether there was anything.
fn write(batch: Batch, output: &Output, lost: &mut u64) -> Result<bool> {
    *lost += batch.lost;
    for event in &batch.events {
        output.result(line(event))?;
    }
    Ok(!batch.events.is_empty() || batch.lost > 0)
}

fn line(event: &Event) -> Value {
    let mut line = json!({
        "operation": operation(event.operation),
        "path": text(&event.path),
        "time_ns": event.time.as_nanos() as u64,
        "pid": event.pid,
        "producer": event.producer,
        "sequence": event.sequence,
        "ending": event.moment == Moment::Ending,
        "as_typed": event.spelling == Spelling::AsTyped,
    });
    if let Some(other) = &event.other {
        line["other"] = text(other);
    }
    if let Some(facts) = event.facts {
        line["size"] = json!(facts.size);
        line["modified_ns"] = json!(facts.modified_ns);
        line["mode"] = json!(format!("{:o}", facts.mode));
        line["device"] = json!(facts.device);
        line["inode"] = json!(facts.inode);
    }
    line
}

/// A path as text; one that is none as the numbers of its bytes.
fn text(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => json!(text),
        None => json!(path.as_os_str().as_bytes()),
    }
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Opened => "opened",
        Operation::Written => "written",
        Operation::Changed => "changed",
        Operation::Made => "made",
        Operation::Removed => "removed",
        Operation::Renamed => "renamed",
        Operation::Exchanged => "exchanged",
        Operation::Linked => "linked",
    }
}
