//! Commands of the site that fence LOWER or lead users to UPPER.

use boatlift_core::error::{Code, Error, Result};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Seconds that an announcement may take.
pub(super) const ANNOUNCE_SECONDS: u64 = 60;
/// How often a command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What of a command's complaint is kept, in bytes.
const KEPT: u64 = 4096;

/// Runs a command to its end. It must succeed within `seconds`. It has a process group of its
/// own: an interrupt typed at the terminal is for the run alone, which then ends all of it.
///
/// # Errors
/// [`Code::SagaFailed`] when it cannot be started, fails, or takes too long; then it is killed.
pub(super) fn run(words: &[String], seconds: u64, halted: &dyn Fn() -> bool) -> Result<()> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let failed = |why: String| {
        Error::new(Code::SagaFailed, "a command of the cutover failed:").on(program).because(why)
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let complaint = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            // What cannot be read is no loss: the exit status tells. A command whose words nobody
            // reads would be stopped by them, so the rest is read too.
            let mut beginning = stderr.take(KEPT);
            let _ = beginning.read_to_end(&mut kept);
            let _ = std::io::copy(&mut beginning.into_inner(), &mut std::io::sink());
            String::from_utf8_lossy(&kept).into_owned()
        })
    });
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let why = loop {
        match has_succeeded(&child).map_err(|error| failed(error.to_string()))? {
            Some(true) => {
                child.wait().map_err(|error| failed(error.to_string()))?;
                return Ok(());
            }
            Some(false) => break None,
            None if halted() => break Some("it was stopped: the cutover is to end".to_owned()),
            None if Instant::now() >= deadline => {
                break Some(format!("it did not end within {seconds} s"));
            }
            None => std::thread::sleep(LOOK_EVERY),
        }
    };
    kill_group(&child);
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let text = complaint.and_then(|reader| reader.join().ok()).unwrap_or_default();
    Err(failed(why.unwrap_or_else(|| format!("{status}: {}", text.trim()))))
}

/// Whether a command has ended, and well. It is not reaped: nobody else gets its number.
fn has_succeeded(child: &Child) -> rustix::io::Result<Option<bool>> {
    let Some(pid) = number(child) else { return Ok(None) };
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let ended = waitid(WaitId::Pid(pid), look)?;
    Ok(ended.map(|status| status.exit_status() == Some(0)))
}

/// Kills a command that was not reaped yet, with whatever it started and left behind.
fn kill_group(child: &Child) {
    if let Some(group) = number(child) {
        // A group without a living process is no loss.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn number(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_that_fails_or_hangs_is_told() {
        run(&words("true"), 5, &|| false).expect("it succeeds");
        let error = run(&words("ls /nowhere-at-all"), 5, &|| false).expect_err("it fails");
        assert!(error.to_string().contains("nowhere-at-all"), "{error}");
        let late = run(&words("sleep 60"), 0, &|| false).expect_err("it hangs");
        assert_eq!(late.code, Code::SagaFailed);
    }

    #[test]
    fn a_command_of_many_words_is_heard_to_its_end() {
        let script = ["sh", "-c", "printf '\\377%08000d' 1 >&2; printf '%0200000d' 1 >&2"];
        run(&script.map(str::to_owned), 30, &|| false).expect("it succeeds");
        let script = ["sh", "-c", "printf 'odd \\377 %08000d' 1 >&2; exit 3"];
        let error = run(&script.map(str::to_owned), 30, &|| false).expect_err("it fails");
        assert!(error.to_string().contains("odd"), "{error}");
    }

    #[test]
    fn what_a_failed_command_left_behind_does_not_hold_the_run_up() {
        let begun = Instant::now();
        let script = ["sh", "-c", "sleep 60 & echo denied >&2; exit 3"].map(str::to_owned);
        let error = run(&script, 30, &|| false).expect_err("it fails");
        assert!(error.to_string().contains("denied"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
