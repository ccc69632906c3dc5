//! What was typed. Each command turns its arguments into what they mean; nothing here
//! looks at a disk or decides anything.

pub(crate) mod dashes;
mod filter;
pub(crate) mod handover;
mod s3;
pub(crate) mod values;

pub(crate) use filter::FilterArgs;
pub(crate) use handover::HandoverArgs;
pub(crate) use s3::S3Args;

use crate::commands::{
    abandon, check, completions, config, cutover, explain, external_replicator, finish, guard,
    hms_mirror, init, items, journal, man, mirror, pause, plan, policy, redshift, report, resume,
    retry, run, set, shim, skip, status, table_migrator, verify,
};
use crate::exit;
use crate::place::Place;
use crate::running::Job;
use boatlift_core::Result;
use boatlift_engine::lift::Until;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Moves data from a LOWER place to an UPPER one while both keep running.
#[derive(Debug, Parser)]
#[command(name = "boatlift", version, after_help = exit::TABLE, max_term_width = 100)]
#[command(propagate_version = true, disable_help_subcommand = false)]
pub(crate) struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(crate) struct Global {
    /// Print the result as one JSON document on standard output, errors as JSON too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Directory of the move's state [default: $XDG_STATE_HOME/boatlift/NAME]
    #[arg(long, global = true, value_name = "DIR", env = "BOATLIFT_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Tell only errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log more: -v what is done, -vv every turn
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Never use colours (so does the environment variable NO_COLOR)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// The argument by which every verb names a move.
#[derive(Debug, Args)]
pub(crate) struct MoveArg {
    /// A move's name, its state directory, or a move file
    #[arg(id = "move", value_name = "MOVE")]
    name: OsString,
}

impl MoveArg {
    /// The move that it names.
    ///
    /// # Errors
    /// [`boatlift_core::Code::MoveUnknown`] when there is none.
    pub(crate) fn find(&self, global: &Global) -> Result<Place> {
        Place::find(&self.name, global.state_dir.as_deref())
    }

    /// Running that move so far.
    ///
    /// # Errors
    /// The same, and what is wrong with its move file.
    pub(crate) fn job(&self, global: &Global, until: Until, watch: WatchArgs) -> Result<Job> {
        let place = self.find(global)?;
        let file = place.file()?;
        Ok(Job::new(place.directory, file, until, watch))
    }
}

/// How a run is watched.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WatchArgs {
    /// Where standard error is no terminal: time between two status lines; SIGUSR1 prints one
    /// at once
    #[arg(long, value_name = "INTERVAL", default_value = "30s", value_parser = values::interval)]
    #[arg(env = "BOATLIFT_STATUS_EVERY")]
    pub(crate) status_every: Duration,
}

/// The verbs that work in this version. The book's table names those that will follow.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print a commented example of a move file
    Init(init::Init),
    /// Examine both roots of a move and change nothing
    Check(check::Check),
    /// Compare both sides, write down what is to be done, and print it
    Plan(plan::PlanArgs),
    /// Run a move: check, plan, copy, verify, report
    Run(run::Run),
    /// Mirror a directory tree: make UPPER as LOWER is
    Mirror(mirror::Mirror),
    /// Run a configuration of hms-mirror's, with its options: -m, -s, -db, -cfg, -tf, -dr
    HmsMirror(hms_mirror::HmsMirror),
    /// Run a configuration of the External Object Replicator's
    ExternalReplicator(external_replicator::ExternalReplicator),
    /// Migrate a table of Pegasus with Table-Migrator's options: -t, -n, -r, -c, -m, -p
    TableMigrator(table_migrator::TableMigrator),
    /// Print the least rights that a Redshift move needs, as policies of IAM
    Policy(policy::Policy),
    /// What only a Redshift move can be told: collect
    Redshift(redshift::Redshift),
    /// Show where a move stands, or list all moves
    Status(status::StatusArgs),
    /// List the items that need attention
    Items(items::Items),
    /// Try failed items again, also those left out
    Retry(retry::Retry),
    /// Leave an item out, with the reason in the report
    Skip(skip::Skip),
    /// Explain an error code, an item or why a move waits
    Explain(explain::Explain),
    /// Stop acting, and keep the place
    Pause(pause::Pause),
    /// Go on after a pause
    Resume(resume::Resume),
    /// Change limits of a move, also while it runs
    Set(set::Set),
    /// Prove again that UPPER is as last agreed
    Verify(verify::VerifyArgs),
    /// Hand the users over: fence LOWER, drain, verify, switch; or undo all of it
    ///
    /// Refused before any fence when something is open: files that are still on LOWER, failed
    /// items, parts that could not be listed, held removals, a proof that is missing, no way to
    /// make LOWER refuse writes. Whatever fails before the switch is undone, by this process, by
    /// the next run, or by `boatlift guard`. With --reverse users are led back.
    Cutover(cutover::CutoverArgs),
    /// Watch a cutover from a second process, and undo it when the first is dead or stuck
    ///
    /// It acts when the process that cuts over is dead and its deadline has passed, and when that
    /// process lives but stands still past a later deadline: then it is killed first, with the
    /// commands that it started, so that it never wakes up. Before the switch everything is
    /// undone; after it the rest is done. Start it on the same host as the cutover; with --stateless
    /// on any.
    Guard(guard::GuardArgs),
    /// End a move for good: done
    Finish(finish::Finish),
    /// End a move for good: given up
    Abandon(abandon::Abandon),
    /// Print the report of a move
    Report(report::ReportArgs),
    /// Look at move files and their schema
    Config(config::Config),
    /// Look after the journal of a move
    Journal(journal::Journal),
    /// Hear of files that jobs write: the library to preload, lines for shells, what was told
    Shim(shim::Shim),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Write man pages
    Man(man::Man),
}
