//! The cases: which work, on which tree, by whom.

use super::ground::Ground;
use super::measure::{Samples, Taken, measure};
use super::trees::Tree;
use crate::{Result, process};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Our own name in results.
pub(crate) const BOATLIFT: &str = "boatlift mirror";
/// Ourselves, without listing UPPER.
pub(crate) const TRUSTING: &str = "boatlift mirror --trust-agreed";
/// What is left to do after a death at half.
pub(crate) const RESUMED: &str = "boatlift mirror, resumed";
/// The peers.
pub(crate) const CP: &str = "cp -a";
pub(crate) const RSYNC: &str = "rsync -a";
pub(crate) const RCLONE: &str = "rclone copy";

/// The samples of every program in a case, in the order of the table.
pub(crate) type Rows = Vec<(&'static str, Samples)>;

/// The rows of every case that was measured.
pub(crate) type Results = BTreeMap<&'static str, Rows>;

/// One case.
pub(crate) struct Case {
    /// Its name for `--only`.
    pub(crate) name: &'static str,
    /// What is done.
    pub(crate) title: &'static str,
    /// What it is done to.
    pub(crate) tree: Tree,
    /// Whether it is measured on a disk too.
    pub(crate) on_disk: bool,
    work: Work,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    FirstCopy,
    SecondPass,
    Resume,
    Alone,
}

/// Every case, in the order of the page.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "small",
        title: "first copy, small files",
        tree: Tree::Small,
        on_disk: true,
        work: Work::FirstCopy,
    },
    Case {
        name: "large",
        title: "first copy, large files",
        tree: Tree::Large,
        on_disk: true,
        work: Work::FirstCopy,
    },
    Case {
        name: "sources",
        title: "first copy, a real source tree",
        tree: Tree::Sources,
        on_disk: true,
        work: Work::FirstCopy,
    },
    Case {
        name: "second",
        title: "second pass, nothing changed",
        tree: Tree::HalfMillion,
        on_disk: true,
        work: Work::SecondPass,
    },
    Case {
        name: "resume",
        title: "resume after kill -9 at half",
        tree: Tree::Small,
        on_disk: false,
        work: Work::Resume,
    },
    Case {
        name: "memory",
        title: "first copy and second pass, for memory",
        tree: Tree::Million,
        on_disk: false,
        work: Work::Alone,
    },
];

impl Case {
    /// Builds the tree, lets every program work on it, and removes it again.
    ///
    /// # Errors
    /// When there is no room, and when a program fails.
    pub(crate) fn measure(&self, ground: &Ground, binary: &Path, runs: usize) -> Result<Rows> {
        let (bytes, inodes) = self.tree.size()?;
        let copies = if self.work == Work::SecondPass { 3 } else { 2 };
        ground.has_room(copies * bytes, copies * inodes)?;
        ground.clear("lower")?;
        self.tree.build(&ground.at("lower"))?;
        let contest = Contest { ground, binary, runs };
        let rows = match self.work {
            Work::FirstCopy => contest.first_copy(),
            Work::SecondPass => contest.second_pass(),
            Work::Resume => contest.resume(),
            Work::Alone => contest.alone(),
        };
        ["lower", "upper", "upper-of-peers", "state"].iter().try_for_each(|n| ground.clear(n))?;
        rows
    }
}

/// Programs at work on one tree.
struct Contest<'a> {
    ground: &'a Ground,
    binary: &'a Path,
    runs: usize,
}

impl Contest<'_> {
    /// Everybody copies to nothing, in turns.
    fn first_copy(&self) -> Result<Rows> {
        self.interleaved(&[BOATLIFT, CP, RSYNC, RCLONE], |name| {
            let upper = self.ground.empty("upper")?;
            self.ground.clear("state")?;
            self.timed(&self.command(name, &upper))
        })
    }

    /// Everybody finds that nothing changed, in turns; we on what we copied, the peers on
    /// what rsync copied.
    fn second_pass(&self) -> Result<Rows> {
        let (ours, theirs) = (self.ground.empty("upper")?, self.ground.empty("upper-of-peers")?);
        process::run(self.command(BOATLIFT, &ours).stdout(Stdio::null()).stderr(Stdio::null()))?;
        process::run(&mut self.command(RSYNC, &theirs))?;
        self.interleaved(&[BOATLIFT, TRUSTING, RSYNC, RCLONE], |name| {
            let upper = if [BOATLIFT, TRUSTING].contains(&name) { &ours } else { &theirs };
            self.timed(&self.command(name, upper))
        })
    }

    /// A copy from nothing, and what is left of it when it was killed at half of its time.
    fn resume(&self) -> Result<Rows> {
        let mut half = None;
        self.interleaved(&[BOATLIFT, RESUMED], |name| {
            let upper = self.ground.empty("upper")?;
            self.ground.clear("state")?;
            let command = self.command(BOATLIFT, &upper);
            if name == RESUMED {
                let half = half.ok_or("a whole copy comes first")?;
                kill_after(self.command(BOATLIFT, &upper), half)?;
            }
            let taken = self.timed(&command)?;
            if name == BOATLIFT {
                half = Some(Duration::from_secs_f64(taken.wall_seconds / 2.0));
            }
            Ok(taken)
        })
    }

    /// Only ourselves, for the memory that it takes.
    fn alone(&self) -> Result<Rows> {
        let upper = self.ground.empty("upper")?;
        let (mut first, mut second) = (Samples::default(), Samples::default());
        first.push(self.timed(&self.command(BOATLIFT, &upper))?);
        second.push(self.timed(&self.command(BOATLIFT, &upper))?);
        Ok(vec![(BOATLIFT, first), ("boatlift mirror, again", second)])
    }

    /// Measures every program `runs` times, one after the other, each round begun by the
    /// next. The order of the first round is that of the table.
    fn interleaved(
        &self,
        names: &[&'static str],
        mut one: impl FnMut(&'static str) -> Result<Taken>,
    ) -> Result<Rows> {
        let installed = |name: &&&'static str| {
            let program = name.split(' ').next().unwrap_or(name);
            program == "boatlift" || process::find(program).is_some()
        };
        let names: Vec<&'static str> = names.iter().filter(installed).copied().collect();
        let mut rows: Rows = names.iter().map(|name| (*name, Samples::default())).collect();
        for round in 0..self.runs {
            for turn in 0..rows.len() {
                // Resuming halves the time that the whole copy of the same round took.
                let rotation = if names.contains(&RESUMED) { 0 } else { round };
                let (name, samples) = {
                    let index = (turn + rotation) % names.len();
                    (names[index], &mut rows[index].1)
                };
                let taken = one(name)?;
                eprintln!("{name:<32} {:>8.3} s", taken.wall_seconds);
                samples.push(taken);
            }
        }
        Ok(rows)
    }

    fn timed(&self, command: &Command) -> Result<Taken> {
        self.ground.settle();
        measure(command, &self.ground.at("figures"))
    }

    fn command(&self, name: &str, upper: &Path) -> Command {
        let lower = self.ground.at("lower");
        let inside = |path: &Path, end: &str| -> PathBuf { path.join(end) };
        let mut words = name.split(' ');
        let program = words.next().unwrap_or(name);
        let mut command = match program {
            "boatlift" => Command::new(self.binary),
            other => Command::new(other),
        };
        command.args(words);
        match program {
            "cp" => command.args([inside(&lower, "."), upper.to_owned()]),
            "rsync" => command.args([inside(&lower, ""), inside(upper, "")]),
            _ => command.args([lower, upper.to_owned()]),
        };
        command.env("XDG_STATE_HOME", self.ground.at("state"));
        command
    }
}

/// Starts a program and kills it after a while.
fn kill_after(mut command: Command, instant: Duration) -> Result<()> {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    std::thread::sleep(instant.saturating_sub(begun.elapsed()));
    child.kill()?;
    match child.wait()?.code() {
        None => Ok(()),
        Some(code) => Err(format!("it ended with {code} before it was killed").into()),
    }
}
