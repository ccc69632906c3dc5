//! One side's data as a store. Its files are carried by the lane of the data alone.

use super::listing::DataListing;
use super::lost::{Lost, is_file};
use super::places::{PlaceWalk, Places};
use super::snapshots::Snapshots;
use crate::catalog::{CatalogueStore, Reader};
use boatlift_core::error::Result;
use boatlift_core::lane::Lane;
use boatlift_core::page::Page;
use boatlift_core::still::Stills;
use boatlift_core::store::{ListRequest, Listing, Opener, RootFacts, Store};
use std::any::Any;
use std::sync::Arc;

/// One side's data as a store.
pub(crate) struct DataStore {
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) places: Arc<Places>,
    /// Reads LOWER's metastore: it says what is in scope, on either side.
    pub(crate) reader: Arc<Reader>,
    /// This side's metastore, where the mark is kept.
    pub(crate) catalogue: Arc<CatalogueStore>,
    /// The lane into UPPER; LOWER has none.
    pub(crate) lane: Option<Arc<dyn Lane>>,
    /// Of LOWER, where files are to be read from them.
    pub(crate) snapshots: Option<Arc<Snapshots>>,
}

impl Store for DataStore {
    fn facts(&self) -> Result<RootFacts> {
        let facts = self.catalogue.facts()?;
        Ok(RootFacts { system: "files of hive tables".into(), position: None, ..facts })
    }

    fn prove_writable(&self) -> Result<()> {
        self.places.prove_writable(&*self.opener)
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        let walk = PlaceWalk::new(Arc::clone(&self.places), Arc::clone(&self.reader))?;
        let lost = Lost { agreements: Arc::clone(&self.catalogue.agreements), held: is_file };
        Ok(Box::new(DataListing::new(request.side, Arc::clone(&self.opener), lost, walk)))
    }

    fn flush(&self) -> Result<()> {
        // HDFS acknowledges a file when its replicas hold it, and every lane closes its files; a
        // bucket's server answers when it holds an object.
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        lower.as_any().downcast_ref::<DataStore>()?;
        self.lane.clone()
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        self.places.sweep(&*self.opener, &self.catalogue.catalogue, page)
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        self.catalogue.read_mark()
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        self.catalogue.write_mark(mark)
    }

    fn stills(&self) -> Option<&dyn Stills> {
        self.snapshots.as_deref().map(|snapshots| snapshots as &dyn Stills)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
