//! The roots of the data and of the exchange, and the lanes between them.

use super::System;
use crate::catalog::Order;
use crate::data::{DataLane, DataStore, Orphans, Places, Users};
use crate::distcp::DistCpLane;
use crate::exchange::{Carried, Exchange, ExchangeLane, ExchangeStore};
use crate::rows::{Rows, RowsLane, RowsStore};
use boatlift_core::error::Result;
use boatlift_core::lane::Lane;
use boatlift_core::mover::Agreements;
use boatlift_core::side::Side;
use boatlift_core::store::{Opener, Store};
use std::sync::{Arc, Mutex};

impl System {
    pub(super) fn orphans(&self, agreements: &Arc<dyn Agreements>) -> Orphans {
        // Tables of other waves may need the same places.
        let all_of = |side| self.reader(side, Order::Keys, None);
        Orphans {
            opener: Arc::clone(&self.stores),
            translator: Arc::clone(&self.translator),
            agreements: Arc::clone(agreements),
            users: Users {
                places: self.places(),
                lower: all_of(Side::Lower),
                upper: all_of(Side::Upper),
            },
            needed: Mutex::default(),
        }
    }

    fn places(&self) -> Arc<Places> {
        let (lower, translator) = (Arc::clone(&self.lower), Arc::clone(&self.translator));
        Arc::new(Places { lower, translator })
    }

    fn exchange(&self) -> Result<Arc<Exchange>> {
        Ok(Arc::new(Exchange {
            upper: Arc::clone(&self.upper),
            describe: Arc::clone(&self.describe),
            places: self.places(),
            opener: Arc::clone(&self.stores),
            agreements: self.agreements()?,
            carried: self.carried(),
        }))
    }

    pub(super) fn carried(&self) -> Carried {
        match self.rows {
            None => Carried::Files,
            Some(_) => Carried::Rows,
        }
    }

    pub(super) fn data(&self, side: Side) -> Result<Arc<dyn Store>> {
        match &self.rows {
            None => Ok(self.files(side)?),
            Some(rows) => Ok(self.row_store(side, rows)?),
        }
    }

    fn row_store(&self, side: Side, rows: &Rows) -> Result<Arc<RowsStore>> {
        let lane = match side {
            Side::Lower => None,
            Side::Upper => Some(Arc::new(RowsLane {
                opener: Arc::clone(&self.stores),
                places: self.places(),
                exchange: self.exchange()?,
                server: Arc::clone(&rows.upper),
                ways: Arc::clone(&rows.ways),
                prefix: self.config.storage.staging.database_prefix.clone(),
            })),
        };
        Ok(Arc::new(RowsStore {
            opener: Arc::clone(&self.stores),
            places: self.places(),
            reader: self.reader(Side::Lower, Order::Directories, Some(self.wave)),
            catalogue: self.catalogue(side)?,
            system: rows.ways.describe(side),
            lane,
        }))
    }

    fn files(&self, side: Side) -> Result<Arc<DataStore>> {
        let lane = match side {
            Side::Lower => None,
            Side::Upper => Some(self.data_lane()?),
        };
        Ok(Arc::new(DataStore {
            opener: self.source(),
            places: self.places(),
            // LOWER's metastore says what there is, on either side.
            reader: self.reader(Side::Lower, Order::Directories, Some(self.wave)),
            catalogue: self.catalogue(side)?,
            lane,
            snapshots: self.snapshots.clone().filter(|_| side == Side::Lower),
        }))
    }

    /// What opens the places of files that are copied: LOWER's in a snapshot while one is held.
    fn source(&self) -> Arc<dyn Opener> {
        match &self.snapshots {
            None => Arc::clone(&self.stores),
            Some(snapshots) => Arc::clone(snapshots) as Arc<dyn Opener>,
        }
    }

    /// The way that files go: as the strategy says.
    fn data_lane(&self) -> Result<Arc<dyn Lane>> {
        let data = Arc::new(DataLane {
            opener: self.source(),
            places: self.places(),
            exchange: self.exchange()?,
        });
        let strategy = self.config.storage.distcp.path_strategy;
        Ok(match &self.jobs {
            None => data,
            Some(jobs) => Arc::new(DistCpLane { data, jobs: Arc::clone(jobs), strategy }),
        })
    }

    pub(super) fn locations(&self, side: Side) -> Result<Arc<ExchangeStore>> {
        let lane = match side {
            Side::Lower => None,
            Side::Upper => Some(Arc::new(ExchangeLane {
                exchange: self.exchange()?,
                batch: self.config.batch as usize,
            })),
        };
        Ok(Arc::new(ExchangeStore {
            catalogue: self.catalogue(side)?,
            reader: self.reader(side, Order::Keys, Some(self.wave)),
            lane,
        }))
    }
}
