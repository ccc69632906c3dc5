//! The servers that carry rows, as the configuration asks for them.

use super::export::Exporter;
use super::way::{Sizes, Ways};
use crate::config::{HiveConfig, Stage, Strategy};
use crate::hive_server::HiveServer;
use crate::logins::Logins;
use boatlift_core::error::Result;
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use std::sync::Arc;

/// The servers that carry rows.
#[derive(Clone)]
pub(crate) struct Rows {
    /// UPPER's HiveServer2.
    pub(crate) upper: Arc<HiveServer>,
    pub(crate) ways: Arc<Ways>,
}

impl Rows {
    /// What the storage stage of a move needs; `None` when it carries files. Nothing is
    /// connected yet.
    ///
    /// # Errors
    /// [`boatlift_core::Code::ConfigValue`] when a HiveServer2 is missing or cannot be used.
    pub(crate) fn of(
        config: &HiveConfig,
        user: &str,
        logins: &Arc<Logins>,
        opener: &Arc<dyn Opener>,
    ) -> Result<Option<Rows>> {
        if config.stage != Stage::Storage {
            return Ok(None);
        }
        let exporter = || -> Result<Exporter> {
            Ok(Exporter {
                server: HiveServer::new(Side::Lower, &config.lower, user, logins)?,
                namespace: config.lower.namespace.clone(),
                staging: config.storage.staging.clone(),
                opener: Arc::clone(opener),
            })
        };
        let ways = match config.storage.strategy {
            Strategy::Copy | Strategy::Distcp => return Ok(None),
            Strategy::Sql => Ways::Sql,
            Strategy::ExportImport => Ways::Export(exporter()?),
            Strategy::Hybrid => Ways::Hybrid(Sizes::new(config.storage.hybrid), exporter()?),
        };
        let upper = Arc::new(HiveServer::new(Side::Upper, &config.upper, user, logins)?);
        Ok(Some(Rows { upper, ways: Arc::new(ways) }))
    }
}
