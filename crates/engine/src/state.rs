//! The state directory: everything that a move keeps on its own host.
//!
//! One directory per move, private to its user. It can be backed up while the move runs
//! and taken to another host; it must lie on a local file system, because neither locks
//! nor write-ahead logs can be trusted on a network. Nothing here knows what is inside
//! the files.

mod holder;
mod network;

use boatlift_core::{Code, Error, Result};
use rustix::fs::FlockOperation;
use rustix::io::FdFlags;
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the lock is tried, and the time between: long enough for [`StateDir::is_locked`],
/// which holds it for an instant.
const LOCK_ATTEMPTS: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The directory of one move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    path: PathBuf,
}

/// The right to run the move: held by one process at a time, given back when dropped or
/// when the process ends in whatever way.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

/// While it lives, programs that this process starts hold the right to run the move too:
/// when this process dies, nobody takes it over before they have ended.
#[derive(Debug)]
pub struct Lent<'a> {
    lock: &'a RunLock,
}

impl RunLock {
    /// Lets programs share the lock that are started from here on.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn lend(&self) -> Result<Lent<'_>> {
        rustix::io::fcntl_setfd(&self.file, FdFlags::empty()).map_err(|error| {
            Error::new(Code::StateIo, "cannot share the lock of the move").because(error)
        })?;
        Ok(Lent { lock: self })
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let _ = rustix::io::fcntl_setfd(&self.lock.file, FdFlags::CLOEXEC);
    }
}

impl Drop for RunLock {
    /// A child that is being forked may hold a copy of the descriptor for an instant:
    /// closing ours would not unlock then.
    fn drop(&mut self) {
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

impl StateDir {
    /// Opens the directory, and makes it where there is none, readable by its user only.
    ///
    /// # Errors
    /// [`Code::StateOnNetwork`] when it lies on a network file system,
    /// [`Code::StateIo`] when it cannot be made.
    pub fn create_or_open(path: &Path) -> Result<StateDir> {
        network::refuse(nearest_existing(path))?;
        let io = |error| cannot("cannot create state directory", path, error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        network::refuse(&path)?;
        Ok(StateDir { path })
    }

    /// Opens the directory of a move that was begun before.
    ///
    /// # Errors
    /// [`Code::MoveUnknown`] when it does not exist or holds no journal,
    /// [`Code::StateOnNetwork`] when it lies on a network file system.
    pub fn open(path: &Path) -> Result<StateDir> {
        let unknown = |why: &str| {
            Err(Error::new(Code::MoveUnknown, "cannot open move").on(path.display()).because(why))
        };
        let Ok(found) = path.canonicalize() else {
            return unknown("there is no such state directory");
        };
        let state = StateDir { path: found };
        if !state.journal_path().exists() {
            return unknown("the state directory holds no journal");
        }
        network::refuse(&state.path)?;
        Ok(state)
    }

    /// Takes the right to run this move, without waiting for who has it.
    ///
    /// # Errors
    /// [`Code::StateBusy`], naming the process that has it; [`Code::StateIo`].
    pub fn lock(&self) -> Result<RunLock> {
        let path = self.path.join("lock");
        let io = |error| cannot("cannot lock", &path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(io)?;
        let mut attempts = 0..LOCK_ATTEMPTS;
        while let Err(error) = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            match (error, attempts.next()) {
                (rustix::io::Errno::WOULDBLOCK, Some(_)) => std::thread::sleep(LOCK_PAUSE),
                (rustix::io::Errno::WOULDBLOCK, None) => return Err(self.busy(file)),
                (error, _) => return Err(io(error.into())),
            }
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        write!(file, "{}", std::process::id()).map_err(io)?;
        Ok(RunLock { file })
    }

    /// Whether a process has the right to run this move. Asking takes it for an instant
    /// when nobody has it.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        let Ok(file) = File::open(self.path.join("lock")) else { return false };
        let probe = rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared);
        probe == Err(rustix::io::Errno::WOULDBLOCK)
    }

    fn busy(&self, mut file: File) -> Error {
        let mut holder = String::new();
        let why = match file.read_to_string(&mut holder).map(|_| holder.trim().parse::<u32>()) {
            Ok(Ok(pid)) => format!("process {pid} runs it"),
            _ => "another process runs it".to_owned(),
        };
        Error::new(Code::StateBusy, "cannot run move").on(self.path.display()).because(why)
    }

    /// Whether a state directory may hold this name: also what a run leaves that died
    /// before it had made its journal.
    #[must_use]
    pub fn is_own_name(name: &OsStr) -> bool {
        let bytes = name.as_encoded_bytes();
        let own = [
            "boatlift.yaml",
            "harvest.db",
            "journal.db",
            "live.db",
            "lock",
            "log.jsonl",
            "run.sock",
        ];
        own.iter().any(|own| bytes.starts_with(own.as_bytes()))
            || ["objects", "segments", "reports"].iter().any(|own| bytes == own.as_bytes())
    }

    /// The directory itself, absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal.
    #[must_use]
    pub fn journal_path(&self) -> PathBuf {
        self.path.join("journal.db")
    }

    /// Outcomes not yet settled, and hints.
    #[must_use]
    pub fn live_path(&self) -> PathBuf {
        self.path.join("live.db")
    }

    /// The directory of segments.
    #[must_use]
    pub fn segments_path(&self) -> PathBuf {
        self.path.join("segments")
    }

    /// The socket on which a run takes commands.
    #[must_use]
    pub fn socket_path(&self) -> PathBuf {
        self.path.join("run.sock")
    }

    /// The move file.
    #[must_use]
    pub fn move_file_path(&self) -> PathBuf {
        self.path.join("boatlift.yaml")
    }

    /// The directory of reports.
    #[must_use]
    pub fn reports_path(&self) -> PathBuf {
        self.path.join("reports")
    }

    /// The log.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.path.join("log.jsonl")
    }
}

/// The path itself, or the closest directory above it that exists.
fn nearest_existing(path: &Path) -> &Path {
    let existing = path.ancestors().find(|ancestor| ancestor.exists());
    existing.unwrap_or(Path::new("."))
}

/// An error about the state directory as the system told it.
pub(crate) fn cannot(tried: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(Code::StateIo, tried).on(path.display()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn temporary() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    #[test]
    fn a_new_directory_is_private() {
        let base = temporary();
        let state = StateDir::create_or_open(&base.path().join("a/b")).expect("created");
        let mode = state.path().metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(state.path().is_absolute());
    }

    #[test]
    fn a_move_that_was_never_begun_is_unknown() {
        let base = temporary();
        for path in [base.path().join("none"), base.path().to_owned()] {
            let error = StateDir::open(&path).expect_err("no journal there");
            assert_eq!(error.code, Code::MoveUnknown);
        }
    }

    #[test]
    fn the_second_lock_names_the_first_process() {
        let base = temporary();
        let state = StateDir::create_or_open(base.path()).expect("opened");
        assert!(!state.is_locked());
        let first = state.lock().expect("free");
        assert!(state.is_locked());
        let error = state.lock().expect_err("taken");
        assert_eq!(error.code, Code::StateBusy);
        assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
        drop(first);
        state.lock().expect("free again");
    }

    #[test]
    fn a_file_in_place_of_the_directory_is_told() {
        let base = temporary();
        let path = base.path().join("file");
        std::fs::write(&path, "").expect("written");
        let error = StateDir::create_or_open(&path).expect_err("a file");
        assert_eq!(error.code, Code::StateIo);
    }
}
