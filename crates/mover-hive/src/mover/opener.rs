//! Opens the roots of a Hive move: each names a side, what it holds and a wave.

use super::System;
use crate::check::refuse_unlinked;
use crate::holding::Holding;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Lane;
use boatlift_core::side::Side;
use boatlift_core::store::{Opener, Store};
use std::sync::Arc;

/// Opens the roots of a Hive move.
pub(super) struct HiveOpener {
    pub(super) waves: Vec<Arc<System>>,
}

impl Opener for HiveOpener {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        let Some((side, holding, wave)) = Holding::of(url) else {
            return self.waves[0].stores.open(url);
        };
        let missing = || Error::new(Code::Bug, "there is no such wave:").on(url);
        let system = self.waves.get(wave).ok_or_else(missing)?;
        match holding {
            Holding::Catalogue => {
                if side == Side::Upper {
                    refuse_unlinked(&system.config, &system.logins)?;
                }
                Ok(system.catalogue(side)?)
            }
            Holding::Data => system.data(side),
            Holding::Locations => Ok(system.locations(side)?),
        }
    }

    fn make(&self, url: &str) -> Result<()> {
        match Holding::of(url) {
            None => self.waves[0].stores.make(url),
            Some(_) => Ok(()),
        }
    }

    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
        self.waves[0].stores.lane(lower, upper)
    }
}
