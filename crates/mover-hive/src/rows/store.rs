//! One side's places as a store. Their rows are carried by the lane of the rows alone.

use super::held::is_any;
use super::lane::RowsLane;
use super::listing::RowsListing;
use crate::catalog::{CatalogueStore, Reader};
use crate::data::{Lost, PlaceWalk, Places};
use boatlift_core::error::Result;
use boatlift_core::lane::Lane;
use boatlift_core::page::Page;
use boatlift_core::store::{ListRequest, Listing, Opener, RootFacts, Store};
use std::any::Any;
use std::sync::Arc;

/// One side's places as a store.
pub(crate) struct RowsStore {
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) places: Arc<Places>,
    /// Reads LOWER's metastore: it says what is in scope, on either side.
    pub(crate) reader: Arc<Reader>,
    /// This side's metastore, where the mark is kept.
    pub(crate) catalogue: Arc<CatalogueStore>,
    /// What is done here, for people.
    pub(crate) system: String,
    /// The lane into UPPER; LOWER has none.
    pub(crate) lane: Option<Arc<RowsLane>>,
}

impl Store for RowsStore {
    fn facts(&self) -> Result<RootFacts> {
        let facts = self.catalogue.facts()?;
        Ok(RootFacts { system: self.system.clone(), position: None, ..facts })
    }

    fn prove_writable(&self) -> Result<()> {
        self.places.prove_writable(&*self.opener)
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        let walk = PlaceWalk::new(Arc::clone(&self.places), Arc::clone(&self.reader))?;
        let lost = Lost { agreements: Arc::clone(&self.catalogue.agreements), held: is_any };
        Ok(Box::new(RowsListing::new(request.side, Arc::clone(&self.opener), lost, walk)))
    }

    fn flush(&self) -> Result<()> {
        // HDFS acknowledges a file when its replicas hold it, and Hive closes its files.
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        lower.as_any().downcast_ref::<RowsStore>()?;
        let lane = self.lane.clone()?;
        Some(lane)
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        match &self.lane {
            Some(lane) => lane.sweep(page),
            None => Ok(()),
        }
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
