//! The page that hms-mirror's users know: run log, configuration, and a table per database.
//! Other people's names and messages stay in their cells.

use super::summary::Summary;
use super::{AddedProperties, Tables, unwritable};
use boatlift_core::Result;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

/// The columns of a database's table.
const COLUMNS: [&str; 7] = [
    "Table",
    "Phase State",
    "Phase Duration",
    "Partition Count",
    "Actions",
    "Added Properties",
    "Issues",
];

/// One run of the move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLine {
    /// When it began: RFC 3339.
    pub begun: String,
    /// How long it took, when it ended.
    pub elapsed: Option<Duration>,
    /// How it ended.
    pub end: String,
}

/// How long a stage of a group took, for all tables together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageTime {
    /// The group.
    pub group: u32,
    /// The stage's name.
    pub stage: String,
    /// Its time, when it ended.
    pub took: Option<Duration>,
}

/// What the page says.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The move's name.
    pub name: &'a str,
    /// `METADATA` or `STORAGE`.
    pub stage: &'a str,
    /// Boatlift's version.
    pub version: &'a str,
    /// The engine's verdict.
    pub headline: &'a str,
    /// The runs, oldest first.
    pub runs: &'a [RunLine],
    /// The configuration without secrets.
    pub config: &'a str,
    /// The tables.
    pub tables: &'a Tables,
    /// What was added to their properties, as far as it is known.
    pub added: &'a AddedProperties,
    /// Times of stages.
    pub times: &'a [StageTime],
}

impl Page<'_> {
    /// Writes the page.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> Result<()> {
        out.write_all(self.head().as_bytes()).map_err(unwritable)?;
        for (database, tables) in self.tables.databases() {
            let mut text = format!("\n## DB: {}\n\n", cell(database));
            let (title, line) = match self.tables.waves() {
                1 => ("", ""),
                _ => (" Wave |", "---:|"),
            };
            let _never_fails = writeln!(text, "| {} |{title}", COLUMNS.join(" | "));
            let _never_fails = writeln!(text, "|---|---|---:|---:|---|---|---|{line}");
            for (table, summary) in tables {
                text += &self.line(database, table, summary);
            }
            out.write_all(text.as_bytes()).map_err(unwritable)?;
        }
        Ok(())
    }

    fn head(&self) -> String {
        let mut text =
            format!("# Boatlift {}: {} of {}\n\n", self.version, self.stage, cell(self.name));
        let _never_fails = writeln!(text, "{}\n", cell(self.headline));
        text += "## Run Log\n\n| Date | Elapsed Time | End |\n|---|---:|---|\n";
        for run in self.runs {
            let elapsed = run.elapsed.map(seconds).unwrap_or_default();
            let _never_fails = writeln!(text, "| {} | {elapsed} | {} |", run.begun, cell(&run.end));
        }
        let fence = fence(self.config);
        let _never_fails = write!(text, "\n## Config:\n\n{fence}yaml\n{}{fence}\n", self.config);
        text += "\nPhase Duration is the time of the stages that a table went through, which it \
                 shares with all other tables: no time is kept for each.\n";
        text
    }

    fn line(&self, database: &str, table: &str, summary: &Summary) -> String {
        let title = if table.is_empty() { "(the database)" } else { table };
        let added = self.added.get(&format!("{database}/{table}")).map(Vec::as_slice);
        let cells = [
            cell(title),
            self.tables.phase(database, summary).to_string(),
            self.duration(summary),
            summary.partitions.to_string(),
            lines(&actions(summary)),
            lines(added.unwrap_or_default()),
            lines(&summary.issues()),
        ];
        let wave = match self.tables.waves() {
            1 => String::new(),
            of => format!(" {} of {of} |", summary.wave + 1),
        };
        format!("| {} |{wave}\n", cells.join(" | "))
    }

    fn duration(&self, summary: &Summary) -> String {
        let of = |time: &&StageTime| {
            summary
                .stages
                .iter()
                .any(|(group, stage)| (*group, *stage) == (time.group, &time.stage))
        };
        let took: Vec<Duration> =
            self.times.iter().filter(of).filter_map(|time| time.took).collect();
        match took.is_empty() {
            true => String::new(),
            false => seconds(took.iter().sum()),
        }
    }
}

fn actions(summary: &Summary) -> Vec<String> {
    let counted = summary.actions.iter().map(|(words, count)| match (*words, *count) {
        ("copy file", count) => format!("copy file ({count}, {} bytes)", summary.bytes),
        (words, 1) => words.to_owned(),
        (words, count) => format!("{words} ({count})"),
    });
    counted.collect()
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| cell(line)).collect::<Vec<_>>().join("<br/>")
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// Text in a cell: nothing in it is markup, and its lines stay within.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.trim_end().chars() {
        match letter {
            '\n' => out.push_str("<br/>"),
            '\r' => {}
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

/// A fence that nothing in `text` ends.
fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
