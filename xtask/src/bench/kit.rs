//! A benchmark whose measuring is done by a program of the test kit, which knows the servers and
//! their protocols. Here it is built, started, held against the goals and put on a page. The
//! page is only ever written whole: all cases, at the sizes that the goals were set for.

mod goals;
mod page;
mod results;

use super::machine::Machine;
use super::write;
use crate::process::{self, cargo, target_directory};
use crate::{Result, provision, root};
pub(super) use goals::{Bound, Goal, Measure};
use page::{Circumstances, Judged};
use results::Results;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What differs between such benchmarks.
pub(super) struct Kit {
    /// The word after `cargo xtask bench`; the program is `NAME-bench`, the page `NAME.md`.
    pub(super) name: &'static str,
    /// How the page begins.
    pub(super) head: &'static str,
    /// What it says below the goals.
    pub(super) below_goals: &'static str,
    /// The timed runs of each way that the goals were set for.
    pub(super) runs: usize,
    /// Sizes that may be chosen, which the program takes as they are.
    pub(super) sizes: &'static [&'static str],
    /// What is measured, in this order.
    pub(super) cases: &'static [&'static str],
    /// What must be reached.
    pub(super) goals: &'static [Goal],
    /// Programs whose version stands on the page.
    pub(super) programs: &'static [&'static str],
    /// Brings in the peers, and gives the words that tell the program where they are.
    pub(super) peers: fn() -> Result<Vec<OsString>>,
}

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    only: Option<String>,
    runs: usize,
    /// Names and numbers of [`Kit::sizes`].
    sizes: Vec<(String, usize)>,
}

impl Kit {
    /// Runs the verb.
    ///
    /// # Errors
    /// On unknown options, when something cannot be brought in or built, and when a way fails.
    pub(super) fn run(&self, words: &[String]) -> Result<()> {
        let options = self.read(words)?;
        provision::packages()?;
        provision::bench_packages()?;
        provision::services()?;
        let peers = (self.peers)()?;
        let [boatlift, bench] = self.build()?;
        let machine = Machine::look(&boatlift, self.programs)?;
        let programs = [boatlift.as_path(), bench.as_path()];
        let mut results = Results::default();
        let all = self.cases.iter().copied();
        for case in all.filter(|case| options.only.as_deref().is_none_or(|only| only == *case)) {
            results.add(self.measured(case, programs, &options, &peers)?);
        }
        let date = &today()?;
        let judged = self.judged(&options);
        let at = Circumstances { kit: self, machine: &machine, date, runs: options.runs, judged };
        let page = page::render(&at, &results);
        println!("{page}");
        if options.only.is_none() && judged == Judged::Yes {
            let place = format!("docs/benchmarks/{}.md", self.name);
            write(&root().join(&place), &page)?;
            println!("written to {place}");
        }
        Ok(())
    }

    /// What a case came to. One that these very programs measured in the same way before is not
    /// measured again: a run that broke off goes on where it was.
    fn measured(
        &self,
        case: &str,
        [boatlift, bench]: [&Path; 2],
        options: &Options,
        peers: &[OsString],
    ) -> Result<Results> {
        let folder = target_directory()?.join(format!("{}-bench", self.name));
        fs::create_dir_all(&folder)?;
        let (place, way) =
            (folder.join(format!("{case}.json")), folder.join(format!("{case}.way")));
        let asked = options.in_words();
        let is_kept = options.only.is_none()
            && fs::read_to_string(&way).is_ok_and(|before| before == asked)
            && is_newer(&place, &[boatlift, bench]);
        if !is_kept {
            let mut command = options.command(bench, boatlift, &place);
            process::run(command.args(["--only", case]).args(peers))?;
            fs::write(&way, asked)?;
        }
        Results::read(&fs::read_to_string(&place)?)
    }

    fn read(&self, words: &[String]) -> Result<Options> {
        let mut options = Options { only: None, runs: self.runs, sizes: Vec::new() };
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err(self.usage().into()) };
            match name.as_str() {
                "--only" if !self.cases.contains(&value.as_str()) => {
                    let there = self.cases.join(", ");
                    return Err(format!("--only: no such case; there are: {there}").into());
                }
                "--only" => options.only = Some(value.clone()),
                "--runs" => options.runs = above_zero(name, value)?,
                size if self.sizes.contains(&size) => {
                    options.sizes.push((name.clone(), above_zero(name, value)?));
                }
                _ => return Err(self.usage().into()),
            }
        }
        Ok(options)
    }

    fn usage(&self) -> String {
        let sizes: String = self.sizes.iter().map(|size| format!(" [{size} N]")).collect();
        format!("usage: cargo xtask bench {} [--only NAME] [--runs N]{sizes}", self.name)
    }

    /// Whether what is measured is as large, and measured as often, as the goals ask.
    fn judged(&self, options: &Options) -> Judged {
        match options.sizes.is_empty() && options.runs >= self.runs {
            true => Judged::Yes,
            false => Judged::No,
        }
    }

    /// Builds the binary under test, and what measures it.
    fn build(&self) -> Result<[PathBuf; 2]> {
        let bench = format!("{}-bench", self.name);
        process::run(&mut cargo(["build", "--release", "--package", "boatlift-cli"]))?;
        let words = ["build", "--release", "--package", "boatlift-testkit", "--bin", &bench];
        process::run(&mut cargo(words))?;
        let release = target_directory()?.join("release");
        Ok(["boatlift", &bench].map(|name| release.join(name)))
    }
}

impl Options {
    /// What decides how a case is measured.
    fn in_words(&self) -> String {
        format!("{} runs, {:?}", self.runs, self.sizes)
    }

    fn command(&self, bench: &Path, boatlift: &Path, measured: &Path) -> Command {
        let mut command = Command::new(bench);
        command.arg("--boatlift").arg(boatlift).arg("--out").arg(measured);
        command.args(["--runs", &self.runs.to_string()]);
        for (name, size) in &self.sizes {
            command.arg(name).arg(size.to_string());
        }
        command
    }
}

/// Whether a file is there and newer than others.
fn is_newer(file: &Path, than: &[&Path]) -> bool {
    let written = |file: &Path| fs::metadata(file).and_then(|it| it.modified());
    let Ok(at) = written(file) else { return false };
    than.iter().all(|other| written(other).is_ok_and(|before| before < at))
}

fn above_zero(name: &str, value: &str) -> Result<usize> {
    match value.parse()? {
        0 => Err(format!("{name}: nothing measures nothing").into()),
        number => Ok(number),
    }
}

fn today() -> Result<String> {
    Ok(process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::hive::HIVE;
    use super::*;

    fn read(words: &[&str]) -> Option<Options> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        HIVE.read(&words).ok()
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let all = read(&[]).expect("no options");
        assert!(HIVE.judged(&all) == Judged::Yes && all.runs == HIVE.runs, "{all:?}");
        let some = read(&["--only", "storage", "--runs", "5", "--files", "3"]).expect("options");
        assert_eq!((some.runs, HIVE.judged(&some)), (5, Judged::No));
        assert_eq!(some.sizes, [("--files".to_owned(), 3)]);
        assert!(HIVE.judged(&read(&["--runs", "1"]).expect("options")) == Judged::No);
        for bad in [&["--files"][..], &["--runs", "0"], &["--fast", "1"], &["--only", "all"]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert!(HIVE.usage().contains("[--runs N] [--tables N]"));
    }

    #[test]
    fn a_case_is_kept_until_a_program_is_newer() {
        let folder = tempfile::tempdir().expect("a folder");
        let [program, case] = ["program", "case"].map(|name| folder.path().join(name));
        let write = |file: &Path, second| {
            let file = fs::File::create(file).expect("a file");
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
            file.set_modified(at).expect("a time");
        };
        write(&program, 10);
        assert!(!is_newer(&case, &[&program]), "it was never measured");
        write(&case, 11);
        assert!(is_newer(&case, &[&program]));
        write(&program, 12);
        assert!(!is_newer(&case, &[&program]));
    }

    #[test]
    fn what_was_typed_is_handed_on() {
        let options = read(&["--only", "memory", "--scope", "9"]).expect("options");
        let command = options.command(Path::new("b"), Path::new("x"), Path::new("o"));
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        let expected = "--boatlift x --out o --runs 3 --scope 9";
        assert_eq!(words.join(" "), expected);
    }
}
