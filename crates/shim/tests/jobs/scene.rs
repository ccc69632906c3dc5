//! A directory with a root, a ring and a spool, programs that run in it under the library, and
//! what they told.

use boatlift_shim::wire::Operation;
use boatlift_shim::{Event, Moment, Ring, Spool, install};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Where a job finds somebody to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ears {
    /// A ring of so many slots, and a spool.
    Ring(u32),
    /// A spool alone.
    Spool,
}

/// One job's surroundings.
pub(crate) struct Scene {
    directory: TempDir,
    pub(crate) root: PathBuf,
    pub(crate) library: PathBuf,
    pub(crate) ring: Option<Ring>,
}

impl Scene {
    pub(crate) fn new(ears: Ears) -> Scene {
        let directory = tempfile::tempdir().expect("a directory");
        let top = directory.path().canonicalize().expect("its path");
        let root = top.join("root");
        std::fs::create_dir(&root).expect("a root");
        let library = install(&top.join("lib")).expect("the library");
        let device = root.metadata().expect("a root").dev();
        let ring = match ears {
            Ears::Ring(slots) => {
                Some(Ring::at(&top.join("ring"), slots, &[device]).expect("a ring"))
            }
            Ears::Spool => None,
        };
        Scene { directory, root, library, ring }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().expect("a path").join(name)
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.path("spool")
    }

    /// A program that runs in the root, under the library.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("LC_ALL", "C")
            .env("LD_PRELOAD", &self.library)
            .env("BOATLIFT_SHIM_ROOTS", &self.root)
            .env("BOATLIFT_SHIM_RING", self.path("ring"))
            .env("BOATLIFT_SHIM_SPOOL", self.spool());
        command
    }

    /// A script of a shell's.
    pub(crate) fn script(&self, shell: &str, text: &str) -> Output {
        quiet(self.command(shell).args(["-c", text]))
    }

    /// One of the ways in `calls.c`.
    pub(crate) fn call(&self, way: &str) -> Output {
        quiet(self.command(calls()).arg(way))
    }

    /// Everything that was told since the last time.
    pub(crate) fn told(&mut self) -> Told {
        let mut events = Vec::new();
        if let Some(ring) = &mut self.ring {
            let batch = ring.read(usize::MAX).expect("a sound ring");
            assert_eq!(batch.lost, 0);
            events.extend(batch.events);
            ring.acknowledge();
        }
        if let Some(mut taken) = Spool::at(self.spool()).take().expect("a spool") {
            let batch = taken.read(usize::MAX).expect("a sound spool");
            assert_eq!(batch.lost, 0);
            events.extend(batch.events);
            taken.acknowledge().expect("removed");
        }
        events.sort_by_key(|event| event.time);
        Told { root: self.root.clone(), events }
    }

    /// Runs one of the ways in `calls.c` and compares what was told, but for files that were
    /// opened.
    pub(crate) fn expect_of_call(&mut self, way: &str, expected: &[&str]) {
        self.call(way);
        self.told().expect(expected);
    }
}

/// Runs a program that has to succeed, and to leave its standard error alone.
pub(crate) fn quiet(command: &mut Command) -> Output {
    let output = command.output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {} {errors}", output.status);
    assert_eq!(errors, "", "{command:?}");
    output
}

/// What programs told.
pub(crate) struct Told {
    root: PathBuf,
    pub(crate) events: Vec<Event>,
}

impl Told {
    /// Every event but `Opened`, once: `Written a`, `Renamed b < a`.
    pub(crate) fn lines(&self) -> BTreeSet<String> {
        let closing = self.events.iter().filter(|event| event.operation != Operation::Opened);
        closing.map(|event| self.line(event)).collect()
    }

    fn line(&self, event: &Event) -> String {
        let mut line = format!("{:?} {}", event.operation, self.name(&event.path));
        if let Some(other) = &event.other {
            line += &format!(" < {}", self.name(other));
        }
        if event.moment == Moment::Ending {
            line += " (ending)";
        }
        line
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// Compares the lines, and the sizes that were told last with those that there are.
    pub(crate) fn expect(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(self.lines(), expected);
        self.expect_last_sizes();
    }

    /// Where a size was told with the last event of a file, the file has that size: so it was
    /// told after the last write.
    pub(crate) fn expect_last_sizes(&self) {
        let mut last = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.operation != Operation::Opened) {
            last.insert(&event.path, event);
        }
        for (path, event) in last {
            let Ok(about) = path.symlink_metadata() else { continue };
            if let Some(facts) = event.facts.filter(|_| about.is_file()) {
                assert_eq!(facts.size, about.len(), "{}", path.display());
                assert_eq!((facts.device, facts.inode), (about.dev(), about.ino()));
            }
        }
    }
}

/// The program of `calls.c`, compiled once.
pub(crate) fn calls() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compiled("calls.c", &["-pthread"]))
}

/// A program or library compiled from a source beside this file.
pub(crate) fn compiled(source: &str, options: &[&str]) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jobs").join(source);
    let name = format!("{source}.{}", std::process::id());
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    quiet(Command::new("cc").arg("-O1").args(options).arg("-o").arg(&to).arg(from));
    to
}
