//! Waves of tables: each goes through all groups of the move before the next begins.
//!
//! Every wave has three groups with three numbers of their own, whatever the stage, so that a
//! move that goes further one day finds what it agreed on. Stores and lanes of a wave know its
//! groups by the numbers that they have in a move of one wave.

use crate::keys::Name;
use crate::plan::{CATALOGUE, GROUPS};
use crate::scope::Scope;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::mover::Agreements;
use boatlift_core::page::Entry;
use boatlift_core::plan::Agreement;
use std::ops::ControlFlow;
use std::sync::Arc;

/// One of the waves of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wave {
    number: u32,
    of: u32,
}

impl Wave {
    /// The wave of a move that has no other.
    pub(crate) const ONLY: Wave = Wave { number: 0, of: 1 };

    /// The waves of a move that has so many.
    pub(crate) fn all(of: u32) -> impl Iterator<Item = Wave> {
        (0..of).map(move |number| Wave { number, of })
    }

    /// Its number, from 0 on.
    pub(crate) fn number(self) -> u32 {
        self.number
    }

    pub(crate) fn is_first(self) -> bool {
        self.number == 0
    }

    pub(crate) fn is_last(self) -> bool {
        self.number + 1 == self.of
    }

    /// What a group that holds `what` is called.
    pub(crate) fn name(self, what: &str) -> String {
        match self.of {
            1 => what.to_owned(),
            of => format!("wave {} of {of}: {what}", self.number + 1),
        }
    }

    /// What was agreed on in this wave.
    pub(crate) fn agreements(self, all: Arc<dyn Agreements>) -> Arc<dyn Agreements> {
        match self.number {
            0 => all,
            number => Arc::new(OfWave { all, first: number * GROUPS }),
        }
    }
}

/// The number of the wave of a group.
pub(crate) fn wave_of(group: u32) -> u32 {
    group / GROUPS
}

/// The number of a group in its wave.
pub(crate) fn in_wave(group: u32) -> u32 {
    group % GROUPS
}

/// Refuses waves that are not those in which tables were brought: what was agreed on is known in
/// its wave alone, and in another a table that LOWER dropped would pass for one that was never
/// ours. `all` are the agreements of all waves.
pub(crate) fn refuse_other_waves(all: &dyn Agreements, scope: &Scope) -> Result<()> {
    let refused = |because: String| {
        Err(Error::new(Code::ConfigValue, "cannot use").on("hive.scope.waves").because(because))
    };
    let waves = scope.waves();
    // In a move without waves every table is in the only one.
    for number in (0..waves).filter(|_| waves > 1) {
        let Some(agreement) = all.agreement(number * GROUPS + CATALOGUE, 0)? else { continue };
        if let Some(table) = first_of_another(number, &agreement, all, scope)? {
            return refused(format!(
                "{table} was brought in wave {}, and waves of a move that began stay as they are",
                number + 1
            ));
        }
    }
    match all.agreement(waves.saturating_mul(GROUPS) + CATALOGUE, 0)? {
        Some(_) => refused("the move began with more waves, and they stay as they are".into()),
        None => Ok(()),
    }
}

/// The first table that was agreed on in a wave and belongs to another.
fn first_of_another(
    number: u32,
    agreement: &Agreement,
    all: &dyn Agreements,
    scope: &Scope,
) -> Result<Option<String>> {
    let mut moved = None;
    // A table's partitions follow it.
    let mut seen = (String::new(), String::new());
    all.each_from(agreement, Key::new(b""), &mut |entry| {
        let name = Name::of(entry.key);
        let table = name.and_then(|name| Some((name.database(), name.table()?)));
        let Some((database, table)) = table else { return ControlFlow::Continue(()) };
        if (&*seen.0, &*seen.1) == (database, table) {
            return ControlFlow::Continue(());
        }
        if scope.wave_of(database, table) != number {
            moved = Some(format!("{database}.{table}"));
            return ControlFlow::Break(());
        }
        seen = (database.to_owned(), table.to_owned());
        ControlFlow::Continue(())
    })?;
    Ok(moved)
}

/// What was agreed on in the groups from `first` on.
struct OfWave {
    all: Arc<dyn Agreements>,
    first: u32,
}

impl Agreements for OfWave {
    fn agreement(&self, group: u32, route: u32) -> Result<Option<Agreement>> {
        self.all.agreement(self.first + group, route)
    }

    fn each_from(
        &self,
        agreement: &Agreement,
        from: Key<'_>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.all.each_from(agreement, from, visit)
    }

    fn left_out(&self, key: Key<'_>) -> Result<Option<String>> {
        self.all.left_out(key)
    }

    fn left_out_by_people(&self) -> Result<Vec<(KeyBuf, String)>> {
        self.all.left_out_by_people()
    }
}
