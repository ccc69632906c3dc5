//! What the roots of a Hive move hold, and the URLs by which the engine knows them.

use crate::waves::Wave;
use boatlift_core::mover::Route;
use boatlift_core::side::Side;

/// What the roots of this mover begin with.
const SCHEME: &str = "hive";

/// What the roots of a group hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// Databases, tables, views, functions and partitions.
    Catalogue,
    /// What lies under them.
    Data,
    /// Where they point on UPPER.
    Locations,
}

impl Holding {
    /// In the order in which they are brought.
    pub(crate) const ALL: [Holding; 3] = [Holding::Catalogue, Holding::Data, Holding::Locations];

    /// The name of its group.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Holding::Catalogue => "catalogue",
            Holding::Data => "data",
            Holding::Locations => "locations",
        }
    }

    /// Its roots in a wave.
    pub(crate) fn route(self, wave: Wave) -> Route {
        let below = match wave.is_first() {
            true => String::new(),
            false => format!("/{}", wave.number() + 1),
        };
        let url = |side: &str| format!("{SCHEME}://{side}/{}{below}", self.word());
        Route { lower: url("lower"), upper: url("upper") }
    }

    /// Which side's root of which kind, and of the wave with which number, a URL names.
    pub(crate) fn of(url: &str) -> Option<(Side, Holding, usize)> {
        let rest = url.strip_prefix(SCHEME)?.strip_prefix("://")?;
        let (side, word) = rest.split_once('/')?;
        let side = match side {
            "lower" => Side::Lower,
            "upper" => Side::Upper,
            _ => return None,
        };
        let (word, wave) = match word.split_once('/') {
            None => (word, 0),
            Some((word, number)) => (word, number.parse::<usize>().ok()?.checked_sub(1)?),
        };
        let holding = Holding::ALL.into_iter().find(|holding| holding.word() == word)?;
        Some((side, holding, wave))
    }
}
