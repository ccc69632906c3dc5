//! The listing of a catalogue: a walk told as pages of facets.

use super::facets::Describe;
use super::walk::{Object, Walk, Walked};
use crate::kept::Keeping;
use crate::keys::Name;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::FacetsRef;
use boatlift_core::filter::Filter;
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::Pace;
use boatlift_core::mover::Agreements;
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::plan::Agreement;
use boatlift_core::side::Side;
use boatlift_core::store::{ListRequest, Listed, Listing};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Entries of a page: a fair piece of work for a comparison that runs beside the listing.
const PAGE_ITEMS: usize = 1024;

/// A listing of one side's catalogue.
pub(super) struct CatalogueListing {
    walk: Walk,
    side: Side,
    filter: Arc<Filter>,
    describe: Arc<Describe>,
    agreed: Option<(Agreement, Arc<dyn Agreements>)>,
    /// A table that is told as it was agreed on, and from which key on.
    replayed: Option<Replay>,
    /// A database or table that the filter leaves out.
    left_out: Option<KeyBuf>,
    /// Databases of which another wave tells.
    of_other_wave: BTreeSet<KeyBuf>,
    /// What a walk gave when a page was to be handed out first.
    held: Option<Listed>,
    /// Keeps what is read of LOWER for those who carry it.
    keeping: Option<Keeping>,
}

struct Replay {
    /// The table's key as a directory, and as a view.
    names: [KeyBuf; 2],
    from: KeyBuf,
}

impl CatalogueListing {
    pub(super) fn new(
        walk: Walk,
        request: ListRequest,
        describe: Arc<Describe>,
        agreed: Option<(Agreement, Arc<dyn Agreements>)>,
        keeping: Option<Keeping>,
        of_other_wave: BTreeSet<KeyBuf>,
    ) -> Self {
        let ListRequest { filter, side, .. } = request;
        CatalogueListing {
            walk,
            side,
            filter,
            describe,
            agreed,
            replayed: None,
            left_out: None,
            of_other_wave,
            held: None,
            keeping,
        }
    }

    fn describe(&self, object: &Object) -> Vec<u8> {
        match object {
            Object::Database(database) => self.describe.database(self.side, database),
            Object::Function(function) => self.describe.function(self.side, function),
            Object::Table(table) => self.describe.table(self.side, table),
            Object::Partition(_, partition) => self.describe.partition(self.side, partition),
        }
    }

    /// Whether the policy's filter takes a name in. What is left out takes all that is below
    /// it along.
    fn takes(&mut self, key: Key<'_>) -> bool {
        if self.left_out.as_ref().is_some_and(|above| key.is_below(&above.0)) {
            return false;
        }
        if self.of_other_wave.contains(&key.to_owned()) {
            return false;
        }
        let takes = self.filter.is_empty() || self.filter.takes(key.path(), key.is_directory());
        if !takes && key.is_directory() {
            self.left_out = Some(key.to_owned());
        }
        takes
    }

    /// Tells a part of a table as it was agreed on.
    fn replay(&mut self, builder: &mut PageBuilder) -> Result<()> {
        let (Some(replay), Some((agreement, agreements))) = (&mut self.replayed, &self.agreed)
        else {
            return Ok(());
        };
        let mut next = None;
        let (side, names) = (self.side, replay.names.clone());
        agreements.each_from(agreement, replay.from.as_key(), &mut |entry| {
            let bytes = entry.key.as_bytes();
            if !bytes.starts_with(&names[1].0) {
                return ControlFlow::Break(());
            }
            if bytes != names[1].0 && !bytes.starts_with(&names[0].0) {
                return ControlFlow::Continue(());
            }
            if builder.len() >= PAGE_ITEMS || builder.is_full() {
                next = Some(entry.key.to_owned());
                return ControlFlow::Break(());
            }
            let facets = match side {
                Side::Lower => entry.lower,
                Side::Upper => entry.upper,
            };
            if let Some(facets) = facets {
                builder.push(&told(side, entry.key, facets));
            }
            ControlFlow::Continue(())
        })?;
        match next {
            Some(from) => replay.from = from,
            None => self.replayed = None,
        }
        Ok(())
    }
}

impl Listing for CatalogueListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        let mut builder = PageBuilder::new();
        while builder.len() < PAGE_ITEMS && !builder.is_full() {
            if self.replayed.is_some() {
                self.replay(&mut builder)?;
                continue;
            }
            match self.walk.next()? {
                None => break,
                Some(Walked::Object(key, object)) => {
                    let facets = self.describe(&object);
                    if let Some(facets) = FacetsRef::checked(&facets)
                        && self.takes(key.as_key())
                    {
                        builder.push(&told(self.side, key.as_key(), facets));
                        if let Some(keeping) = &mut self.keeping {
                            keeping.push(key.as_key(), object.as_raw());
                        }
                    }
                }
                Some(Walked::AsAgreed(database, table)) => {
                    let view = Name::View(&database, &table).key();
                    let names = [Name::Table(&database, &table).key(), view.clone()];
                    self.replayed = Some(Replay { names, from: view });
                }
                Some(Walked::Hole(hole)) => {
                    self.held = Some(Listed::Hole(hole));
                    break;
                }
            }
        }
        let len = builder.len();
        if len == 0 {
            if self.held.is_none()
                && let Some(keeping) = self.keeping.take()
            {
                keeping.end();
            }
            return Ok(self.held.take());
        }
        pace.spend(self.side, len as u64, 0)
            .map_err(|_| Error::new(Code::Interrupted, "the listing was asked to stop"))?;
        Ok(Some(Listed::Page(builder.take())))
    }
}

/// An entry that speaks of one side.
fn told<'a>(side: Side, key: Key<'a>, facets: FacetsRef<'a>) -> Entry<'a> {
    match side {
        Side::Lower => Entry { lower: Some(facets), ..Entry::new(key) },
        Side::Upper => Entry { upper: Some(facets), ..Entry::new(key) },
    }
}
