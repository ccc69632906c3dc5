//! `cargo xtask test`: every check and every test, in the order in which they are cheap.
//!
//! A check that fails does not keep the later ones from running: one run shows all
//! there is to mend. The end is a failure as soon as one of them failed.

use crate::process::{self, cargo, target_directory};
use crate::{Result, provision, root, tidy};
use std::process::Command;
use std::time::{Duration, Instant};

/// Reads the options and runs everything.
///
/// # Errors
/// On an unknown option, and when any check failed.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let quick = match options {
        [] => false,
        [only] if only == "--quick" => true,
        _ => return Err("usage: cargo xtask test [--quick]".into()),
    };
    let mut checks = Checks::default();
    checks.make("packages", provision::packages);
    checks.make("services", provision::services);
    checks.make("format", || process::run(&mut cargo(["fmt", "--all", "--check"])));
    checks.make("clippy", clippy);
    checks.make("tidy", tidy::all);
    checks.make("licences and sources", deny);
    checks.make("tests", || tests(quick));
    checks.summary()
}

/// What was checked so far: name, time taken and the failure, where there was one.
#[derive(Default)]
struct Checks {
    made: Vec<(&'static str, Duration, Option<String>)>,
}

impl Checks {
    fn make(&mut self, name: &'static str, check: impl FnOnce() -> Result<()>) {
        println!("== {name}");
        let begun = Instant::now();
        let failure = check().err().map(|error| error.to_string());
        if let Some(failure) = &failure {
            eprintln!("error: {failure}");
        }
        self.made.push((name, begun.elapsed(), failure));
    }

    fn summary(self) -> Result<()> {
        println!("== summary");
        for (name, taken, failure) in &self.made {
            let verdict = if failure.is_none() { "ok" } else { "FAILED" };
            println!("{name:<22} {verdict:<7} {:>6.1} s", taken.as_secs_f64());
        }
        match self.made.iter().filter(|(_, _, failure)| failure.is_some()).count() {
            0 => Ok(()),
            1 => Err("one check failed".into()),
            many => Err(format!("{many} checks failed").into()),
        }
    }
}

fn clippy() -> Result<()> {
    let mut clippy = cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    process::run(&mut clippy)
}

fn deny() -> Result<()> {
    let binary = provision::cargo_deny()?;
    let mut deny = Command::new(binary);
    deny.current_dir(root()).args(["check", "bans", "licenses", "sources"]);
    process::run(&mut deny)
}

/// Builds everything once, then runs every test. Those of the test kit set owners, mount
/// and make device nodes, so they run as root, by `sudo` where we are not.
fn tests(quick: bool) -> Result<()> {
    process::run(&mut cargo(["build", "--package", "boatlift-cli"]))?;
    let binary = target_directory()?.join("debug/boatlift");
    let prepared = |mut command: Command| {
        command.env("BOATLIFT_BIN", &binary);
        if quick {
            command.env("BOATLIFT_QUICK", "1");
        }
        command
    };
    if rustix::process::geteuid().is_root() {
        return process::run(&mut prepared(cargo(["test", "--workspace", "--no-fail-fast"])));
    }
    let ours = ["test", "--workspace", "--no-fail-fast", "--exclude", "boatlift-testkit"];
    let unprivileged = process::run(&mut prepared(cargo(ours)));
    let mut testkit = prepared(cargo(["test", "--package", "boatlift-testkit", "--no-fail-fast"]));
    testkit.env(runner_variable()?, "sudo --non-interactive --preserve-env");
    let privileged = process::run(&mut testkit);
    unprivileged.and(privileged)
}

/// The variable that tells cargo by what to run the tests of this machine's target.
fn runner_variable() -> Result<String> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not tell its host")?;
    Ok(format!("CARGO_TARGET_{}_RUNNER", host.to_uppercase().replace('-', "_")))
}
