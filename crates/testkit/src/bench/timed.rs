//! A program, measured from its start to its exit.

use super::{Result, Taken};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs a program under GNU time, which leaves its figures in `notes`.
///
/// # Errors
/// When the program does not end with 0; with what it said.
pub fn timed(command: &Command, notes: &Path) -> Result<Taken> {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["--quiet", "--format=%U %S %M", "--output"]).arg(notes);
    timed.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => timed.env(name, value),
            None => timed.env_remove(name),
        };
    }
    timed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begun = Instant::now();
    let output = timed.output().map_err(|error| format!("cannot start GNU time: {error}"))?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let program = words(command.get_program());
        return Err(format!("{program} ended with {}: {said}", output.status).into());
    }
    figures(&fs::read_to_string(notes)?, wall_seconds)
}

fn words(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}

fn figures(text: &str, wall_seconds: f64) -> Result<Taken> {
    let mut words = text.split_whitespace();
    let mut next = || words.next().ok_or_else(|| format!("GNU time says `{text}`"));
    let (user, system): (f64, f64) = (next()?.parse()?, next()?.parse()?);
    let peak_kib = Some(next()?.parse()?);
    Ok(Taken { wall_seconds, processor_seconds: Some(user + system), peak_kib })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_timed_and_its_failure_told() {
        let home = tempfile::tempdir().expect("a directory");
        let notes = home.path().join("figures");
        let taken = timed(&Command::new("true"), &notes).expect("timed");
        assert!(taken.peak_kib.is_some_and(|kib| kib > 100), "{taken:?}");
        let mut shell = Command::new("sh");
        let failed = timed(shell.args(["-c", "echo woe >&2; exit 3"]), &notes);
        let failed = failed.expect_err("a failure").to_string();
        assert!(failed.contains("woe"), "{failed}");
        assert!(figures("1.0", 1.0).is_err());
    }
}
