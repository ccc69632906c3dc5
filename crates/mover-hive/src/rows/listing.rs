//! The listing of places: an entry each, with the fingerprint of what is there.

use super::held::{Held, held};
use crate::ahead::Ahead;
use crate::data::{Lost, Place, PlaceWalk, Spot, Unpaced};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{Hole, Listed, Listing, Opener};
use std::collections::VecDeque;
use std::sync::Arc;

/// Places that are listed at the same time.
const LISTERS: usize = 8;
/// Places that are listed ahead.
const PLACES_AHEAD: u64 = 64;
/// Entries of a page.
const PAGE_ITEMS: usize = 1024;

/// A listing of one side's places.
pub(super) struct RowsListing {
    side: Side,
    opener: Arc<dyn Opener>,
    lost: Lost,
    walk: Option<PlaceWalk>,
    places: Ahead<(Place, Result<Option<Held>>)>,
    asked: u64,
    /// What is to be handed out first.
    ready: VecDeque<Listed>,
}

impl RowsListing {
    pub(super) fn new(side: Side, opener: Arc<dyn Opener>, lost: Lost, walk: PlaceWalk) -> Self {
        RowsListing {
            side,
            opener,
            lost,
            walk: Some(walk),
            places: Ahead::new(LISTERS, PLACES_AHEAD),
            asked: 0,
            ready: VecDeque::new(),
        }
    }

    /// Has the next places looked at.
    fn ask(&mut self) -> Result<()> {
        while self.asked < PLACES_AHEAD {
            let Some(walk) = &mut self.walk else { break };
            match walk.next()? {
                None => self.walk = None,
                // Nothing after it in key order has been handed out.
                Some(Spot::Hole(hole)) => self.ready.push_back(Listed::Hole(hole)),
                Some(Spot::Place(place)) => {
                    let (side, opener) = (self.side, Arc::clone(&self.opener));
                    self.places.push(move || {
                        let found = held(side, &*opener, &place, &Unpaced);
                        (place, found)
                    });
                    self.asked += 1;
                }
            }
        }
        Ok(())
    }

    /// What is told of a place. One that LOWER's metastore knows is there without a directory,
    /// too: it has no rows, unless it had some before.
    fn told(&self, place: &Place, found: Option<Held>) -> Result<Result<Option<Held>, Hole>> {
        Ok(match (self.side, found) {
            (Side::Lower, None) => match self.lost.hole(place)? {
                Some(hole) => Err(hole),
                None => Ok(Some(Held::nothing())),
            },
            (_, found) => Ok(found),
        })
    }

    /// Makes the next page ready, and a hole if one follows it.
    fn fill(&mut self) -> Result<()> {
        let mut builder = PageBuilder::new();
        let mut hole = None;
        while hole.is_none() && builder.len() < PAGE_ITEMS && !builder.is_full() {
            self.ask()?;
            let Some((place, found)) = self.places.next() else { break };
            self.asked -= 1;
            let entry = Entry::new(place.prefix.as_key());
            let told = match found {
                Err(error) if error.code == Code::Interrupted => return Err(error),
                Err(error) => Err(Hole { under: place.prefix.clone(), error }),
                Ok(found) => self.told(&place, found)?,
            };
            match told {
                Err(found) => hole = Some(found),
                Ok(None) => {}
                Ok(Some(held)) => {
                    let facets = Some(held.facets());
                    builder.push(&match self.side {
                        Side::Lower => Entry { lower: facets, ..entry },
                        Side::Upper => Entry { upper: facets, ..entry },
                    });
                }
            }
        }
        if !builder.is_empty() {
            self.ready.push_back(Listed::Page(builder.take()));
        }
        self.ready.extend(hole.map(Listed::Hole));
        Ok(())
    }
}

impl Listing for RowsListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        if self.ready.is_empty() {
            self.fill()?;
        }
        let listed = self.ready.pop_front();
        if let Some(Listed::Page(page)) = &listed {
            let stopped = |Stopped| Error::new(Code::Interrupted, "the listing was asked to stop");
            pace.spend(self.side, page.len() as u64, 0).map_err(stopped)?;
        }
        Ok(listed)
    }
}
