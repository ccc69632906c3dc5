//! The listing of the exchange: where tables and partitions point, or should point.

use crate::catalog::{Describe, Object, Walk, Walked, is_view, location};
use crate::classify::Standing;
use crate::kept::Keeping;
use boatlift_clients::metastore::Table;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::lane::Pace;
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{Listed, Listing};
use std::sync::Arc;

/// Entries of a page.
const PAGE_ITEMS: usize = 1024;

/// A listing of where things point on one side.
pub(super) struct ExchangeListing {
    pub(super) walk: Walk,
    pub(super) side: Side,
    pub(super) describe: Arc<Describe>,
    pub(super) held: Option<Listed>,
    /// Keeps what is read of LOWER for the reports.
    pub(super) keeping: Option<Keeping>,
}

impl ExchangeListing {
    /// What is to be told of an object. On LOWER that is its place on UPPER.
    fn told(&self, object: &Object) -> Option<Vec<u8>> {
        let (table, kind, location) = match object {
            Object::Table(table) => (table, Kind::Directory, location(&**table)?),
            Object::Partition(table, partition) => (table, Kind::File, location(&**partition)?),
            _ => return None,
        };
        if is_view(table) {
            return None;
        }
        match self.side {
            Side::Upper => self.is_adopted(object).then(|| facets_of(kind, Some(location))),
            Side::Lower => self.wanted(table, location).map(|at| facets_of(kind, Some(&at))),
        }
    }

    /// Whether readers on UPPER are led to UPPER's storage: what still points at LOWER has no
    /// location on UPPER to list. A table whose purge was taken off is not done either.
    fn is_adopted(&self, object: &Object) -> bool {
        match object {
            Object::Table(table) => {
                self.describe.is_adopted(&**table) && !self.describe.lacks_purge(table)
            }
            Object::Partition(_, partition) => self.describe.is_adopted(&**partition),
            Object::Database(_) | Object::Function(_) => false,
        }
    }

    fn wanted(&self, table: &Table, location: &str) -> Option<String> {
        let translator = &self.describe.translator;
        let carried = matches!(translator.standing(table), Standing::Carry(_));
        carried.then(|| translator.locations().to_upper(location).ok()).flatten()
    }
}

impl Listing for ExchangeListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        let mut builder = PageBuilder::new();
        while builder.len() < PAGE_ITEMS && !builder.is_full() {
            match self.walk.next()? {
                None => break,
                Some(Walked::Hole(hole)) => {
                    self.held = Some(Listed::Hole(hole));
                    break;
                }
                Some(Walked::AsAgreed(..)) => {}
                Some(Walked::Object(key, object)) => {
                    let Some(facets) = self.told(&object) else { continue };
                    if let Some(keeping) = &mut self.keeping {
                        keeping.push(key.as_key(), object.as_raw());
                    }
                    let facets = FacetsRef::checked(&facets);
                    let entry = Entry::new(key.as_key());
                    builder.push(&match self.side {
                        Side::Lower => Entry { lower: facets, ..entry },
                        Side::Upper => Entry { upper: facets, ..entry },
                    });
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

/// Facets that say where something points.
pub(super) fn facets_of(kind: Kind, location: Option<&str>) -> Vec<u8> {
    let hash = blake3::hash(location.unwrap_or_default().trim_end_matches('/').as_bytes());
    let mut out = Vec::new();
    Facets { attributes: Some(*hash.as_bytes()), ..Facets::of(kind) }.encode(&mut out);
    out
}
