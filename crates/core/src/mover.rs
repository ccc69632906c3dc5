//! Movers: what moving means for one system.

use crate::Result;
use crate::key::{Key, KeyBuf};
use crate::lane::Step;
use crate::page::Entry;
use crate::plan::Agreement;
use crate::policy::Policy;
use crate::saga::Cutover;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A root on each side, as URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where items come from.
    pub lower: String,
    /// Where they go.
    pub upper: String,
}

/// What has its own phase and its own barriers: a tree, a table, a database. Its number is its
/// place among the groups of its mover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name in status and reports.
    pub name: String,
    /// Its routes. A group without any only keeps its number for a time when it has some:
    /// nothing is done about it.
    pub routes: Vec<Route>,
    /// Whether what it removes from UPPER can be made again from LOWER, and nobody follows
    /// it there yet, or it removes nothing: neither a limit nor a hole elsewhere holds such
    /// removals back, nor that LOWER has nothing of it any more.
    pub remakes: bool,
}

/// In which order a stage goes through a plan's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In key order, by many workers.
    Forward,
    /// Against key order: what is inside a directory comes before it. By one worker, unless
    /// nothing is removed and directories cannot lock the workers out.
    Backward,
}

/// A part of a plan that is complete before the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Its name in the journal, in status and in reports.
    pub name: &'static str,
    /// How it goes through the pages.
    pub order: Order,
    /// Whether it carries the plan's content, and so has bytes to show.
    pub carries: bool,
    /// Whether it removes what only UPPER has, and so waits when removals are held.
    pub removes: bool,
    /// Whether it only reads, and so belongs to the phase Verify.
    pub verifies: bool,
}

/// What moving means for one system: the groups it falls into, the stages each goes
/// through, and the step that each entry of a difference asks for.
pub trait Mover: Send + Sync {
    /// Its name: `tree`, `hive`, `redshift`, `pegasus`.
    fn name(&self) -> &'static str;

    /// The groups of this move.
    fn groups(&self) -> Vec<Group>;

    /// The groups that have routes, by their numbers.
    fn active_groups(&self) -> Vec<(u32, Group)> {
        let numbered = (0..).zip(self.groups());
        numbered.filter(|(_, group)| !group.routes.is_empty()).collect()
    }

    /// The stages that every plan of `group` goes through, in order.
    fn stages(&self, group: u32) -> &'static [Stage];

    /// The step that `entry` asks for in the stage at `stage` of `group`, if any. Pure: the
    /// same plan gives the same steps, before and after a crash.
    fn step(&self, group: u32, stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step>;

    /// Takes the means to look at what was agreed on, for the mover's own stores and lanes:
    /// before any root is opened. A group that builds on another asks here how far it is.
    fn attach(&self, agreements: Arc<dyn Agreements>) {
        let _ = agreements;
    }

    /// How this system hands its users over, where it can.
    fn cutover(&self) -> Option<&dyn Cutover> {
        None
    }

    /// How this system leads its users back to LOWER, where it can: the same steps with the
    /// sides exchanged.
    fn cutover_back(&self) -> Option<&dyn Cutover> {
        None
    }
}

/// What both sides held at the last receipts, and what was left out of it on purpose, for those
/// who build on it: a store that asks a change feed what it need not list again, a group or an
/// item whose steps need another's results.
pub trait Agreements: Send + Sync {
    /// What was agreed on a route of a group, if anything was.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn agreement(&self, group: u32, route: u32) -> Result<Option<Agreement>>;

    /// Shows the entries of `agreement` in key order, from the first that is not before
    /// `from`, until `visit` breaks off.
    ///
    /// # Errors
    /// When they cannot be read.
    fn each_from(
        &self,
        agreement: &Agreement,
        from: Key<'_>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<()>;

    /// Why an item is left out of the move on purpose, if it is: by the policy's filter, or by a
    /// person.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn left_out(&self, key: Key<'_>) -> Result<Option<String>>;

    /// The items that people left out of the move, each with what [`Agreements::left_out`] says of
    /// it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn left_out_by_people(&self) -> Result<Vec<(KeyBuf, String)>>;
}
