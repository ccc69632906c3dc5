//! The harvest as a store: its rows as items under the keys of their clones.

use super::resolve::Resolver;
use super::sources::Sources;
use crate::collect::Collector;
use crate::harvest::{Harvest, Role, Row, Standing};
use crate::layout::Family;
use crate::place::Place;
use crate::report::Lists;
use boatlift_aws::s3::S3Url;
use boatlift_core::Timestamp;
use boatlift_core::digest::DIGEST_LEN;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::filter::Filter;
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Pace, Stopped};
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{ListRequest, Listed, Listing, RootFacts, Store};
use std::any::Any;
use std::sync::Arc;

/// Rows of one page.
const PAGE_ROWS: usize = 1_000;
/// Why an item that the filter does not take is not cloned.
const FILTERED: &str = "the filter leaves it out";

/// The objects of a harvest.
pub(crate) struct HarvestStore {
    pub(crate) collector: Arc<Collector>,
    pub(crate) sources: Arc<Sources>,
    /// The warehouse that they were found in, for people and for telling moves apart.
    pub(crate) about: String,
}

impl Store for HarvestStore {
    fn facts(&self) -> Result<RootFacts> {
        self.collector.prove_readable()?;
        Ok(RootFacts {
            resolved: self.about.clone(),
            device: self.about.clone(),
            system: "files of a redshift workload".into(),
            is_empty: false,
            sets_owners: false,
            free_bytes: None,
            position: None,
            ancestry: vec![self.about.clone()],
        })
    }

    fn prove_writable(&self) -> Result<()> {
        Ok(())
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        self.collector.collect(jiff::Timestamp::now())?;
        self.collector.harvest.reopen_failures()?;
        Ok(Box::new(HarvestListing {
            collector: Arc::clone(&self.collector),
            sources: Arc::clone(&self.sources),
            filter: request.filter,
            last: None,
            is_resolved: false,
        }))
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn lane_from(self: Arc<Self>, _: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        None
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn write_mark(&self, _: Option<&[u8]>) -> Result<()> {
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A listing of the rows, after all of them were found out about.
struct HarvestListing {
    collector: Arc<Collector>,
    sources: Arc<Sources>,
    filter: Arc<Filter>,
    last: Option<String>,
    is_resolved: bool,
}

impl Listing for HarvestListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        if !self.is_resolved {
            self.resolve(pace)?;
        }
        let harvest = &self.collector.harvest;
        let rows = harvest.page(self.last.as_deref(), PAGE_ROWS)?;
        let Some(last) = rows.last() else { return Ok(None) };
        pace.spend(Side::Lower, rows.len() as u64, 0)
            .map_err(|Stopped| Error::new(Code::Interrupted, "the listing was asked to stop"))?;
        self.last = Some(last.below.clone());
        let mut builder = PageBuilder::new();
        let mut filtered = Vec::new();
        for row in &rows {
            if !self.filter.takes_key(row.below.as_bytes()) {
                filtered.push((row.below.clone(), Some(FILTERED.to_owned())));
                continue;
            }
            let facets = facets(harvest, row)?;
            let lower = FacetsRef::checked(&facets);
            builder.push(&Entry { lower, ..Entry::new(Key::new(row.below.as_bytes())) });
        }
        harvest.note_outcomes(&filtered)?;
        Ok(Some(Listed::Page(builder.take())))
    }
}

impl HarvestListing {
    fn resolve(&mut self, pace: &dyn Pace) -> Result<()> {
        let (harvest, upper) = (&*self.collector.harvest, &self.collector.config.upper);
        let target = S3Url::parse(&upper.location)?;
        let target = Place::new(target.bucket, target.prefix);
        let (sources, layout) = (&*self.sources, upper.layout);
        Resolver { harvest, sources, layout, target: &target, pace }.resolve()?;
        refuse_collision(harvest, upper.lists)?;
        // The filter may be another than that of the last listing.
        harvest.forget_outcomes_of(FILTERED)?;
        self.is_resolved = true;
        Ok(())
    }
}

/// Two sources of one clone, or one whose clone would lie where our list of clones does:
/// nothing is cloned before a person has decided.
fn refuse_collision(harvest: &Harvest, lists: Lists) -> Result<()> {
    let refused = |because: String| {
        Err(Error::new(Code::ConfigValue, "cannot use").on("upper.layout").because(because))
    };
    if let Some((one, other)) = harvest.collision()? {
        return refused(format!(
            "the clones of {} and {} would both be {}; the layout `by-bucket` keeps them apart",
            one.candidate.place, other.candidate.place, one.below
        ));
    }
    for list in Family::ALL.map(|family| lists.file_of(family)) {
        if let Some(row) = harvest.row(list)? {
            return refused(format!(
                "the clone of {} would be {list}, which is the list of clones; the layout \
                 `by-bucket` keeps them apart",
                row.candidate.place
            ));
        }
    }
    Ok(())
}

/// What a row tells of its object. What cannot be cloned has the reason where a link has its
/// target, so that it never equals anything. A manifest has a hash over the names of what it
/// names and can be cloned, also in its version: its clone is another when one more can be, and
/// never an object with the same entity tag.
pub(super) fn facets(harvest: &Harvest, row: &Row) -> Result<Vec<u8>> {
    let mut encoded = Vec::with_capacity(96);
    match &row.standing {
        Some(Standing::There(kept)) => {
            let time = |seconds| Timestamp { seconds, nanoseconds: 0 };
            let mut facets = Facets {
                size: Some(kept.size),
                version: Some(kept.etag.as_bytes()),
                ctime: kept.modified.map(time),
                ..Facets::of(Kind::File)
            };
            if row.candidate.role != Role::Manifest {
                facets.encode(&mut encoded);
                return Ok(encoded);
            }
            let named = named(harvest, row)?;
            let version = [kept.etag.as_bytes(), b"+", &named[..]].concat();
            facets.version = Some(&version);
            facets.attributes = Some(named);
            facets.encode(&mut encoded);
        }
        standing => {
            let reason = standing.as_ref().map(ToString::to_string).unwrap_or_default();
            Facets { target: Some(reason.as_bytes()), ..Facets::of(Kind::File) }
                .encode(&mut encoded);
        }
    }
    Ok(encoded)
}

/// A hash over the names of what a manifest names and can be cloned.
fn named(harvest: &Harvest, manifest: &Row) -> Result<[u8; DIGEST_LEN]> {
    let mut hasher = blake3::Hasher::new();
    let mut last: Option<String> = None;
    loop {
        let rows = harvest.named(manifest, last.as_deref(), PAGE_ROWS)?;
        let Some(row) = rows.last() else { return Ok(hasher.finalize().into()) };
        last = Some(row.below.clone());
        for row in &rows {
            hasher.update(&(row.below.len() as u64).to_le_bytes()).update(row.below.as_bytes());
        }
    }
}
