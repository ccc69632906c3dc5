//! The real `boatlift` binary with a name service of two real NameNodes, of which the active one
//! changes while files are carried: once in good order, once because it was killed.

use boatlift_testkit::services::upper::NameService;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The longest that a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(180);
const EVERY: Duration = Duration::from_millis(200);
const FILES: usize = 400;

/// The binary under test: named by `cargo xtask test`, else built here.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = std::env::var_os("BOATLIFT_BIN") {
            return PathBuf::from(binary);
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "-q", "-p", "boatlift-cli"]).status();
        assert!(built.expect("cargo starts").success(), "the binary cannot be built");
        let test = std::env::current_exe().expect("the path of this test");
        test.parent().and_then(Path::parent).expect("a target directory").join("boatlift")
    })
}

/// A run that a failing test may leave behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Begins to mirror, slowly enough that something can happen meanwhile.
fn mirror(service: &NameService, top: &Path, name: &str, lower: &str, upper: &str) -> Running {
    let said = fs::File::create(top.join(format!("{name}.said"))).expect("a file");
    let mut command = Command::new(binary());
    command.args(["mirror", lower, upper, "--verify", "content", "--ops", "60", "--name", name]);
    command.arg("--state-dir").arg(top.join(format!("{name}.state")));
    command.env("HADOOP_CONF_DIR", service.configuration()).env("HADOOP_USER_NAME", "hdfs");
    command.env("HOME", top).env("NO_COLOR", "1").stdin(Stdio::null());
    command.stdout(said.try_clone().expect("a second one")).stderr(said);
    Running(command.spawn().expect("boatlift starts"))
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(EVERY);
    }
}

/// Waits for its end, which must be a good one.
#[track_caller]
fn finish(mut running: Running, top: &Path, name: &str) {
    let mut status = None;
    until("the run ends", || {
        status = running.0.try_wait().expect("it can be waited for");
        status.is_some()
    });
    let said = fs::read_to_string(top.join(format!("{name}.said"))).expect("what it said");
    assert_eq!(status.and_then(|status| status.code()), Some(0), "{said}");
}

fn content(number: usize) -> String {
    format!("file {number}\n").repeat(number % 97)
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn nothing_is_lost_when_another_name_node_takes_over_in_the_middle() {
    let service = NameService::start().expect("a name service");
    let top = tempfile::tempdir().expect("a folder");
    let (source, back) = (top.path().join("source"), top.path().join("back"));
    fs::create_dir(&source).expect("a folder");
    for number in 0..FILES {
        fs::write(source.join(format!("{number}")), content(number)).expect("a file");
    }
    let there = format!("{}/tree", service.url());

    let out = mirror(&service, top.path(), "out", source.to_str().expect("a path"), &there);
    let carried = || {
        let told = service.hdfs(&["-count", "/tree"]).unwrap_or_default();
        told.split_whitespace().nth(1).and_then(|files| files.parse().ok()).unwrap_or(0)
    };
    until("some files are there", || carried() > 20);
    service.fail_over(0, 1).expect("the second takes over");
    assert!(carried() < FILES, "the copy was over before the other took over");
    finish(out, top.path(), "out");
    assert_eq!(carried(), FILES);

    let home = mirror(&service, top.path(), "home", &there, back.to_str().expect("a path"));
    until("some files are back", || count(&back) > 20);
    service.name_nodes[1].kill9();
    assert!(count(&back) < FILES, "the copy was over before the NameNode died");
    service.take_over(0).expect("the first takes over");
    finish(home, top.path(), "home");
    for number in 0..FILES {
        let read = fs::read_to_string(back.join(format!("{number}"))).expect("it came back");
        assert_eq!(read, content(number), "file {number}");
    }
}
