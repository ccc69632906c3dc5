//! The file systems of a Hive move: each side's own client configuration and login.

use crate::hive_buckets::HiveBuckets;
use crate::movefile::S3Sides;
use crate::opener::Stores;
use boatlift_core::lane::Lane;
use boatlift_core::side::Side;
use boatlift_core::store::{Opener, Store};
use boatlift_core::{Code, Error, Result};
use boatlift_mover_hive::check::{self, Condition};
use boatlift_mover_hive::config::{Cluster, HiveConfig};
use boatlift_mover_hive::grants::{self, Export};
use boatlift_mover_hive::locations::Locations;
use boatlift_mover_hive::{HiveMover, Logins};
use boatlift_stores::{HdfsOptions, HdfsStore, HdfsUrl, hdfs};
use std::sync::Arc;

/// The Hive move `name`, with what opens its roots.
///
/// # Errors
/// [`Code::ConfigValue`] when the configuration cannot be used.
pub(crate) fn hive_mover(config: &HiveConfig, s3: S3Sides, name: &str) -> Result<HiveMover> {
    let user = user();
    let logins = Arc::new(Logins::new(config));
    let stores = FileSystems::new(config, s3, &user, &logins)?;
    HiveMover::new(config.clone(), name, &user, &logins, Arc::new(stores))
}

/// What holds for a Hive move before it begins.
///
/// # Errors
/// [`Code::ConfigValue`] when the configuration cannot be used.
pub(crate) fn conditions(config: &HiveConfig, s3: S3Sides) -> Result<Vec<Condition>> {
    let user = user();
    let logins = Arc::new(Logins::new(config));
    let stores = FileSystems::new(config, s3, &user, &logins)?;
    check::examine(config, &user, &logins, Arc::new(stores))
}

/// The grants of LOWER, as Ranger's policies.
///
/// # Errors
/// When LOWER's metastore cannot be asked.
pub(crate) fn grants(config: &HiveConfig) -> Result<Export> {
    grants::read(config, &user(), &Arc::new(Logins::new(config)))
}

/// Whom unsecured servers are told to act for.
fn user() -> String {
    let named = |name: &str| std::env::var(name).ok().filter(|user| !user.is_empty());
    let user = ["HADOOP_USER_NAME", "USER", "LOGNAME"].into_iter().find_map(named);
    let is_root = rustix::process::getuid().is_root();
    user.unwrap_or_else(|| if is_root { "root".into() } else { "nobody".into() })
}

/// Opens `hdfs://` and `s3a://` URLs as a client of the side on which they lie, and all others
/// as ever.
struct FileSystems {
    locations: Locations,
    lower: HdfsOptions,
    upper: HdfsOptions,
    buckets: HiveBuckets,
    logins: Arc<Logins>,
}

impl FileSystems {
    fn new(config: &HiveConfig, s3: S3Sides, user: &str, logins: &Arc<Logins>) -> Result<Self> {
        let locations = Locations::new(config)
            .map_err(|why| Error::new(Code::ConfigValue, "cannot use").because(why))?;
        let options = |cluster: &Cluster| HdfsOptions {
            conf_dir: cluster.hadoop_conf.clone(),
            user: Some(cluster.user.clone().unwrap_or_else(|| user.to_owned())),
            ..HdfsOptions::default()
        };
        let (lower, upper) = (options(&config.lower), options(&config.upper));
        let buckets = HiveBuckets::new(s3);
        Ok(FileSystems { locations, lower, upper, buckets, logins: Arc::clone(logins) })
    }

    /// The side on which a URL lies; a third place is read, as LOWER's are.
    fn side_of(&self, url: &str) -> Side {
        self.locations.side_of(Side::Lower, url).unwrap_or(Side::Lower)
    }

    /// The URL as one of HDFS, with the options of its side.
    fn hdfs(&self, url: &str) -> Result<Option<(HdfsUrl, HdfsOptions)>> {
        if !HdfsUrl::is_one(url) {
            return Ok(None);
        }
        let side = self.side_of(url);
        let mut options = match side {
            Side::Lower => self.lower.clone(),
            Side::Upper => self.upper.clone(),
        };
        if let Some(login) = self.logins.of(side)? {
            // A user beside a login would be somebody else to act for.
            options.user = None;
            options.kerberos = Some(hdfs::Kerberos {
                principal: login.principal().to_owned(),
                keytab: None,
                cache: login.ccache().map(str::to_owned),
            });
        }
        Ok(Some((HdfsUrl::parse(url)?, options)))
    }
}

impl Opener for FileSystems {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        if let Some(folder) = HiveBuckets::url(url)? {
            return self.buckets.open(self.side_of(url), folder);
        }
        match self.hdfs(url)? {
            Some((url, options)) => Ok(HdfsStore::open(&url, &options)?),
            None => Stores::default().open(url),
        }
    }

    fn make(&self, url: &str) -> Result<()> {
        if let Some(folder) = HiveBuckets::url(url)? {
            return self.buckets.make(self.side_of(url), folder);
        }
        match self.hdfs(url)? {
            Some((url, options)) => HdfsStore::make(&url, &options),
            None => Stores::default().make(url),
        }
    }

    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
        Stores::default().lane(lower, upper)
    }
}
