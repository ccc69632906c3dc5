//! A scene: a temporary directory in which the program is started, and what it said.

use boatlift_engine::state::StateDir;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a condition may take to come true.
const LIMIT: Duration = Duration::from_secs(60);

/// A temporary directory with a state home in it.
pub(crate) struct Scene {
    directory: tempfile::TempDir,
}

/// What one run of the program said.
pub(crate) struct Said {
    command: String,
    output: Output,
    top: PathBuf,
}

impl Scene {
    /// An empty scene.
    pub(crate) fn new() -> Scene {
        Scene { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// A scene with a small tree in `lower`.
    pub(crate) fn with_tree() -> Scene {
        let scene = Scene::new();
        scene.write("lower/a.txt", "alpha\n");
        scene.write("lower/sub/b.txt", "beta\n");
        scene.write("lower/sub/c.bin", &"c".repeat(5000));
        std::os::unix::fs::symlink("a.txt", scene.path("lower/link")).expect("a link");
        scene
    }

    /// A path in it.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Writes a file, and the directories above it.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("a file");
    }

    /// Reads a file.
    pub(crate) fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).expect("a file")
    }

    /// The state of the move `name` below the state home.
    pub(crate) fn state(&self, name: &str) -> StateDir {
        StateDir::open(&self.path("state/boatlift").join(name)).expect("a state directory")
    }

    /// Runs `boatlift` with these words, in the scene's directory, to its end.
    pub(crate) fn run(&self, words: &str) -> Said {
        let output = self.command(words).output().expect("the program starts");
        let top = self.directory.path().to_owned();
        Said { command: words.to_owned(), output, top }
    }

    /// Starts `boatlift` with these words.
    pub(crate) fn start(&self, words: &str) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    /// Waits for the end of what was started.
    pub(crate) fn end(&self, words: &str, child: Child) -> Said {
        let output = child.wait_with_output().expect("the program ends");
        let top = self.directory.path().to_owned();
        Said { command: words.to_owned(), output, top }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boatlift"));
        command
            .args(words.split_whitespace())
            .current_dir(self.directory.path())
            .env_clear()
            .env("XDG_STATE_HOME", self.path("state"))
            .env("HOME", self.path("home"))
            .env("USER", "tester");
        command
    }
}

/// Waits until `condition` holds.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LIMIT, "{what} never came true");
        std::thread::yield_now();
    }
}

impl Said {
    /// Standard output.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("text")
    }

    /// Standard error.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).expect("text")
    }

    /// The exit code.
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout()).unwrap_or_else(|why| panic!("{why}\n{self}"))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (out, err) = (self.stdout(), self.stderr());
        let status = self.code().map_or("signal".to_owned(), |code| code.to_string());
        let whole =
            format!("$ boatlift {}\n{out}--- stderr ---\n{err}--- exit {status} ---", self.command);
        f.write_str(&redacted(&whole, &self.top))
    }
}

/// `text` without what differs from one run to the next.
fn redacted(text: &str, top: &Path) -> String {
    let text = text.replace(&top.display().to_string(), "[SCENE]");
    let version = concat!("boatlift ", env!("CARGO_PKG_VERSION"));
    let text = text.replace(version, "boatlift [VERSION]");
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (length, word) = variable(rest).unwrap_or((0, ""));
        if length > 0 && !out.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            out.push_str(word);
            rest = &rest[length..];
        } else {
            let next = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..next]);
            rest = &rest[next..];
        }
    }
    out
}

/// The length of a time, a process id or a hash at the beginning of `text`, and what to
/// print in its place.
fn variable(text: &str) -> Option<(usize, &'static str)> {
    let run = |text: &str, of: fn(&char) -> bool| text.chars().take_while(of).count();
    let digits = |text: &str| run(text, char::is_ascii_digit);
    if digits(text) == 4 && text.get(4..5) == Some("-") && text.get(10..11) == Some("T") {
        let end = text.find('Z')?;
        return (end < 40).then_some((end + 1, "[TIME]"));
    }
    if let Some(rest) = text.strip_prefix("process ") {
        return (digits(rest) > 0).then_some((8 + digits(rest), "process [PID]"));
    }
    let hex = run(text, |c| matches!(c, '0'..='9' | 'a'..='f'));
    (hex == 8).then_some((8, "[HASH]"))
}
