//! One side's data as a store. Its files are carried by the lane of the data alone.

use super::listing::DataListing;
use super::places::{PlaceWalk, Places};
use crate::catalog::{CatalogueStore, Reader};
use boatlift_core::Digest;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef};
use boatlift_core::key::Key;
use boatlift_core::lane::Lane;
use boatlift_core::page::Page;
use boatlift_core::store::{Content, Detail, ListRequest, Listing, Opener, RootFacts, Store};
use std::any::Any;
use std::io::Read;
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
        Ok(Box::new(DataListing::new(request.side, Arc::clone(&self.opener), walk)))
    }

    fn look(&self, key: Key<'_>, _: Detail) -> Result<Option<Vec<u8>>> {
        Err(not_alone("cannot look alone at", key))
    }

    fn read(&self, key: Key<'_>) -> Result<Content<'_>> {
        Err(not_alone("cannot read alone", key))
    }

    fn write(&self, key: Key<'_>, _: &Facets<'_>, _: &mut dyn Read) -> Result<Digest> {
        Err(not_alone("cannot write alone", key))
    }

    fn remove(&self, key: Key<'_>, _: FacetsRef<'_>) -> Result<()> {
        Err(not_alone("cannot remove alone", key))
    }

    fn flush(&self) -> Result<()> {
        // HDFS acknowledges a file when its replicas hold it, and every lane closes its files.
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        lower.as_any().downcast_ref::<DataStore>()?;
        self.lane.clone()
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        self.places.sweep(&*self.opener, page)
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

fn not_alone(tried: &str, key: Key<'_>) -> Error {
    Error::new(Code::Bug, tried).on(key).because("files of tables go by their lane")
}
