//! What a Redshift move leaves in its reports directory beside the engine's report: the lists
//! of objects that the External Object Replicator's users know.

use crate::exit::Exit;
use crate::hive_files::whole;
use crate::movefile::MoveFile;
use crate::output::Output;
use crate::running::Ended;
use boatlift_core::Result;
use boatlift_engine::lift::Until;
use boatlift_engine::report::{Known, Report, Which};
use boatlift_mover_redshift::RedshiftMover;
use boatlift_mover_redshift::config::RedshiftConfig;
use boatlift_mover_redshift::estimate::Estimate;
use boatlift_mover_redshift::harvest::Harvest;
use boatlift_mover_redshift::prices::Prices;
use boatlift_mover_redshift::report::{Became, Reports};
use boatlift_mover_redshift::statements::{write_copies, write_schemas};
use std::fmt::Write as _;
use std::ops::ControlFlow;

/// The states of items that are on UPPER as they should be.
const GOOD: [&str; 2] = ["done", "same"];
/// The state of those that were left out on purpose.
const LEFT_OUT: &str = "skipped";
/// Outcomes that are noted in one transaction.
const OUTCOMES: usize = 1_000;
/// Objects that cannot be cloned which a plan names; it counts all.
const HINDRANCES: u64 = 5;

/// Writes the lists of a Redshift move. That one could not be written is told, and changes
/// nothing of the move; but who waits for the lists is not told that all is done.
pub(crate) fn write_or_warn(file: &MoveFile, ended: &Ended, output: &Output) -> Exit {
    let Some(redshift) = &file.redshift else { return ended.exit() };
    match write(redshift, &file.name, ended) {
        Ok(()) => ended.exit(),
        Err(error) => {
            output.say(format_args!("warning: the lists of objects are not complete: {error}"));
            match ended.exit() {
                Exit::Done => Exit::Differences,
                worse => worse,
            }
        }
    }
}

/// The same after a pass of a move that follows, unless there was nothing to do in it.
pub(crate) fn write_after_pass(file: &MoveFile, ended: &Ended, output: &Output) {
    if ended.summary.plans.iter().any(|group| !group.plan.is_empty()) {
        write_or_warn(file, ended, output);
    }
}

/// Shows what the plan of a Redshift move costs, unless results are JSON.
///
/// # Errors
/// When the prices, the journal or the harvest cannot be read.
pub(crate) fn show_cost(file: &MoveFile, ended: &Ended, output: &Output) -> Result<()> {
    match cost(file, ended)?.filter(|_| !output.json) {
        Some(cost) => output.result(cost),
        None => Ok(()),
    }
}

/// What the plan of a Redshift move costs, and which objects of it cannot be cloned as things
/// are; nothing for other moves.
///
/// # Errors
/// When the prices, the journal or the harvest cannot be read.
fn cost(file: &MoveFile, ended: &Ended) -> Result<Option<String>> {
    let Some(redshift) = &file.redshift else { return Ok(None) };
    let prices = redshift.prices.as_deref().map_or_else(|| Ok(Prices::shipped()), Prices::read)?;
    let mover = RedshiftMover::new((**redshift).clone(), &file.name, Some(ended.state.path()))?;
    let report = Report::from_state(&ended.state, &mover)?;
    let mut estimate = Estimate::new(redshift);
    let (mut hindered, mut hindrances) = (0_u64, String::new());
    report.each_known(0, Which::Differing, &mut |known| {
        let below = String::from_utf8_lossy(known.key.as_bytes());
        let is_carried = known.row.is_some_and(|row| row.action.is_some());
        let Some(row) = mover.harvest().row(&below)?.filter(|_| is_carried) else {
            return Ok(ControlFlow::Continue(()));
        };
        estimate.add(&row, mover.harvest().names(&row)?);
        if let Some(why) = row.hindrance() {
            hindered += 1;
            if hindered <= HINDRANCES {
                let place = row.candidate.place.to_string();
                let _ = writeln!(hindrances, "{:<11} {}  {why}", "", place.escape_debug());
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if redshift.catalogue.is_some() {
        report.each_known(1, Which::Differing, &mut |known| {
            if known.row.is_some_and(|row| row.action.is_some()) {
                estimate.add_catalogued(known.key.as_bytes());
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    if hindered > 0 {
        hindrances.insert_str(0, &format!("{:<11} {hindered} cannot be cloned now\n", "hindered"));
    }
    let usage = estimate.usage();
    Ok(Some(format!(
        "{hindrances}{:<11} {:.2} USD: {} requests that write, {} that read, {} between regions\n\
         {:<11} at the list prices of {} on {}",
        "costs",
        prices.cost(&usage),
        usage.copies,
        usage.gets,
        bytesize::ByteSize::b(usage.between_regions),
        "",
        prices.region,
        prices.date,
    )))
}

fn write(redshift: &RedshiftConfig, name: &str, ended: &Ended) -> Result<()> {
    let mover = RedshiftMover::new(redshift.clone(), name, Some(ended.state.path()))?;
    let report = Report::from_state(&ended.state, &mover)?;
    let harvest = mover.harvest();
    let lists = redshift.upper.lists;
    let mut reports = Reports::new(&ended.state.reports_path(), mover.target()?, lists);
    let mut outcomes = Outcomes::new(harvest, ended.until)?;
    report.each_known(0, Which::All, &mut |known| {
        let below = String::from_utf8_lossy(known.key.as_bytes());
        if let Some(row) = harvest.row(&below)? {
            let became = became(&known);
            if let (Became::Not(reason), Until::Done) = (became, ended.until) {
                let object = row.candidate.place.to_string();
                tracing::info!(object, reason, "an object is not cloned");
            }
            reports.add(&row, harvest.touches(&row)?, became)?;
            outcomes.add(row.below, became)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    outcomes.write()?;
    let lists = reports.finish()?;
    if ended.until == Until::Done {
        lists.iter().try_for_each(|(family, list)| mover.hand_out(*family, list))?;
    }
    let (directory, target) = (ended.state.reports_path(), mover.target()?);
    whole(&directory.join("copy.sql"), |out| write_copies(redshift, harvest, &target, out))?;
    match redshift.catalogue {
        Some(_) => {
            whole(&directory.join("schemas.sql"), |out| write_schemas(redshift, harvest, out))
        }
        None => Ok(()),
    }
}

/// What became of the items, for the statements that point at their clones.
struct Outcomes<'h> {
    harvest: &'h Harvest,
    /// Nothing has become of what was only planned.
    until: Until,
    batch: Vec<(String, Option<String>)>,
}

impl<'h> Outcomes<'h> {
    fn new(harvest: &'h Harvest, until: Until) -> Result<Outcomes<'h>> {
        if until == Until::Done {
            harvest.forget_outcomes()?;
        }
        Ok(Outcomes { harvest, until, batch: Vec::new() })
    }

    fn add(&mut self, below: String, became: Became<'_>) -> Result<()> {
        let (Became::Not(why) | Became::LeftOut(why)) = became else { return Ok(()) };
        let why = why.unwrap_or("it is not cloned yet").to_owned();
        self.batch.push((below, Some(why)));
        match self.batch.len() < OUTCOMES {
            true => Ok(()),
            false => self.write(),
        }
    }

    fn write(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        match self.until {
            Until::Done => self.harvest.note_outcomes(&batch),
            _ => Ok(()),
        }
    }
}

fn became<'k>(known: &Known<'k>) -> Became<'k> {
    match known.row {
        None if known.is_agreed => Became::Cloned,
        None => Became::Not(None),
        Some(row) if GOOD.contains(&&*row.state) => Became::Cloned,
        Some(row) if row.state == LEFT_OUT => Became::LeftOut(row.reason.as_deref()),
        Some(row) => Became::Not(row.reason.as_deref()),
    }
}
