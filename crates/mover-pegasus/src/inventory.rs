//! Both clusters as stores: a table and each of its partitions are items.
//!
//! UPPER has a table when LOWER ships to it, and a partition when that lags no more than the
//! settings allow. Rows are no items: LOWER carries them.

use crate::cluster::Clusters;
use crate::config::{Mode, PegasusConfig};
use crate::copy;
use crate::cutover;
use crate::duplication;
use crate::failures::failed;
use crate::plan::About;
use crate::positions;
use crate::preflight;
use crate::throttle;
use boatlift_clients::pegasus::structs::{AppInfo, DuplicationStatus};
use boatlift_clients::zookeeper::Nodes;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Pace, Stopped};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{ListRequest, Listed, Listing, RootFacts, Store};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a move knows of itself: shared by its stores, its lane and its cutover.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clusters: Clusters,
    pub(crate) config: PegasusConfig,
    /// The move's state directory, if it has one.
    pub(crate) state: Option<PathBuf>,
    /// ZooKeeper, where entries there lead clients.
    pub(crate) nodes: Option<Arc<dyn Nodes>>,
}

/// The tables of one side.
pub(crate) struct TablesStore {
    pub(crate) side: Side,
    pub(crate) shared: Arc<Shared>,
}

impl TablesStore {
    /// What this side has, as keys and versions.
    async fn items(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        if self.shared.config.mode == Mode::Copy {
            return copy::items(&self.shared, self.side).await;
        }
        let lower_name = self.shared.clusters.lower.name().await?;
        let mut items = BTreeMap::new();
        for table in &self.shared.config.tables {
            let app = self.shared.clusters.lower.table_there(table).await?;
            let version = version(&lower_name, &app);
            let partitions = match self.side {
                Side::Lower => Some((0..u32::try_from(app.partition_count).unwrap_or(0)).collect()),
                Side::Upper => self.in_step(&app, &lower_name).await?,
            };
            let Some(partitions) = partitions else { continue };
            items.insert(About { table, partition: None }.key(), version.clone());
            for partition in partitions {
                let about = About { table, partition: Some(partition) };
                items.insert(about.key(), version.clone());
            }
        }
        Ok(items)
    }

    /// Where the engine's record of this side is kept.
    fn mark(&self) -> Option<PathBuf> {
        let name = if self.side == Side::Lower { "lower.mark" } else { "upper.mark" };
        self.shared.state.as_ref().map(|state| state.join(name))
    }

    /// Partitions that UPPER has, as far as the settings ask; `None` while LOWER does not ship.
    async fn in_step(&self, app: &AppInfo, lower_name: &str) -> Result<Option<BTreeSet<u32>>> {
        let clusters = &self.shared.clusters;
        let found = duplication::find(clusters, &app.app_name).await?;
        let entry = found.filter(|entry| entry.status == DuplicationStatus::Log);
        let upper = clusters.upper.table(&app.app_name).await?;
        let (Some(entry), Some(upper)) = (entry, upper) else { return Ok(None) };
        if duplication::objection(&entry, Some(&upper), lower_name).is_some() {
            return Ok(None);
        }
        let positions = positions::of_table(&clusters.lower, app.app_id, entry.dupid).await;
        let positions = positions.map_err(failed("cannot ask how far partitions are"))?;
        let max = self.shared.config.duplication.max_lag;
        let near = positions.iter().filter(|(_, at)| at.lag().is_some_and(|lag| lag <= max));
        Ok(Some(near.map(|(partition, _)| *partition).collect()))
    }
}

/// Writes a small file in place of an older one, durably.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, bytes)?;
    std::fs::File::open(&new)?.sync_all()?;
    std::fs::rename(&new, path)
}

fn unkept(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::StateIo, "cannot keep the mark of a cluster in")
        .on(path.display())
        .because(error)
}

/// What tells a table from another of its name, one that was dropped and made again.
fn version(lower_name: &str, app: &AppInfo) -> Vec<u8> {
    format!("{lower_name}/{}/{}", app.app_id, app.partition_count).into_bytes()
}

/// The facets of an item, encoded: all of it is its version.
pub(crate) fn facets(version: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Facets { version: Some(version), ..Facets::of(Kind::File) }.encode(&mut out);
    out
}

impl Store for TablesStore {
    fn facts(&self) -> Result<RootFacts> {
        let cluster = self.shared.clusters.of(self.side);
        let (name, version) = self.shared.clusters.wait(async {
            let name = cluster.name().await?;
            let version = cluster.meta.leader().version().await;
            let version = version.map_err(failed("cannot ask a meta server for its version"))?;
            Ok::<_, Error>((name, version.version))
        })?;
        Ok(RootFacts {
            resolved: format!("{} (`{name}`)", self.shared.config.metas(self.side)),
            device: name.clone(),
            system: format!("pegasus {version}"),
            is_empty: false,
            sets_owners: false,
            free_bytes: None,
            position: None,
            ancestry: vec![name],
        })
    }

    fn examine(&self) -> Result<()> {
        preflight::demand(&self.shared.clusters.wait(async {
            let mut all = preflight::of_mode(&self.shared).await?;
            all.extend(cutover::entries_stand(&self.shared).await?);
            Ok::<_, Error>(all)
        })?)
    }

    /// Nothing of ours is written to a cluster. What a run that died had changed there goes back.
    fn prove_writable(&self) -> Result<()> {
        self.shared.clusters.wait(throttle::end(&self.shared))
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        let items = self.shared.clusters.wait(self.items())?;
        let taken = items.iter().filter(|(key, _)| request.filter.takes_key(key.as_bytes()));
        let mut pages = Vec::new();
        let mut builder = PageBuilder::new();
        for (key, version) in taken {
            let facets = facets(version);
            let told = FacetsRef::checked(&facets);
            let (lower, upper) = match request.side {
                Side::Lower => (told, None),
                Side::Upper => (None, told),
            };
            builder.push(&Entry { lower, upper, ..Entry::new(Key::new(key.as_bytes())) });
            if builder.is_full() {
                pages.push(builder.take());
            }
        }
        if !builder.is_empty() {
            pages.push(builder.take());
        }
        Ok(Box::new(Pages { side: request.side, pages: pages.into_iter() }))
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn lane_from(self: Arc<Self>, _: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        None
    }

    /// There is no place on a cluster for a record of ours: it is kept with the move's state.
    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        let Some(path) = self.mark() else { return Ok(None) };
        match std::fs::read(&path) {
            Ok(mark) => Ok(Some(mark)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unkept(&path, &error)),
        }
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        let Some(path) = self.mark() else { return Ok(()) };
        let written = match mark {
            Some(mark) => write_whole(&path, mark),
            None => match std::fs::remove_file(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            },
        };
        written.map_err(|error| unkept(&path, &error))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A listing that was read at once: there are no more partitions than a cluster can hold.
struct Pages {
    side: Side,
    pages: std::vec::IntoIter<Page>,
}

impl Listing for Pages {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        let Some(page) = self.pages.next() else { return Ok(None) };
        pace.spend(self.side, page.len() as u64, 0)
            .map_err(|Stopped| Error::new(Code::Interrupted, "the listing was asked to stop"))?;
        Ok(Some(Listed::Page(page)))
    }
}
