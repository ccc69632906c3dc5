//! The listing of the data: place after place, in key order.
//!
//! What writers put beside their files for a while is not listed: it is never part of a
//! table, and it would be gone when its turn to be copied comes.

use super::lost::Lost;
use super::places::{Place, PlaceWalk, Spot};
use crate::ahead::Ahead;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::filter::Filter;
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, Hole, ListRequest, Listed, Listing, Opener};
use std::collections::VecDeque;
use std::sync::Arc;

/// Places that are listed at the same time.
const LISTERS: usize = 8;
/// Places that are listed ahead.
const PLACES_AHEAD: u64 = 16;
/// Pages of one place that are listed ahead.
const PAGES_AHEAD: usize = 4;
/// Names that writers use while they write: Hive's, Spark's, MapReduce's and DistCp's.
const SCRATCH: [&[u8]; 6] =
    [b".hive-staging", b".spark-staging", b"_temporary", b"_tmp.", b"-ext-", b".distcp.tmp."];

/// A listing of one side's data.
pub(super) struct DataListing {
    side: Side,
    opener: Arc<dyn Opener>,
    lost: Lost,
    walk: Option<PlaceWalk>,
    places: Ahead<Begun>,
    asked: u64,
    ready: VecDeque<Listed>,
    /// The rest of a place that is larger than what is listed ahead.
    rest: Option<(Place, Box<dyn Listing>)>,
}

/// The beginning of a place's listing, and the rest if there is more.
struct Begun {
    place: Place,
    listed: Result<First>,
}

/// The first pages of a listing, and what gives the rest.
type First = (Vec<Listed>, Option<Box<dyn Listing>>);

impl DataListing {
    pub(super) fn new(side: Side, opener: Arc<dyn Opener>, lost: Lost, walk: PlaceWalk) -> Self {
        DataListing {
            side,
            opener,
            lost,
            walk: Some(walk),
            places: Ahead::new(LISTERS, PLACES_AHEAD),
            asked: 0,
            ready: VecDeque::new(),
            rest: None,
        }
    }

    /// Has the next places listed, and takes the first of those that are.
    fn go_on(&mut self) -> Result<bool> {
        while self.asked < PLACES_AHEAD {
            let Some(walk) = &mut self.walk else { break };
            match walk.next()? {
                None => self.walk = None,
                Some(Spot::Hole(hole)) => {
                    // Nothing after it in key order has been handed out.
                    self.ready.push_back(Listed::Hole(hole));
                }
                Some(Spot::Place(place)) => {
                    let (side, opener) = (self.side, Arc::clone(&self.opener));
                    self.places.push(move || begin(side, &*opener, place));
                    self.asked += 1;
                }
            }
        }
        let Some(Begun { place, listed }) = self.places.next() else {
            return Ok(!self.ready.is_empty());
        };
        self.asked -= 1;
        match listed {
            Ok((pages, rest)) => {
                self.ready.extend(pages);
                self.rest = rest.map(|rest| (place, rest));
            }
            Err(error) if error.code == Code::RootMissing => {
                if self.side == Side::Lower {
                    self.ready.extend(self.lost.hole(&place)?.map(Listed::Hole));
                }
            }
            Err(error) if error.code == Code::Interrupted => return Err(error),
            Err(error) => {
                self.ready.push_back(Listed::Hole(Hole { under: place.prefix, error }));
            }
        }
        Ok(true)
    }
}

impl Listing for DataListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        loop {
            if let Some(listed) = self.ready.pop_front() {
                let len = match &listed {
                    Listed::Page(page) => page.len() as u64,
                    Listed::Hole(_) => 0,
                };
                pace.spend(self.side, len, 0).map_err(|Stopped| stopped())?;
                return Ok(Some(listed));
            }
            if let Some((place, listing)) = &mut self.rest {
                match listing.next(pace)? {
                    Some(listed) => self.ready.extend(under(place, self.side, listed)),
                    None => self.rest = None,
                }
            } else if !self.go_on()? {
                return Ok(None);
            }
        }
    }
}

/// Lists the first pages of a place.
fn begin(side: Side, opener: &dyn Opener, place: Place) -> Begun {
    let listed = begin_listing(side, opener, &place);
    Begun { place, listed }
}

fn begin_listing(side: Side, opener: &dyn Opener, place: &Place) -> Result<First> {
    let store = opener.open(place.on(side))?;
    let request = ListRequest { filter: Arc::new(Filter::default()), detail: Detail::Basic, side };
    let mut listing = store.list(request)?;
    let mut pages = vec![Listed::Page(root(place, side))];
    for _ in 0..PAGES_AHEAD {
        match listing.next(&Unpaced)? {
            Some(listed) => pages.extend(under(place, side, listed)),
            None => return Ok((pages, None)),
        }
    }
    Ok((pages, Some(listing)))
}

/// The files of one place as they are now, without what writers put there for a while.
///
/// # Errors
/// When a part of it cannot be listed. A place that is missing has no files.
pub(crate) fn files_of(
    side: Side,
    opener: &dyn Opener,
    place: &Place,
    pace: &dyn Pace,
    take: &mut dyn FnMut(Entry<'_>),
) -> Result<()> {
    let missing = |error: Error| match error.code {
        Code::RootMissing => Ok(()),
        _ => Err(error),
    };
    let store = match opener.open(place.on(side)) {
        Ok(store) => store,
        Err(error) => return missing(error),
    };
    let request = ListRequest { filter: Arc::new(Filter::default()), detail: Detail::Basic, side };
    let mut listing = match store.list(request) {
        Ok(listing) => listing,
        Err(error) => return missing(error),
    };
    loop {
        let listed = match listing.next(pace) {
            Ok(listed) => listed,
            Err(error) => return missing(error),
        };
        match listed {
            None => return Ok(()),
            Some(Listed::Hole(hole)) => return Err(hole.error),
            Some(Listed::Page(page)) => {
                for entry in page.iter().filter(|entry| !is_scratch(entry.key)) {
                    take(entry);
                }
            }
        }
    }
}

/// The place itself, as a directory.
fn root(place: &Place, side: Side) -> Page {
    let mut facets = Vec::new();
    Facets::of(Kind::Directory).encode(&mut facets);
    let mut builder = PageBuilder::new();
    push(&mut builder, place.prefix.as_key(), side, FacetsRef::checked(&facets));
    builder.take()
}

/// What a store listed below a place, under its keys in the whole.
fn under(place: &Place, side: Side, listed: Listed) -> Vec<Listed> {
    let page = match listed {
        Listed::Hole(hole) => {
            let mut under = place.prefix.clone();
            under.0.extend_from_slice(&hole.under.0);
            return vec![Listed::Hole(Hole { under, error: hole.error })];
        }
        Listed::Page(page) => page,
    };
    let mut pages = Vec::new();
    let mut builder = PageBuilder::new();
    let mut key = KeyBuf::default();
    for entry in page.iter().filter(|entry| !is_scratch(entry.key)) {
        key.0.clear();
        key.0.extend_from_slice(&place.prefix.0);
        key.0.extend_from_slice(entry.key.as_bytes());
        push(&mut builder, key.as_key(), side, entry.lower.or(entry.upper));
        if builder.is_full() {
            pages.push(Listed::Page(builder.take()));
        }
    }
    if !builder.is_empty() {
        pages.push(Listed::Page(builder.take()));
    }
    pages
}

fn push(builder: &mut PageBuilder, key: Key<'_>, side: Side, facets: Option<FacetsRef<'_>>) {
    let entry = Entry::new(key);
    builder.push(&match side {
        Side::Lower => Entry { lower: facets, ..entry },
        Side::Upper => Entry { upper: facets, ..entry },
    });
}

fn is_scratch(key: Key<'_>) -> bool {
    let mut components = key.path().split(|byte| *byte == b'/');
    components.any(|name| SCRATCH.iter().any(|scratch| name.starts_with(scratch)))
}

fn stopped() -> Error {
    Error::new(Code::Interrupted, "the listing was asked to stop")
}

/// Listing ahead is bounded by the pages that are held; what is taken is paced.
pub(crate) struct Unpaced;

impl Pace for Unpaced {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}
