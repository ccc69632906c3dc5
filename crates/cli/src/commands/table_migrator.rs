//! `boatlift table-migrator`: the command line of Table-Migrator, run as a native move is.

use crate::args::{Global, WatchArgs};
use crate::exit::Exit;
use crate::movefile::{MoveFile, MoverName};
use crate::output::Output;
use crate::running::{self, Job, Whither};
use crate::{place, show};
use boatlift_core::limits::Limits;
use boatlift_core::{Policy, Result};
use boatlift_engine::lift::{Begin, Handover, Until};
use boatlift_engine::saga::Finish;
use boatlift_mover_pegasus::compat;
use boatlift_mover_pegasus::config::Server;
use clap::Args;
use std::time::Duration;

/// How long the steps before the fence may take.
const PREPARE: Duration = Duration::from_secs(5 * 60);
/// How long writes may be refused.
const MAX_REJECT: Duration = Duration::from_secs(30);
/// How often it is tried.
const ATTEMPTS: u32 = 5;

/// The arguments of `table-migrator`.
#[derive(Debug, Args)]
pub(crate) struct TableMigrator {
    /// The table
    #[arg(short, long)]
    table: String,
    /// ZooKeeper's servers, separated by commas [default: those that LOWER itself uses]
    #[arg(short, long, value_delimiter = ',', value_parser = server)]
    node: Vec<Server>,
    /// The path of the meta-proxies' entries; without it clients are led by hand
    #[arg(short, long)]
    root: Option<String>,
    /// UPPER, as LOWER's servers know it
    #[arg(short, long)]
    cluster: String,
    /// UPPER's meta servers, separated by commas
    #[arg(short, long, value_delimiter = ',', required = true, value_parser = server)]
    meta: Vec<Server>,
    /// Mutations of a partition that may be pending when writes are refused: 10000, 10K
    #[arg(short = 'p', long, default_value = "10K", value_parser = count)]
    threshold: u64,
    /// LOWER's meta servers, separated by commas [default: those that the table's entry names]
    #[arg(long, value_delimiter = ',', value_parser = server)]
    lower: Vec<Server>,
    /// Print the move file that this amounts to, and do nothing
    #[arg(long)]
    print_move_file: bool,
    #[command(flatten)]
    watch: WatchArgs,
}

impl TableMigrator {
    /// Duplicates the table and hands it over; without a root, duplicates it and says what is
    /// left to do.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let name = format!("table-migrator-{}-{}", self.table, self.cluster);
        let name: String = name.replace(':', "_").chars().take(100).collect();
        let typed = compat::TableMigrator {
            table: self.table,
            node: self.node,
            root: self.root,
            cluster: self.cluster,
            meta: self.meta,
            threshold: self.threshold,
            lower: self.lower,
        };
        let config = typed.into_config()?;
        let (is_led, metas) = (config.authority.is_some(), config.upper.metas_in_line());
        let file = MoveFile {
            name: name.clone(),
            mover: MoverName::Pegasus,
            hive: None,
            pegasus: Some(Box::new(config)),
            redshift: None,
            lower: String::new(),
            upper: String::new(),
            s3: None,
            policy: Policy::default(),
            limits: Limits::default(),
            follow: None,
        };
        file.checked("the command line")?;
        if self.print_move_file {
            output.result(file.to_yaml()?)?;
            return Ok(Exit::Done);
        }
        let directory = match &global.state_dir {
            Some(directory) => place::absolute(directory)?,
            None => place::named(&name)?,
        };
        let job = Job::new(directory, file, Until::Done, self.watch);
        if !is_led {
            let ended = running::carry_out(&job, output)?;
            show::summary(&ended, output)?;
            output.result(by_hand(&name, &metas))?;
            return Ok(ended.exit());
        }
        let wanted = Handover { begin: Begin::Now, prepare: PREPARE, max_reject: Some(MAX_REJECT) };
        match running::hand_over(&job, Whither::Upper, &wanted, ATTEMPTS, output)? {
            Finish::Done => {
                output.result("done: users follow UPPER, and LOWER refuses requests")?;
                Ok(Exit::Done)
            }
            Finish::Undone(why) => {
                output.result(format!("undone: users follow LOWER as before: {why}"))?;
                Err(why)
            }
        }
    }
}

/// What is left to a person.
fn by_hand(name: &str, metas: &str) -> String {
    format!(
        "the table is duplicated, and LOWER takes writes as before. To hand it over:\n\
         1. boatlift cutover {name} --go          (LOWER refuses writes, UPPER gets the last)\n\
         2. lead the clients to {metas}\n\
         3. boatlift cutover {name} --switched    (in another terminal, in time)"
    )
}

fn server(text: &str) -> std::result::Result<Server, String> {
    text.trim()
        .parse()
        .map(Server)
        .map_err(|error: boatlift_clients::wire::NoEndpoint| error.to_string())
}

/// A number, perhaps of thousands or millions.
fn count(text: &str) -> std::result::Result<u64, String> {
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => match text.strip_suffix(['m', 'M']) {
            Some(digits) => (digits, 1_000_000),
            None => (text, 1),
        },
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("`{text}` is no number (such as 10000 or 10K)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_as_the_tool_writes_them() {
        assert_eq!(count("10K"), Ok(10_000));
        assert_eq!(count("100000"), Ok(100_000));
        assert_eq!(count("2m"), Ok(2_000_000));
        assert!(count("ten").is_err());
        assert!(count("99999999999999999999K").is_err());
    }
}
