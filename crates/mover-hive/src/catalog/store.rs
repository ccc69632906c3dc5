//! A metastore as a store: databases, tables, views, functions and partitions under keys.
//!
//! Objects are carried by the lane of the catalogue alone; they have no content to be read
//! or written as bytes.

use super::catalogue::Catalogue;
use super::facets::Describe;
use super::feed::Unchanged;
use super::lane::CatalogueLane;
use super::listing::CatalogueListing;
use super::mark::{MARKS, Marks};
use super::reading::{Order, Reader};
use super::walk::Walk;
use crate::kept::{Kept, Survey};
use crate::keys::Name;
use crate::plan::CATALOGUE;
use crate::waves::{Wave, refuse_other_waves};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::Lane;
use boatlift_core::mover::Agreements;
use boatlift_core::side::Side;
use boatlift_core::store::{ListRequest, Listing, RootFacts, Store};
use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One side's metastore as a store.
pub(crate) struct CatalogueStore {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) describe: Arc<Describe>,
    /// Whose tables it holds. Databases are of every wave, functions of the first.
    pub(crate) wave: Wave,
    /// Functions take part.
    pub(crate) functions: bool,
    /// Whether the notification log is asked what changed.
    pub(crate) notifications: bool,
    /// Owners are kept.
    pub(crate) owners: bool,
    /// Under what name it is kept whom users follow.
    pub(crate) authority: String,
    /// Under what name the mark is kept.
    pub(crate) about: String,
    pub(crate) agreements: Arc<dyn Agreements>,
    /// What surveys of LOWER keep.
    pub(crate) kept: Arc<Kept>,
    /// The lane into UPPER; LOWER has none.
    pub(crate) lane: Option<Arc<CatalogueLane>>,
}

impl CatalogueStore {
    fn marks(&self) -> Marks<'_> {
        Marks { catalogue: &self.catalogue, about: &self.about }
    }

    /// What need not be read again, by this side's notification log.
    fn unchanged(&self) -> Result<Unchanged> {
        let agreement = self.agreements.agreement(CATALOGUE, 0)?;
        let Some(agreement) = agreement.filter(|_| self.notifications) else {
            return Ok(Unchanged::default());
        };
        let lower_name = |name: &str| self.describe.translator.scope().lower_database(name);
        Unchanged::since(&agreement, &*self.agreements, &self.catalogue, &lower_name)
    }

    /// Databases of UPPER that LOWER does not have: the last wave drops them, or tells that they
    /// are there, and no other does.
    fn of_last_wave(&self) -> Result<BTreeSet<KeyBuf>> {
        let Some(lane) = self.lane.as_ref().filter(|_| !self.wave.is_last()) else {
            return Ok(BTreeSet::new());
        };
        let names = |catalogue: &Catalogue, lower_name: &dyn Fn(&str) -> Option<String>| {
            let names = catalogue.database_names()?;
            let named = names.iter().filter_map(|name| lower_name(name));
            Ok(named.map(|name| Name::Database(&name).key()).collect::<BTreeSet<_>>())
        };
        let scope = self.describe.translator.scope();
        let mut left = names(&self.catalogue, &|name| scope.lower_database(name))?;
        let there = names(&lane.source.catalogue, &|name| Some(name.to_lowercase()))?;
        left.retain(|key| !there.contains(key));
        Ok(left)
    }
}

impl Store for CatalogueStore {
    fn facts(&self) -> Result<RootFacts> {
        let device = self.catalogue.address().to_owned();
        Ok(RootFacts {
            resolved: self.catalogue.identity()?,
            ancestry: vec![device.clone()],
            device,
            system: "hive metastore".into(),
            is_empty: false,
            sets_owners: self.owners,
            free_bytes: None,
            position: self.catalogue.position()?.map(|position| position.to_string()),
        })
    }

    fn prove_writable(&self) -> Result<()> {
        // Taking UPPER writes the mark; there is no smaller change to try.
        let database = self.catalogue.database(MARKS)?;
        let word = database.as_ref().and_then(|found| found.parameter(&self.authority));
        match word.is_some_and(|word| word.starts_with("UPPER")) {
            false => Ok(()),
            true => Err(Error::new(Code::MoveClosed, "cannot write to UPPER any more")
                .because("users follow it since the cutover")),
        }
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        if request.side == Side::Lower && self.wave.is_first() {
            let scope = self.describe.translator.scope();
            refuse_other_waves(&*self.agreements, scope)?;
        }
        let reader = Reader {
            catalogue: Arc::clone(&self.catalogue),
            translator: Arc::clone(&self.describe.translator),
            order: Order::Keys,
            functions: self.functions && self.wave.is_first(),
            wave: Some(self.wave),
            unchanged: self.unchanged()?,
        };
        let walk = Walk::new(Arc::new(reader))?;
        let agreement = self.agreements.agreement(CATALOGUE, 0)?;
        let keeping = match request.side {
            Side::Lower => self.kept.begin(Survey::Catalogue),
            Side::Upper => None,
        };
        Ok(Box::new(CatalogueListing::new(
            walk,
            request,
            Arc::clone(&self.describe),
            agreement.map(|agreement| (agreement, Arc::clone(&self.agreements))),
            keeping,
            self.of_last_wave()?,
        )))
    }

    fn flush(&self) -> Result<()> {
        // A metastore answers a call when its database has committed it.
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        let lower = lower.as_any().downcast_ref::<CatalogueStore>()?;
        debug_assert_eq!(lower.catalogue.side(), Side::Lower);
        let lane = self.lane.clone()?;
        Some(lane)
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        self.marks().read()
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        self.marks().write(mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
