//! The data: the files of every table and partition, as one space of keys.
//!
//! The key of a file is its table's or partition's key, as a directory, and the path below
//! its location: `sales/orders/ds=1/h=2/000000_0`. So a partition that lies elsewhere, on
//! either side, is compared like any other.

mod copied;
mod guard;
mod lane;
mod listing;
mod lost;
mod needed;
mod orphans;
mod places;
mod snapshots;
mod store;

pub(crate) use copied::Copied;
pub(crate) use lane::{DataLane, make_all, place_of};
pub(crate) use listing::{Unpaced, files_of};
pub(crate) use lost::Lost;
pub(crate) use needed::Users;
pub(crate) use orphans::Orphans;
pub(crate) use places::{Place, PlaceWalk, Places, Spot, root_of};
pub(crate) use snapshots::{Snapshots, client};
pub(crate) use store::DataStore;
