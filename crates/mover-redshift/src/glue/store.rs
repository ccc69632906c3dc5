//! A Data Catalog as a store. Objects are carried by the lane of the catalogue alone; they
//! have no content to be read or written as bytes.

use super::catalogue::{Catalogue, Terms};
use super::lane::CatalogueLane;
use super::listing::CatalogueListing;
use super::mark;
use super::options::CatalogueOptions;
use super::review::Review;
use boatlift_aws::glue::Glue;
use boatlift_core::store::{ListRequest, Listing, RootFacts};
use boatlift_core::{Lane, Result, Side, Store};
use std::any::Any;
use std::sync::Arc;

/// One side's catalogue as a store.
pub struct CatalogueStore {
    catalogue: Arc<Catalogue>,
    /// The lane into UPPER; LOWER has none.
    lane: Option<Arc<CatalogueLane>>,
}

/// Both sides of a clone as stores, LOWER's first, and what would be done between them.
/// Nothing is asked of either yet.
///
/// # Errors
/// When two databases would fall into one.
pub fn stores(
    lower: Glue,
    upper: Glue,
    options: CatalogueOptions,
) -> Result<(Arc<CatalogueStore>, Arc<CatalogueStore>, Review)> {
    let terms = Arc::new(Terms::new(options, lower.place() == upper.place()));
    terms.select()?;
    let side = |side, glue| Arc::new(Catalogue { side, glue, terms: Arc::clone(&terms) });
    let (lower, upper) = (side(Side::Lower, lower), side(Side::Upper, upper));
    let lane = CatalogueLane { lower: Arc::clone(&lower), upper: Arc::clone(&upper) };
    let review = Review { lower: Arc::clone(&lower), upper: Arc::clone(&upper) };
    let lower = CatalogueStore { catalogue: lower, lane: None };
    let upper = CatalogueStore { catalogue: upper, lane: Some(Arc::new(lane)) };
    Ok((Arc::new(lower), Arc::new(upper), review))
}

impl CatalogueStore {
    /// The databases that this side is about, by its own names.
    fn about(&self) -> String {
        let selection = self.catalogue.terms.selection();
        let databases = selection.databases.keys();
        let names: Vec<String> = databases.map(|name| self.catalogue.name_of(name)).collect();
        names.join(",")
    }

    /// Whether nothing is selected, and so nothing is asked of the service: who has no external
    /// tables may have no right to ask.
    fn is_idle(&self) -> bool {
        let selection = self.catalogue.terms.selection();
        selection.databases.is_empty() && selection.elsewhere.is_empty()
    }

    /// The record of this move: a follower's selection grows, its name does not.
    fn record(&self) -> &str {
        &self.catalogue.terms.move_name
    }
}

impl Store for CatalogueStore {
    fn facts(&self) -> Result<RootFacts> {
        let device = self.catalogue.glue.place().to_owned();
        Ok(RootFacts {
            resolved: format!("{device}: {}", self.about()),
            // One catalogue may hold both sides, in other databases.
            ancestry: vec![format!("{device}#{}", self.catalogue.side)],
            device,
            system: "glue".into(),
            is_empty: false,
            sets_owners: true,
            free_bytes: None,
            position: None,
        })
    }

    fn prove_writable(&self) -> Result<()> {
        // Taking UPPER writes the mark; there is no smaller change to try.
        Ok(())
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        self.catalogue.terms.select()?;
        Ok(Box::new(CatalogueListing::new(Arc::clone(&self.catalogue), request)))
    }

    fn flush(&self) -> Result<()> {
        // The service answers a call when it holds what was written.
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        lower.as_any().downcast_ref::<CatalogueStore>()?;
        let lane = self.lane.clone()?;
        Some(lane)
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        if self.is_idle() {
            return Ok(None);
        }
        mark::read(&self.catalogue.glue, self.record())
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        if self.is_idle() {
            return Ok(());
        }
        mark::write(&self.catalogue.glue, self.record(), mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
