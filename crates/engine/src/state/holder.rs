//! Who holds the lock of a move, and how it is taken from a process that stands still: the
//! kernel tells which processes share the locked file (`proc_pid_fdinfo(5)`), and they are
//! killed. It never touches a process that does not hold it.

use super::{RunLock, StateDir};
use boatlift_core::{Code, Error, Result};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How often the lock is tried after its holders were killed, and the time between.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

impl StateDir {
    /// Takes the right to run this move from whoever has it: the process, and the programs
    /// that it lent it to, are killed. A process that was stopped never wakes up.
    ///
    /// # Errors
    /// [`Code::StateBusy`] when a holder may not be killed or does not die.
    pub fn lock_over_the_dead(&self) -> Result<RunLock> {
        let mut attempts = 0..ATTEMPTS;
        loop {
            self.kill_holders()?;
            match (self.lock(), attempts.next()) {
                (Err(busy), Some(_)) if busy.code == Code::StateBusy => std::thread::sleep(PAUSE),
                (locked, _) => return locked,
            }
        }
    }

    fn kill_holders(&self) -> Result<()> {
        let lock = self.path.join("lock");
        let io = |error| super::cannot("cannot look for who holds", &lock, error);
        let own = std::process::id().to_string();
        for process in fs::read_dir("/proc").map_err(io)?.flatten() {
            let name = process.file_name();
            let Some(number) = name.to_str().filter(|name| *name != own) else { continue };
            let Ok(number) = number.parse::<i32>() else { continue };
            if holds(&process.path(), &lock) {
                kill(number, || holds(&process.path(), &lock)).map_err(|error| {
                    Error::new(Code::StateBusy, "cannot kill the process that holds the move:")
                        .on(number)
                        .because(error)
                })?;
            }
        }
        Ok(())
    }
}

/// Kills a process that is still what it was taken for once nobody else can have its number.
fn kill(number: i32, is_still_it: impl Fn() -> bool) -> Result<(), Errno> {
    let Some(pid) = Pid::from_raw(number) else { return Ok(()) };
    let sent = pidfd_open(pid, PidfdFlags::empty()).and_then(|process| match is_still_it() {
        true => pidfd_send_signal(process, Signal::KILL),
        false => Ok(()),
    });
    match sent {
        Err(Errno::SRCH) => Ok(()),
        other => other,
    }
}

/// Whether a process has the file open under a lock. One that has vanished, or that belongs
/// to somebody else, has not.
fn holds(process: &Path, file: &Path) -> bool {
    let Ok(open) = fs::read_dir(process.join("fd")) else { return false };
    open.flatten().any(|descriptor| {
        let is_file = fs::read_link(descriptor.path()).is_ok_and(|target| target == file);
        let facts = || fs::read_to_string(process.join("fdinfo").join(descriptor.file_name()));
        is_file && facts().is_ok_and(|facts| has_lock(&facts))
    })
}

/// Whether the facts of a descriptor tell of a lock by `flock(2)` for writing.
fn has_lock(facts: &str) -> bool {
    let locks = facts.lines().filter_map(|line| line.strip_prefix("lock:"));
    locks.into_iter().any(|lock| {
        let words: Vec<&str> = lock.split_whitespace().collect();
        words.contains(&"FLOCK") && words.contains(&"WRITE")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// A program that holds the lock which this process lent to it and let go of.
    fn holder(state: &StateDir) -> std::process::Child {
        let lock = state.lock().expect("free");
        let lent = lock.lend().expect("lent");
        let mut program = Command::new("sleep");
        let child = program.arg("600").stdin(Stdio::null()).spawn().expect("it starts");
        drop(lent);
        // Dropping it would unlock for the program too.
        std::mem::forget(lock);
        child
    }

    #[test]
    fn a_program_that_the_lock_was_lent_to_is_killed_for_it() {
        let base = tempfile::tempdir().expect("a directory");
        let state = StateDir::create_or_open(base.path()).expect("opened");
        let mut child = holder(&state);
        let process = Path::new("/proc").join(child.id().to_string());
        assert!(holds(&process, &state.path().join("lock")), "the kernel does not tell");
        kill(child.id().try_into().expect("a number"), || true).expect("killed");
        let status = child.wait().expect("its end");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    }

    #[test]
    fn who_only_looks_at_the_lock_is_no_holder() {
        assert!(has_lock("pos:\t0\nlock:\t1: FLOCK  ADVISORY  WRITE 5 00:19:77 0 EOF\n"));
        assert!(!has_lock("pos:\t0\nflags:\t02\n"));
        assert!(!has_lock("lock:\t1: FLOCK  ADVISORY  READ 5 00:19:77 0 EOF\n"));
    }
}
