//! Running a move: its state is opened, its socket served, its signals heeded and its
//! progress shown until the lift ends. What a lift does is the engine's business.

use crate::args::WatchArgs;
use crate::exit::Exit;
use crate::hadoop::hive_mover;
use crate::logging::{self, ToolLog};
use crate::movefile::{FILE_NAME, MoveFile, MoverName};
use crate::opener::{Root, Stores};
use crate::output::Output;
use crate::progress::{Screen, Watcher};
use crate::steer;
use boatlift_core::command::Signed;
use boatlift_core::limits::Limits;
use boatlift_core::store::Opener;
use boatlift_core::{Code, Command, Error, Mover, Policy, Result, Retry};
use boatlift_engine::lift::{Control, Handover, Lift, MoveSpec, Summary, Until, UpperWrites};
use boatlift_engine::saga::{Finish, Rehearsal};
use boatlift_engine::state::StateDir;
use boatlift_engine::status::Status;
use boatlift_mover_hive::delete_policy;
use boatlift_mover_pegasus::PegasusMover;
use boatlift_mover_redshift::RedshiftMover;
use boatlift_mover_redshift::layout::Family;
use boatlift_mover_tree::TreeMover;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Job {
    /// The state directory.
    pub(crate) directory: PathBuf,
    /// The move.
    pub(crate) file: MoveFile,
    /// How far to go.
    pub(crate) until: Until,
    /// A plan whose held removals are approved before anything else.
    pub(crate) approve: Option<u64>,
    /// Limits that were typed with this very command, and so hold over those set before.
    pub(crate) typed_limits: bool,
    /// How it is watched.
    pub(crate) watch: WatchArgs,
    /// The log of the tool that it replaces, where that kept one.
    pub(crate) tool_log: Option<ToolLog>,
}

impl Job {
    /// A run with nothing beside what every run has.
    pub(crate) fn new(directory: PathBuf, file: MoveFile, until: Until, watch: WatchArgs) -> Job {
        Job { directory, file, until, approve: None, typed_limits: false, watch, tool_log: None }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What the lift says.
    pub(crate) summary: Summary,
    /// Where the move stands now.
    pub(crate) status: Status,
    /// Its state.
    pub(crate) state: StateDir,
    /// How far it was to go.
    pub(crate) until: Until,
}

impl Ended {
    /// The exit code of the run.
    pub(crate) fn exit(&self) -> Exit {
        Exit::from(self.summary.end)
    }
}

/// Runs a move to its end, or until it is stopped.
///
/// # Errors
/// What kept it from going on.
pub(crate) fn carry_out(job: &Job, output: &Output) -> Result<Ended> {
    carry_out_telling(job, output, &|_| ())
}

/// The same; of a move that follows, `each` is told of every pass but the last.
///
/// # Errors
/// What kept it from going on.
pub(crate) fn carry_out_telling(
    job: &Job,
    output: &Output,
    each: &dyn Fn(&Ended),
) -> Result<Ended> {
    let of_pass = |lift: &Lift, summary: &Summary| match lift.control().status() {
        Ok(status) => {
            let (state, summary) = (lift.state().clone(), summary.clone());
            each(&Ended { summary, status, state, until: job.until });
        }
        Err(error) => tracing::warn!(%error, "a pass cannot be told of"),
    };
    let (state, control, summary) =
        lead(job, output, |lift| lift.run_telling(job.until, &|summary| of_pass(lift, summary)))?;
    match &summary {
        Ok(summary) => tracing::info!(end = ?summary.end, "the run ended"),
        Err(error) => tracing::info!(code = %error.code, %error, "the run failed"),
    }
    Ok(Ended { summary: summary?, status: control.status()?, state, until: job.until })
}

/// Whither a move's users are to be led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whither {
    Upper,
    /// Back, and what becomes of what they wrote on UPPER.
    Lower(UpperWrites),
}

/// Looks at what leading a move's users needs.
///
/// # Errors
/// What kept it from being looked at.
pub(crate) fn rehearse(
    job: &Job,
    whither: Whither,
    wanted: &Handover,
    output: &Output,
) -> Result<Rehearsal> {
    let (_, _, rehearsal) = lead(job, output, |lift| match whither {
        Whither::Upper => lift.rehearse(wanted),
        Whither::Lower(_) => lift.rehearse_back(wanted),
    })?;
    rehearsal
}

/// Leads a move's users, or undoes every step of the attempt. What was undone by something that may
/// pass is tried again, so often in all: each attempt keeps its promise, and users write in between.
///
/// # Errors
/// What kept it from beginning, or from ending.
pub(crate) fn hand_over(
    job: &Job,
    whither: Whither,
    wanted: &Handover,
    attempts: u32,
    output: &Output,
) -> Result<Finish> {
    let (_, _, finish) = lead(job, output, |lift| {
        let attempt = || match whither {
            Whither::Upper => lift.hand_over(wanted, &|waiting| output.say(waiting)),
            Whither::Lower(writes) => lift.lead_back(wanted, writes),
        };
        for number in 1..attempts {
            match attempt()? {
                Finish::Undone(why)
                    if why.code == Code::SagaFailed && why.retry != Retry::Never =>
                {
                    output.say(format_args!("attempt {number} was undone: {why}"));
                }
                finish => return Ok(finish),
            }
        }
        attempt()
    })?;
    if let Err(error) = &finish {
        tracing::info!(code = %error.code, %error, "the cutover failed");
    }
    finish
}

/// Opens a move and has it led, served and watched meanwhile.
fn lead<T>(
    job: &Job,
    output: &Output,
    act: impl FnOnce(&Lift) -> Result<T>,
) -> Result<(StateDir, Arc<Control>, Result<T>)> {
    refuse_foreign(&job.directory, &job.file)?;
    let state = StateDir::create_or_open(&job.directory)?;
    let screen = Screen::new(output);
    logging::begin(&state, job.tool_log.as_ref(), screen.clone(), output)?;
    let policy = hiding_own_state(&job.file, &state)?;
    let Moving { mover, opener } = moving(&job.file, Some(&state))?;
    let lift = Lift::open(state.clone(), spec(&job.file, mover, policy), opener)?;
    keep_move_file(&state, &job.file)?;
    let control = lift.control();
    take_orders(job, &control)?;
    let watcher = Watcher::start(Arc::clone(&control), job.watch.status_every, screen)?;
    let server = boatlift_web::serve_socket(&state, Arc::clone(&control));
    if let Err(error) = &server {
        output.say(format_args!("warning: this run cannot be steered: {error}"));
    }
    tracing::info!(name = job.file.name, until = ?job.until, "the run begins");
    let acted = act(&lift);
    drop((watcher, server));
    Ok((state, control, acted))
}

/// A mover, and what opens its roots.
pub(crate) struct Moving {
    pub(crate) mover: Arc<dyn Mover>,
    pub(crate) opener: Arc<dyn Opener>,
}

/// The mover that a move file names, which may keep things in the move's state if it is to
/// run. Nothing is opened yet.
///
/// # Errors
/// [`Code::ConfigValue`] when its part of the file cannot be used.
pub(crate) fn moving(file: &MoveFile, state: Option<&StateDir>) -> Result<Moving> {
    if let Some(hive) = &file.hive {
        let mover = hive_mover(hive, file.s3_sides(), &file.name)?;
        if let Some(state) = state {
            mover.keep_in(state.path());
        }
        let opener = mover.opener();
        return Ok(Moving { mover: Arc::new(mover), opener });
    }
    if let Some(pegasus) = &file.pegasus {
        let state = state.map(StateDir::path);
        let mover = PegasusMover::new((**pegasus).clone(), &file.name, state)?;
        let opener = mover.opener();
        return Ok(Moving { mover: Arc::new(mover), opener });
    }
    let stores = Arc::new(Stores::of(file));
    if let Some(redshift) = &file.redshift {
        let mover =
            RedshiftMover::new((**redshift).clone(), &file.name, state.map(StateDir::path))?;
        let opener = mover.opener(stores);
        return Ok(Moving { mover: Arc::new(mover), opener });
    }
    let mover = Arc::new(TreeMover::new(file.lower.clone(), file.upper.clone()));
    Ok(Moving { mover, opener: stores })
}

fn spec(file: &MoveFile, mover: Arc<dyn Mover>, policy: Policy) -> MoveSpec {
    MoveSpec {
        name: file.name.clone(),
        mover,
        policy,
        limits: file.limits.clone(),
        follow: file.follow.map(|interval| interval.0),
    }
}

/// What this very command line asks before the run begins.
fn take_orders(job: &Job, control: &Control) -> Result<()> {
    let by = steer::person();
    let give = |command| control.command(Signed { command, by: by.clone() });
    if let Some(plan) = job.approve {
        give(Command::Approve { plan })?;
    }
    match control.status()?.limits.filter(|_| job.typed_limits) {
        Some(set) => changes(&set, &job.file.limits).into_iter().try_for_each(give),
        None => Ok(()),
    }
}

/// The commands that lead from some limits to others: one for each side that changes, and
/// one for the threads.
pub(crate) fn changes(before: &Limits, after: &Limits) -> Vec<Command> {
    use boatlift_core::Side::{Lower, Upper};
    let sides = [Lower, Upper].into_iter().filter(|side| before.of(*side) != after.of(*side));
    let limits = sides.map(|side| Command::SetLimits { side, limits: after.of(side).clone() });
    let jobs = after.jobs.filter(|_| before.jobs != after.jobs);
    limits.chain(jobs.map(|jobs| Command::SetJobs { jobs })).collect()
}

/// Refuses a directory that is in use for something else, before anything is put there.
fn refuse_foreign(directory: &Path, file: &MoveFile) -> Result<()> {
    let foreign = |why: String| {
        Err(Error::new(Code::StateForeign, "cannot keep the state of this move in")
            .on(directory.display())
            .because(why))
    };
    let kept = directory.join(FILE_NAME);
    if kept.exists() {
        let other = MoveFile::read(&kept)?;
        if !other.is_same_move(file) {
            let (name, (lower, upper)) = (&other.name, other.ends());
            return foreign(format!("it holds the move `{name}` from {lower} to {upper}"));
        }
    } else if !directory.join("journal.db").exists()
        && directory.read_dir().is_ok_and(|entries| {
            let mut names = entries.flatten().map(|entry| entry.file_name());
            names.any(|name| !StateDir::is_own_name(&name))
        })
    {
        return foreign("it is not empty and holds no move".to_owned());
    }
    Ok(())
}

/// Writes the move file into the state directory, in place of an older one. The caller
/// holds the move's lock.
fn keep_move_file(state: &StateDir, file: &MoveFile) -> Result<()> {
    let path = state.move_file_path();
    let fail = |error: std::io::Error| {
        Error::new(Code::StateIo, "cannot write").on(path.display()).because(error)
    };
    let new = path.with_extension("yaml.new");
    let mut out = std::fs::File::create(&new).map_err(fail)?;
    out.write_all(file.to_yaml()?.as_bytes()).and_then(|()| out.sync_all()).map_err(fail)?;
    std::fs::rename(&new, &path).map_err(fail)
}

/// The policy of the move, with the state directory left out where it lies inside a root:
/// it changes while it is copied, and must not be removed from UPPER.
fn hiding_own_state(file: &MoveFile, state: &StateDir) -> Result<Policy> {
    let mut policy = file.policy.clone();
    if let Some(hive) = &file.hive {
        policy.delete = policy.delete.max(delete_policy(hive.on_drop));
    }
    if file.mover == MoverName::Redshift {
        // Our own lists beside the clones are no clones.
        let lists = file.redshift.as_ref().map(|own| own.upper.lists).unwrap_or_default();
        let lists = Family::ALL.map(|family| format!("- /{}", lists.file_of(family)));
        policy.filter.splice(..0, lists);
    }
    if file.mover != MoverName::Tree {
        return Ok(policy);
    }
    for root in [&file.lower, &file.upper] {
        let Some(Ok(root)) = Root::of(root)?.local().map(|root| root.canonicalize()) else {
            continue;
        };
        let Ok(inside) = state.path().strip_prefix(&root) else { continue };
        let rule = match inside.to_str() {
            Some("") | None => {
                return Err(Error::new(Code::Usage, "cannot keep state in")
                    .on(state.path().display())
                    .because(format!("it lies inside the root {}", root.display())));
            }
            Some(inside) => format!("- /{}/", escaped(inside)),
        };
        policy.filter.insert(0, rule);
    }
    Ok(policy)
}

/// Text as a pattern that matches nothing else.
fn escaped(text: &str) -> String {
    let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Filter;

    fn move_file(lower: &Path, upper: &Path) -> MoveFile {
        let text = format!("move: a\nlower: {}\nupper: {}\n", lower.display(), upper.display());
        MoveFile::parse(&text, Path::new("test")).expect("a move file")
    }

    #[test]
    fn a_directory_in_use_for_something_else_is_refused_untouched() {
        let base = tempfile::tempdir().expect("a directory");
        let file = move_file(Path::new("/a"), Path::new("/b"));
        refuse_foreign(base.path(), &file).expect("an empty directory will do");
        refuse_foreign(&base.path().join("missing"), &file).expect("a missing one as well");
        std::fs::write(base.path().join("thesis.tex"), "").expect("written");
        let error = refuse_foreign(base.path(), &file).expect_err("somebody's directory");
        assert_eq!(error.code, Code::StateForeign);
    }

    #[test]
    fn the_state_of_another_pair_is_refused_and_the_own_is_not() {
        let base = tempfile::tempdir().expect("a directory");
        let state = StateDir::create_or_open(base.path()).expect("a state directory");
        let file = move_file(Path::new("/a"), Path::new("/b"));
        keep_move_file(&state, &file).expect("written");
        refuse_foreign(base.path(), &file).expect("its own");
        let other = move_file(Path::new("/a"), Path::new("/c"));
        let error = refuse_foreign(base.path(), &other).expect_err("another pair");
        assert_eq!(error.code, Code::StateForeign);
        assert!(error.to_string().contains("from /a to /b"), "{error}");
    }

    #[test]
    fn state_inside_a_root_is_left_out_of_the_move() {
        let base = tempfile::tempdir().expect("a directory");
        let lower = base.path().join("home");
        let state = StateDir::create_or_open(&lower.join("st[a]te/x")).expect("a directory");
        let file = move_file(&lower, &base.path().join("copy"));
        let policy = hiding_own_state(&file, &state).expect("a policy");
        let filter = Filter::new(&policy.filter).expect("good rules");
        assert!(!filter.takes(b"st[a]te/x", true));
        assert!(filter.takes(b"state/x", true) && filter.takes(b"st[a]te/y", true));
        let outside = StateDir::create_or_open(&base.path().join("s")).expect("a directory");
        assert_eq!(hiding_own_state(&file, &outside), Ok(file.policy.clone()));
    }

    #[test]
    fn the_state_of_a_move_cannot_be_its_own_root() {
        let base = tempfile::tempdir().expect("a directory");
        let state = StateDir::create_or_open(base.path()).expect("a directory");
        let file = move_file(base.path(), Path::new("/copy"));
        assert_eq!(hiding_own_state(&file, &state).expect_err("refused").code, Code::Usage);
    }
}
