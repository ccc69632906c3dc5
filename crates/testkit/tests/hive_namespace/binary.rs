//! The binary under test: named by `cargo xtask test`, else built here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The user of both file systems; on both sides it is the superuser.
const USER: &str = "hdfs";

/// Runs a verb on a move file, with state and home in a directory, and gives its results.
///
/// # Panics
/// When it does not end with the exit code expected; with what it said.
#[track_caller]
pub(crate) fn run(verb: &str, file: &Path, top: &Path, expected: i32) -> String {
    let mut command = Command::new(path());
    command.arg(verb).arg(file).arg("--state-dir").arg(top.join("state"));
    command.stdin(Stdio::null()).env("NO_COLOR", "1").env("HADOOP_USER_NAME", USER);
    command.env("HOME", top).env_remove("BOATLIFT_FAULT");
    let output = command.output().expect("boatlift starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let status = output.status;
    assert!(status.code() == Some(expected), "{verb}: {status}\n{stdout}\n{stderr}");
    stdout
}

fn path() -> PathBuf {
    if let Some(binary) = std::env::var_os("BOATLIFT_BIN") {
        return PathBuf::from(binary);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "-q", "-p", "boatlift-cli"]).status();
    assert!(built.expect("cargo starts").success(), "the binary cannot be built");
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test.parent().and_then(Path::parent).expect("a target directory");
    profile.join("boatlift")
}
