//! One side of the exchange as a store: where tables and partitions point.

use super::lane::ExchangeLane;
use super::listing::ExchangeListing;
use crate::catalog::{CatalogueStore, Reader, Walk};
use crate::kept::Survey;
use boatlift_core::error::Result;
use boatlift_core::lane::Lane;
use boatlift_core::side::Side;
use boatlift_core::store::{ListRequest, Listing, RootFacts, Store};
use std::any::Any;
use std::sync::Arc;

/// One side's locations as a store.
pub(crate) struct ExchangeStore {
    /// This side's metastore.
    pub(crate) catalogue: Arc<CatalogueStore>,
    pub(crate) reader: Arc<Reader>,
    /// The lane into UPPER; LOWER has none.
    pub(crate) lane: Option<Arc<ExchangeLane>>,
}

impl Store for ExchangeStore {
    fn facts(&self) -> Result<RootFacts> {
        let facts = self.catalogue.facts()?;
        Ok(RootFacts { system: "locations of hive tables".into(), position: None, ..facts })
    }

    fn prove_writable(&self) -> Result<()> {
        self.catalogue.prove_writable()
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        let keeping = match request.side {
            Side::Lower => self.catalogue.kept.begin(Survey::Locations),
            Side::Upper => None,
        };
        Ok(Box::new(ExchangeListing {
            walk: Walk::new(Arc::clone(&self.reader))?,
            side: request.side,
            describe: Arc::clone(&self.catalogue.describe),
            held: None,
            keeping,
        }))
    }

    fn flush(&self) -> Result<()> {
        self.catalogue.flush()
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        lower.as_any().downcast_ref::<ExchangeStore>()?;
        let lane = self.lane.clone()?;
        Some(lane)
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        self.catalogue.read_mark()
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        self.catalogue.write_mark(mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
