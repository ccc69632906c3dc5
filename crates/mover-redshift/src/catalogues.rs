//! Both sides' Data Catalogs in a move: opened once, when the first root is asked for.

use crate::clones::{Clones, Found};
use crate::config::{Catalogue, RedshiftConfig};
use crate::glue::{CatalogueOptions, CatalogueStore, Relocation, Selecting, stores};
use crate::harvest::Harvest;
use crate::queried;
use boatlift_aws::glue::Glue;
use boatlift_aws::session::Session;
use boatlift_core::{Result, Side};
use std::sync::{Arc, Mutex, PoisonError};

/// Parts in which a table's partitions are listed at the same time.
const SEGMENTS: u8 = 4;
/// Tables that are read or carried at the same time.
const CONNECTIONS: usize = 8;

type Both = (Arc<CatalogueStore>, Arc<CatalogueStore>);

/// Both sides' catalogues.
#[derive(Default)]
pub(crate) struct Catalogues {
    opened: Mutex<Option<Both>>,
}

impl Catalogues {
    /// The catalogue of a side.
    ///
    /// # Errors
    /// When the accounts' options cannot be used, or two databases would become one.
    pub(crate) fn of(
        &self,
        side: Side,
        settings: &Catalogue,
        config: &RedshiftConfig,
        move_name: &str,
        (harvest, clones): (&Arc<Harvest>, Clones),
    ) -> Result<Arc<CatalogueStore>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_none() {
            let client = |account| Glue::new(&Session::open(account)?, None);
            let lower = settings.lower.clone().unwrap_or_else(|| config.lower.account());
            let upper = settings.upper.clone().unwrap_or_else(|| config.upper.aws.clone());
            let options = CatalogueOptions {
                move_name: move_name.to_owned(),
                selection: selecting(config, harvest),
                names: settings.database_names(),
                relocation: relocation(clones),
                statistics: settings.statistics(),
                segments: SEGMENTS,
                connections: CONNECTIONS,
            };
            let (lower, upper, _) = stores(client(&lower)?, client(&upper)?, options)?;
            *opened = Some((lower, upper));
        }
        let both = opened.as_ref().map(|(lower, upper)| match side {
            Side::Lower => Arc::clone(lower),
            Side::Upper => Arc::clone(upper),
        });
        Ok(both.expect("it was opened above"))
    }
}

/// What is selected grows with the harvest.
fn selecting(config: &RedshiftConfig, harvest: &Arc<Harvest>) -> Selecting {
    let (harvest, config) = (Arc::clone(harvest), config.clone());
    Selecting::new(move || queried::selection(&harvest, &config))
}

/// A location has a clone when it is an object that has one, or a folder of which all that was
/// touched has.
fn relocation(clones: Clones) -> Relocation {
    Relocation::telling(move |place| match clones.of_location(place) {
        Found::Clone(clone, _) => Ok(clone),
        Found::Stays(why) => {
            tracing::info!(%place, why, "a location stays as it is");
            Err(why)
        }
    })
}
