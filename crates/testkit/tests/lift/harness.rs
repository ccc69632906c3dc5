//! A place for one test: LOWER, UPPER and a state directory, and how to run the binary there.

use boatlift_testkit::judges;
pub(crate) use boatlift_testkit::program::{PATIENCE, Ran, Running, binary};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Somebody without rights of any kind.
const USER: u32 = 65_534;

/// Whether the heavy part is left out.
pub(crate) fn quick() -> bool {
    std::env::var_os("BOATLIFT_QUICK").is_some()
}

/// Says that the test cannot be made by an ordinary user.
pub(crate) fn need_root() {
    assert!(boatlift_testkit::trees::is_root(), "this test needs root: run `cargo xtask test`");
}

/// A temporary directory with a side each, and the state of one move between them.
pub(crate) struct Place {
    pub(crate) top: TempDir,
    pub(crate) lower: PathBuf,
    pub(crate) upper: PathBuf,
    pub(crate) state: PathBuf,
}

impl Place {
    /// A new place with two empty sides.
    pub(crate) fn new() -> Place {
        Place::in_directory(&std::env::temp_dir())
    }

    /// A new place below `directory`.
    pub(crate) fn in_directory(directory: &Path) -> Place {
        let top = tempfile::Builder::new()
            .prefix("boatlift-test-")
            .tempdir_in(directory)
            .expect("a temporary directory");
        let at = |name: &str| top.path().join(name);
        let (lower, upper, state) = (at("lower"), at("upper"), at("state"));
        fs::create_dir(&lower).expect("LOWER");
        fs::create_dir(&upper).expect("UPPER");
        Place { top, lower, upper, state }
    }

    /// The command `boatlift WORDS` with this place's state directory.
    pub(crate) fn boatlift<W: AsRef<OsStr>>(&self, words: &[W]) -> Command {
        let mut command = Command::new(binary());
        command.args(words).arg("--state-dir").arg(&self.state);
        quietly(&mut command, self.top.path());
        command
    }

    /// The command `boatlift mirror LOWER UPPER OPTIONS`.
    pub(crate) fn mirror_command(&self, options: &[&str]) -> Command {
        let mut words: Vec<OsString> = vec!["mirror".into()];
        words.extend([self.lower.clone().into_os_string(), self.upper.clone().into_os_string()]);
        words.extend(options.iter().map(OsString::from));
        self.boatlift(&words)
    }

    /// Runs `boatlift mirror LOWER UPPER OPTIONS` to its end.
    pub(crate) fn mirror(&self, options: &[&str]) -> Ran {
        Ran::of(&mut self.mirror_command(options))
    }

    /// Gives everything here to an ordinary user. Modes are set afterwards: root's eyes are
    /// not closed by them, the user's are.
    pub(crate) fn give_to_user(&self) {
        need_root();
        let owner = format!("{USER}:{USER}");
        let given = Command::new("chown").args(["-R", "-h", &owner]).arg(self.top.path()).status();
        assert!(given.expect("chown").success());
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.top.path(), open).expect("a mode");
    }

    /// Runs `boatlift mirror LOWER UPPER OPTIONS` as that user.
    pub(crate) fn mirror_as_user(&self, options: &[&str]) -> Ran {
        let program = self.top.path().join("boatlift");
        fs::copy(binary(), &program).expect("a binary that anybody may run");
        let mirror = self.mirror_command(options);
        let mut user = Command::new("setpriv");
        user.args([format!("--reuid={USER}"), format!("--regid={USER}"), "--clear-groups".into()]);
        user.arg(&program).args(mirror.get_args());
        quietly(&mut user, self.top.path());
        Ran::of(&mut user)
    }

    /// Asks both judges.
    #[track_caller]
    pub(crate) fn assert_equal(&self) {
        if let Err(complaint) = judges::judge(&self.lower, &self.upper) {
            panic!("UPPER is not as LOWER: {complaint}");
        }
    }

    /// Asserts that nothing of ours is left on either side.
    #[track_caller]
    pub(crate) fn assert_nothing_of_ours(&self) {
        for side in [&self.lower, &self.upper] {
            let found = Command::new("find").arg(side).args(["-name", ".boatlift*"]).output();
            let found = String::from_utf8(found.expect("find").stdout).expect("plain names");
            let ours: Vec<_> = found.lines().filter(|path| !path.contains("boatliftish")).collect();
            assert!(ours.is_empty(), "left behind: {ours:?}");
        }
    }
}

/// Keeps a child away from the terminal and from this machine's own moves.
pub(crate) fn quietly(command: &mut Command, home: &Path) {
    command.stdin(Stdio::null());
    command.env_remove("BOATLIFT_FAULT").env("NO_COLOR", "1");
    command.env("HOME", home).env("XDG_STATE_HOME", home.join("state-home"));
}

/// What the system itself keeps of every entry below `top`: inode and ctime in
/// nanoseconds. An entry that nobody touched has the same ones.
pub(crate) fn lives(top: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let listed = boatlift_testkit::trees::below(top).expect("a listing");
    let life = |path: PathBuf| {
        let info = fs::symlink_metadata(&path).expect("an entry");
        (path, (info.ino(), info.ctime(), info.ctime_nsec()))
    };
    listed.into_iter().map(life).collect()
}

/// Makes `count` files of `size` bytes each below `top`, a hundred to a directory.
pub(crate) fn many_files(top: &Path, count: usize, size: usize) {
    let mut dice = boatlift_testkit::dice::Dice::new(count as u64);
    for number in 0..count {
        let directory = top.join(format!("directory-{:03}", number / 100));
        if number % 100 == 0 {
            fs::create_dir(&directory).expect("a directory");
        }
        fs::write(directory.join(format!("file-{number:05}")), dice.bytes(size)).expect("a file");
    }
}
