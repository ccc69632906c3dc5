//! The desk: a directory of this machine with a file for each table or database, which is the
//! log of its command and the lock on its jobs.
//!
//! A command inherits the lock as its output. So the lock tells of a command that an earlier
//! run started and that goes on after the run was killed.

use super::slots::{GLANCE, go_on};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Stopped};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The end of a log that is read.
const READ_BYTES: u64 = 64 << 10;
/// The longest reason that is told.
const REASON_CHARACTERS: usize = 400;

/// A locked file, the log of one command after the other.
#[derive(Debug)]
pub(super) struct Desk {
    log: File,
    path: PathBuf,
}

/// Why there is no desk.
pub(super) enum NoDesk {
    Stopped(Stopped),
    Failed(Error),
}

impl Desk {
    /// Waits for the desk with this name, until nobody else is at it.
    pub(super) fn take(name: &str, pace: &dyn Pace) -> Result<Desk, NoDesk> {
        let directory = directory().map_err(NoDesk::Failed)?;
        let path = directory.join(format!("{name}.log"));
        let fail = |error: io::Error| NoDesk::Failed(failed("cannot lock", &path, &error));
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let log = options.open(&path).map_err(fail)?;
        let mut told = false;
        loop {
            match log.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(fail(error)),
            }
            if !told {
                tracing::info!(lock = %path.display(), "waiting for another job of the same table");
                told = true;
            }
            std::thread::sleep(GLANCE);
            go_on(pace).map_err(NoDesk::Stopped)?;
        }
        Ok(Desk { log, path })
    }

    /// Empties the log and gives two outputs of a command, which keep the lock.
    pub(super) fn outputs(&self) -> Result<(File, File)> {
        let both = || -> io::Result<(File, File)> {
            self.log.set_len(0)?;
            Ok((self.log.try_clone()?, self.log.try_clone()?))
        };
        both().map_err(|error| failed("cannot write", &self.path, &error))
    }

    /// Puts the filters of a job beside the log, in place of older ones.
    pub(super) fn keep_filters(&self, text: &str) -> Result<PathBuf> {
        let path = self.path.with_extension("filters");
        fs::write(&path, text).map_err(|error| failed("cannot write", &path, &error))?;
        Ok(path)
    }

    /// The end of the log.
    pub(super) fn said(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut log = File::open(&self.path)?;
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(length.saturating_sub(READ_BYTES)))?;
            let mut end = Vec::new();
            log.take(READ_BYTES).read_to_end(&mut end)?;
            Ok(end)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
    }
}

/// The line of a Hadoop command's log that says what went wrong: the deepest cause of the first
/// exception, else the last line.
pub(super) fn reason(said: &str) -> String {
    let mut deepest = None;
    for line in said.lines() {
        match line.strip_prefix("Caused by: ") {
            Some(cause) if deepest.is_some() => deepest = Some(cause),
            _ if deepest.is_none() => {
                let thrown = line.strip_prefix("Error: ").unwrap_or(line);
                deepest = is_exception(thrown).then_some(thrown);
            }
            // Another exception begins.
            _ if !line.starts_with(char::is_whitespace) => break,
            _ => {}
        }
    }
    let last = || said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let line = deepest.or_else(last).unwrap_or("it said nothing");
    line.chars().take(REASON_CHARACTERS).collect()
}

/// Whether a line begins with the name of a class that is thrown.
fn is_exception(line: &str) -> bool {
    let name = line.split(": ").next().unwrap_or_default();
    let is_class = |c: char| c.is_ascii_alphanumeric() || "._$".contains(c);
    let ending = name.ends_with("Exception") || name.ends_with("Error");
    ending && name.contains('.') && name.chars().all(is_class)
}

/// The directory, which is ours alone.
fn directory() -> Result<PathBuf> {
    let own = fs::metadata("/proc/self").map(|process| process.uid());
    let own = own.map_err(|error| failed("cannot look at", Path::new("/proc/self"), &error))?;
    let path = std::env::temp_dir().join(format!("boatlift-distcp-{own}"));
    match fs::DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(failed("cannot make", &path, &error));
        }
        _ => {}
    }
    let found = fs::symlink_metadata(&path);
    let found = found.map_err(|error| failed("cannot look at", &path, &error))?;
    match found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0 {
        true => Ok(path),
        false => Err(Error::new(Code::StateForeign, "cannot use")
            .on(path.display())
            .because("it is no directory that is this user's alone")),
    }
}

fn failed(tried: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(Code::StateIo, tried).on(path.display()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::side::Side;
    use std::process::{Command, Stdio};

    /// Goes on for some glances.
    struct Few(std::sync::atomic::AtomicU32);

    impl Pace for Few {
        fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
            match self.0.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) {
                0 => Err(Stopped),
                _ => Ok(()),
            }
        }
    }

    #[test]
    fn a_command_keeps_the_lock_after_the_run_that_started_it_is_gone() {
        let name = format!("test-{}", std::process::id());
        let few = || Few(1.into());
        let desk = Desk::take(&name, &few()).ok().expect("a free desk");
        let path = desk.path.clone();
        let (out, _) = desk.outputs().expect("outputs");
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped()).stdout(out).stderr(Stdio::null());
        let mut running = command.spawn().expect("cat runs");
        drop((desk, command));
        assert!(matches!(Desk::take(&name, &few()), Err(NoDesk::Stopped(_))));
        drop(running.stdin.take());
        running.wait().expect("it ends");
        assert!(Desk::take(&name, &few()).is_ok());
        fs::remove_file(path).expect("removed");
    }

    #[test]
    fn the_reason_is_the_deepest_cause_or_the_last_line() {
        let log = "2026 INFO Job: Running job: job_1_0001\n2026 INFO Job: Task Id : attempt_1\n\
                   Error: java.io.IOException: File copy failed: hdfs://a --> hdfs://b\n\
                   \tat a.b.C(D.java:1)\nCaused by: java.io.IOException: Couldn't run\n\
                   \t... 10 more\nCaused by: a.b.AccessControlException: Permission denied\n\
                   \t... 13 more\n2026 INFO Job: Counters\nCaused by: another\n";
        assert_eq!(reason(log), "a.b.AccessControlException: Permission denied");
        assert_eq!(reason("ERROR x\na.b.SomeError: y\n\tat z"), "a.b.SomeError: y");
        assert_eq!(reason("hadoop: not found\n\n"), "hadoop: not found");
        assert_eq!(reason(""), "it said nothing");
    }
}
