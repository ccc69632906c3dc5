//! Commands of the site that fence LOWER or lead users to UPPER.

use boatlift_core::error::{Code, Error, Result};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Seconds that an announcement may take.
pub(super) const ANNOUNCE_SECONDS: u64 = 60;
/// How often a command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What of a command's complaint is kept, in bytes.
const KEPT: u64 = 4096;

/// Runs a command to its end. It must succeed within `seconds`.
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
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let complaint = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            let mut text = String::new();
            // What is no text is no loss: the exit status tells.
            let _ = stderr.take(KEPT).read_to_string(&mut text);
            text
        })
    });
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let status = loop {
        match child.try_wait().map_err(|error| failed(error.to_string()))? {
            Some(status) => break status,
            None if halted() || Instant::now() >= deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("it did not end within {seconds} s")));
            }
            None => std::thread::sleep(LOOK_EVERY),
        }
    };
    if status.success() {
        return Ok(());
    }
    let text = complaint.and_then(|reader| reader.join().ok()).unwrap_or_default();
    Err(failed(format!("{status}: {}", text.trim())))
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
}
