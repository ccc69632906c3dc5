//! The mover: what a warehouse touched, and its clones.

use crate::catalogues::Catalogues;
use crate::clones::Clones;
use crate::collect::{Collected, Collector};
use crate::config::RedshiftConfig;
use crate::glue::CatalogueStore;
use crate::harvest::{FILE_NAME, Harvest, Span};
use crate::layout::Family;
use crate::objects::{Agreed, HarvestStore, ObjectsLane, Sources};
use crate::place::Place;
use crate::plan;
use crate::policy;
use crate::rights;
use boatlift_aws::s3::{Form, S3Store, S3Url};
use boatlift_core::digest::Digest;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, Kind};
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Step};
use boatlift_core::mover::{Agreements, Group, Mover, Route, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::Policy;
use boatlift_core::side::Side;
use boatlift_core::store::{Opener, Store};
use jiff::Timestamp;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// What LOWER's roots begin with.
const SCHEME: &str = "redshift://";
/// What the roots of the Data Catalog begin with.
const CATALOGUE: &str = "glue://";

/// A move of what a Redshift workload touched.
pub struct RedshiftMover {
    name: String,
    collector: Arc<Collector>,
    sources: Arc<Sources>,
    agreements: Agreed,
}

impl RedshiftMover {
    /// The move `name` that `config` describes, with its harvest in a state directory; without one it
    /// is empty, and forgotten. Nothing is connected to yet.
    ///
    /// # Errors
    /// Errors of the harvest's file; [`boatlift_core::Code::ConfigValue`] for another layout.
    pub fn new(config: RedshiftConfig, name: &str, state: Option<&Path>) -> Result<RedshiftMover> {
        let path = state.map_or_else(|| ":memory:".into(), |state| state.join(FILE_NAME));
        let window = &config.window;
        let window = Span { from: window.start.0, until: window.end.map(|end| end.0) };
        let harvest = Arc::new(Harvest::open(&path, config.upper.layout, &window)?);
        let sources = Arc::new(Sources::new(config.lower.objects()));
        Ok(RedshiftMover {
            name: name.to_owned(),
            collector: Arc::new(Collector { config, harvest }),
            sources,
            agreements: Agreed::default(),
        })
    }

    /// Reads what the views tell since the last reading, as far as `now` or the end of the
    /// window. A run does so by itself.
    ///
    /// # Errors
    /// Errors of the warehouse and of the harvest.
    pub fn collect(&self, now: Timestamp) -> Result<Collected> {
        self.collector.collect(now)
    }

    /// The harvest, for reports.
    #[must_use]
    pub fn harvest(&self) -> &Arc<Harvest> {
        &self.collector.harvest
    }

    /// Where the clones lie.
    ///
    /// # Errors
    /// [`boatlift_core::Code::RootUnsupported`] when it is no place in S3.
    pub fn target(&self) -> Result<Place> {
        let url = S3Url::parse(&self.collector.config.upper.location)?;
        Ok(Place::new(url.bucket, url.prefix))
    }

    /// Puts the list of a family beside its clones, where the External Object Replicator's
    /// users look for it, and reads it back. It is never in memory as a whole.
    ///
    /// # Errors
    /// When the list cannot be read, or the target not be written.
    pub fn hand_out(&self, family: Family, list: &Path) -> Result<()> {
        let unreadable =
            |error| Error::new(Code::StateIo, "cannot read").on(list.display()).because(error);
        let upper = &self.collector.config.upper;
        let url = S3Url::parse(&upper.location)?;
        let store = S3Store::open(&url, &upper.objects(), Form::Objects)?;
        let key = Key::new(upper.lists.file_of(family).as_bytes());
        let mut text = File::open(list).map_err(unreadable)?;
        let size = text.metadata().map_err(unreadable)?.len();
        let facets = Facets { size: Some(size), ..Facets::of(Kind::File) };
        let written = store.write(key, &facets, &mut text)?;
        // Both are hashed as they pass: a list has a line for each object.
        let mut there = store.read(key)?.body;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut there).map_err(|error| {
            Error::new(Code::ReadFailed, "cannot read back").on(key).because(error)
        })?;
        match Digest::Blake3(hasher.finalize().into()) == written {
            true => Ok(()),
            false => Err(Error::new(Code::WriteFailed, "cannot write the list of objects to")
                .on(key)
                .because("what is there is not what was written")),
        }
    }

    /// The least rights that the move needs, by what is known of it: LOWER's policy and
    /// UPPER's.
    ///
    /// # Errors
    /// Errors of the harvest.
    pub fn policies(&self) -> Result<[serde_json::Value; 2]> {
        let (config, harvest) = (&self.collector.config, &self.collector.harvest);
        let wanted = rights::wanted(config, harvest, self.target()?)?;
        Ok([policy::lower(&wanted), policy::upper(&wanted)])
    }

    /// Opens the roots of this mover.
    #[must_use]
    pub fn opener(&self, stores: Arc<dyn Opener>) -> Arc<dyn Opener> {
        let (collector, sources) = (Arc::clone(&self.collector), Arc::clone(&self.sources));
        let (name, catalogues) = (self.name.clone(), Catalogues::default());
        let agreements = Arc::clone(&self.agreements);
        Arc::new(RedshiftOpener { name, collector, sources, agreements, catalogues, stores })
    }

    fn route(&self) -> Route {
        let config = &self.collector.config;
        Route {
            lower: format!("{SCHEME}{}", config.lower.endpoint),
            upper: config.upper.location.clone(),
        }
    }
}

impl Mover for RedshiftMover {
    fn name(&self) -> &'static str {
        "redshift"
    }

    fn groups(&self) -> Vec<Group> {
        let group = |name: &str, route| Group {
            name: name.to_owned(),
            routes: vec![route],
            remakes: false,
        };
        let mut groups = vec![group("objects", self.route())];
        if self.collector.config.catalogue.is_some() {
            let url = |side| format!("{CATALOGUE}{side}").to_lowercase();
            let route = Route { lower: url(Side::Lower), upper: url(Side::Upper) };
            groups.push(group("catalogue", route));
        }
        groups
    }

    fn stages(&self, group: u32) -> &'static [Stage] {
        plan::stages(group)
    }

    fn step(&self, group: u32, stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
        plan::step(group, stage, entry, policy)
    }

    fn attach(&self, agreements: Arc<dyn Agreements>) {
        // A mover is of one move, and attached once.
        let _ = self.agreements.set(agreements);
    }
}

/// Opens the roots of a Redshift move.
struct RedshiftOpener {
    name: String,
    catalogues: Catalogues,
    agreements: Agreed,
    collector: Arc<Collector>,
    sources: Arc<Sources>,
    stores: Arc<dyn Opener>,
}

impl Opener for RedshiftOpener {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        if let Some(about) = url.strip_prefix(SCHEME) {
            return Ok(Arc::new(HarvestStore {
                collector: Arc::clone(&self.collector),
                sources: Arc::clone(&self.sources),
                about: about.to_owned(),
            }));
        }
        let config = &self.collector.config;
        if let (Some(side), Some(settings)) = (url.strip_prefix(CATALOGUE), &config.catalogue) {
            let side = if side == "lower" { Side::Lower } else { Side::Upper };
            let target = S3Url::parse(&config.upper.location)?;
            let target = Place::new(target.bucket, target.prefix);
            let harvest = &self.collector.harvest;
            let clones = Clones {
                harvest: Arc::clone(harvest),
                layout: config.upper.layout,
                target,
                agreements: Arc::clone(&self.agreements),
            };
            let about = (harvest, clones);
            return Ok(self.catalogues.of(side, settings, config, &self.name, about)?);
        }
        let upper = &config.upper;
        match url == upper.location {
            true => {
                let url = S3Url::parse(url)?;
                Ok(S3Store::open(&url, &upper.objects(), Form::Objects)?)
            }
            false => self.stores.open(url),
        }
    }

    fn make(&self, _: &str) -> Result<()> {
        // A folder of a bucket is there when something is in it.
        Ok(())
    }

    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
        if upper.as_any().is::<CatalogueStore>()
            && let Some(lane) = Arc::clone(&upper).lane_from(Arc::clone(&lower))
        {
            return lane;
        }
        let clones = upper.as_any().downcast_ref::<S3Store>();
        match clones.filter(|_| lower.as_any().is::<HarvestStore>()) {
            Some(clones) => Arc::new(ObjectsLane::new(
                Arc::clone(&self.collector.harvest),
                Arc::clone(&self.sources),
                (Arc::clone(&upper), clones),
                Arc::clone(&self.agreements),
                self.collector.config.upper.layout,
            )),
            None => self.stores.lane(lower, upper),
        }
    }
}
