//! A copy of everything that a move keeps, of one moment, also while it runs.

use super::{JOURNAL, load};
use crate::database::{self, failed};
use crate::segment::Segment;
use crate::state::{StateDir, cannot};
use boatlift_core::plan::SegmentRef;
use boatlift_core::{Code, Error, Result, Retry};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::path::Path;

/// How often to begin anew when the running move settles a plan meanwhile.
const ATTEMPTS: u32 = 10;

/// Copies journal, live state, move file and the segments that the journal refers to
/// into `to`, which is empty or does not exist. The copy is a state directory of its own.
///
/// The live state may be a moment younger than the journal, as after a crash, but never
/// older and never of another plan: a move that settles or makes a plan in between is
/// copied anew.
///
/// # Errors
/// [`Code::Usage`] when `to` is not empty; when something cannot be read or written.
pub fn back_up(state: &StateDir, to: &Path) -> Result<()> {
    let occupied = to.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        let error = Error::new(Code::Usage, "cannot back up to").on(to.display());
        return Err(error.because("it is not empty"));
    }
    let target = StateDir::create_or_open(to)?;
    for _ in 0..ATTEMPTS {
        if attempt(state, &target)? {
            return finish(state, &target);
        }
        clear(&target)?;
    }
    Err(Error::new(Code::StateIo, "cannot back up")
        .on(state.path().display())
        .because("the move settles plans faster than they can be copied")
        .retry(Retry::Later))
}

/// One try; false when the move went on to another plan meanwhile.
fn attempt(state: &StateDir, target: &StateDir) -> Result<bool> {
    let path = state.journal_path();
    let journal = database::open_existing(&path, &JOURNAL)?;
    let broken = failed("cannot read journal", &path);
    let moment = journal.unchecked_transaction().map_err(&broken)?;
    let view = load::load(&moment).map_err(&broken)?;
    copy_database(&journal, &target.journal_path())?;
    if state.live_path().exists() {
        copy_database(&crate::live::open_existing(&state.live_path())?, &target.live_path())?;
    }
    for segment in view.segments() {
        if let Err(error) = copy_segment(state, target, segment) {
            return if same_plans(state, &moment)? { Err(error) } else { Ok(false) };
        }
    }
    same_plans(state, &moment)
}

/// Whether no plan was made, settled or dropped since that moment.
fn same_plans(state: &StateDir, moment: &Connection) -> Result<bool> {
    let path = state.journal_path();
    let now = database::open_existing(&path, &JOURNAL)?;
    let plans = |db: &Connection| {
        db.query_row(
            "SELECT ifnull(max(number), 0), ifnull(sum(state = 'open'), 0),
             (SELECT count(*) FROM settled) FROM plans",
            [],
            |row| <(i64, i64, i64)>::try_from(row),
        )
        .map_err(failed("cannot read journal", &path))
    };
    Ok(plans(moment)? == plans(&now)?)
}

fn copy_database(from: &Connection, to: &Path) -> Result<()> {
    let broken = failed("cannot write backup", to);
    let mut copy = Connection::open(to).map_err(&broken)?;
    let backup = Backup::new(from, &mut copy).map_err(&broken)?;
    match backup.step(-1).map_err(&broken)? {
        StepResult::Done => Ok(()),
        busy => Err(Error::new(Code::StateIo, "cannot write backup")
            .on(to.display())
            .because(format!("{busy:?}"))),
    }
}

fn copy_segment(state: &StateDir, target: &StateDir, segment: &SegmentRef) -> Result<()> {
    let directory = target.segments_path();
    std::fs::create_dir_all(&directory)
        .map_err(|error| cannot("cannot create", &directory, error))?;
    copy_file(&state.segments_path().join(&segment.file), &directory.join(&segment.file))?;
    Segment::open(&directory, segment)?.verify()
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let copy = || {
        std::fs::copy(from, to)?;
        File::open(to)?.sync_all()
    };
    copy().map_err(|error| cannot("cannot back up", from, error))
}

/// The move file, and the names of all copies made durable.
fn finish(state: &StateDir, target: &StateDir) -> Result<()> {
    if state.move_file_path().exists() {
        copy_file(&state.move_file_path(), &target.move_file_path())?;
    }
    for directory in [target.segments_path(), target.path().to_owned()] {
        match File::open(&directory).and_then(|open| open.sync_all()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(cannot("cannot write backup", &directory, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes a copy that mixes two moments.
fn clear(target: &StateDir) -> Result<()> {
    let copies = [target.journal_path(), target.live_path(), target.segments_path()];
    for copy in copies.iter().filter(|copy| copy.exists()) {
        let removed = match copy.is_dir() {
            true => std::fs::remove_dir_all(copy),
            false => std::fs::remove_file(copy),
        };
        removed.map_err(|error| cannot("cannot clear backup", copy, error))?;
    }
    Ok(())
}
