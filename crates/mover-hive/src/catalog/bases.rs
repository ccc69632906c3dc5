//! Views in the order in which they are made: each after those that it names, also where these
//! are of another turn. Turns run at the same time, and none knows the others' views.
//!
//! A view of another turn is made here only if the plan's survey read it, this move never brought
//! it, nobody asked to leave it out, and nothing has its name on UPPER. Its own turn finds it as it does after a death between
//! making a view and the receipt: it reads it back, and has the receipt.

use super::lane::{CatalogueLane, Item};
use crate::classify::Standing;
use crate::keys::Name;
use crate::plan::CATALOGUE;
use crate::translate::{ViewName, levels, references};
use boatlift_clients::metastore::Table;
use boatlift_core::error::Result;
use boatlift_core::key::Key;
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::side::Side;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Views of other turns that one turn makes at most; those beyond come in their own.
const MOST: usize = 1000;

/// Views that name nothing that is not in levels before theirs.
#[derive(Default)]
pub(super) struct Level<'a> {
    /// Those of the turn.
    pub(super) items: Vec<Item<'a>>,
    /// Those of other turns, as LOWER has them.
    bases: Vec<Table>,
}

impl CatalogueLane {
    /// The views of a turn, and what they lead to in others, in levels.
    pub(super) fn in_order<'a>(&self, views: Vec<Item<'a>>) -> Vec<Level<'a>> {
        if views.is_empty() {
            return Vec::new();
        }
        let mut named: BTreeMap<ViewName, BTreeSet<ViewName>> = BTreeMap::new();
        for work in self.works(views.clone()) {
            let texts = self.source.views(&work);
            for item in &work {
                let name = view_name(item);
                let text = texts.get(&name.1).map(references);
                named.insert(name, text.unwrap_or_default());
            }
        }
        let mut bases = self.bases(&mut named);
        let mut items: BTreeMap<ViewName, Item<'a>> =
            views.into_iter().map(|item| (view_name(&item), item)).collect();
        let levels = levels(&named).into_iter();
        let level = levels.map(|names| Level {
            items: names.iter().filter_map(|name| items.remove(name)).collect(),
            bases: names.iter().filter_map(|name| bases.remove(name)).collect(),
        });
        level.collect()
    }

    /// The views of other turns that those of this one lead to; adds what they name.
    fn bases(
        &self,
        named: &mut BTreeMap<ViewName, BTreeSet<ViewName>>,
    ) -> BTreeMap<ViewName, Table> {
        let survey = self.source.survey();
        let mut bases = BTreeMap::new();
        let mut open: Vec<ViewName> = named.values().flatten().cloned().collect();
        while let Some(name) = open.pop().filter(|_| bases.len() < MOST) {
            if named.contains_key(&name) || self.is_left_out(&name) {
                continue;
            }
            let Some(view) = survey.view(&name) else { continue };
            let names = references(&view);
            open.extend(names.iter().cloned());
            named.insert(name.clone(), names);
            bases.insert(name, view);
        }
        bases
    }

    /// Whether a view stays away on purpose. Without the journal nothing is made ahead of its turn.
    fn is_left_out(&self, (database, view): &ViewName) -> bool {
        let key = Name::View(database, view).key();
        self.agreements.left_out(key.as_key()).map_or(true, |reason| reason.is_some())
    }

    /// Makes the views of other turns that are in a level. What fails says so in its own turn.
    pub(super) fn make_bases(&self, level: &Level<'_>, pace: &dyn Pace) -> Result<(), Stopped> {
        for view in &level.bases {
            pace.spend(Side::Upper, 1, 0)?;
            let _slot = self.slots.take();
            if let Err(error) = self.make_base(view) {
                tracing::debug!(%error, "a view that others name is left to its own turn");
            }
        }
        Ok(())
    }

    fn make_base(&self, view: &Table) -> Result<()> {
        let Standing::Carry(class) = self.translator.standing(view) else { return Ok(()) };
        if self.was_agreed(Name::View(view.database(), view.name()).key().as_key())? {
            return Ok(());
        }
        if let Ok(intended) = self.translator.table(view, class) {
            // One that is there is looked at in its own turn.
            let _is_new = self.upper.create_table(&intended)?;
        }
        Ok(())
    }

    /// Whether something was on UPPER when both sides were agreed on last: who dropped it there
    /// since may want it so.
    fn was_agreed(&self, key: Key<'_>) -> Result<bool> {
        let mut was_there = false;
        if let Some(agreement) = self.agreements.agreement(CATALOGUE, 0)? {
            self.agreements.each_from(&agreement, key, &mut |entry| {
                was_there = entry.key == key && entry.upper.is_some();
                ControlFlow::Break(())
            })?;
        }
        Ok(was_there)
    }
}

fn view_name(item: &Item<'_>) -> ViewName {
    (item.name.database().to_owned(), item.name.table().unwrap_or_default().to_owned())
}
