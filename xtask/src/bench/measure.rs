//! One program, from start to exit: wall time, processor time and peak memory.

use crate::Result;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Taken {
    /// From start to exit.
    pub(crate) wall_seconds: f64,
    /// In user and system mode, of the program and its children.
    pub(crate) processor_seconds: f64,
    /// The largest resident set of any of them, in KiB.
    pub(crate) peak_kib: u64,
}

/// The runs of one program.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Samples {
    taken: Vec<Taken>,
}

impl Samples {
    /// Adds a run.
    pub(crate) fn push(&mut self, taken: Taken) {
        self.taken.push(taken);
    }

    /// The median of the wall times.
    pub(crate) fn wall_seconds(&self) -> f64 {
        median(self.taken.iter().map(|taken| taken.wall_seconds).collect())
    }

    /// The shortest and the longest wall time.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let walls = self.taken.iter().map(|taken| taken.wall_seconds);
        walls.fold((f64::INFINITY, 0.0), |(min, max), wall| (min.min(wall), max.max(wall)))
    }

    /// The median of the processor times.
    pub(crate) fn processor_seconds(&self) -> f64 {
        median(self.taken.iter().map(|taken| taken.processor_seconds).collect())
    }

    /// The largest resident set of all runs, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.taken.iter().map(|taken| taken.peak_kib).max().unwrap_or_default()
    }
}

/// The median; of no numbers it is none either.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => numbers[len / 2],
        len => f64::midpoint(numbers[len / 2 - 1], numbers[len / 2]),
    }
}

/// Runs `command` under GNU time, which adds the same millisecond to everybody, and leaves
/// its figures in `notes`.
///
/// # Errors
/// When the program does not end with 0.
pub(crate) fn measure(command: &Command, notes: &Path) -> Result<Taken> {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["--quiet", "--format=%U %S %M", "--output"]).arg(notes);
    timed.arg(command.get_program()).args(command.get_args());
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    timed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begun = Instant::now();
    let output = timed.output()?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let program = command.get_program().to_string_lossy().into_owned();
        return Err(format!("{program} ended with {}: {said}", output.status).into());
    }
    parse(&fs::read_to_string(notes)?, wall_seconds)
}

fn parse(figures: &str, wall_seconds: f64) -> Result<Taken> {
    let mut words = figures.split_whitespace();
    let mut next = || words.next().ok_or_else(|| format!("GNU time says `{figures}`"));
    let (user, system): (f64, f64) = (next()?.parse()?, next()?.parse()?);
    let peak_kib = next()?.parse()?;
    Ok(Taken { wall_seconds, processor_seconds: user + system, peak_kib })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_medians_taken() {
        let mut samples = Samples::default();
        for (wall, figures) in [(3.0, "1.0 0.5 2000\n"), (1.0, "0.25 0.25 1000"), (2.0, "9 9 1")] {
            samples.push(parse(figures, wall).expect("figures"));
        }
        assert_eq!((samples.wall_seconds(), samples.spread()), (2.0, (1.0, 3.0)));
        assert_eq!((samples.processor_seconds(), samples.peak_kib()), (1.5, 2000));
        assert!(parse("1.0", 1.0).is_err());
        assert!((median(vec![1.0, 2.0]) - 1.5).abs() < 1e-9);
    }
}
