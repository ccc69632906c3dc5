//! The catalogue: the metastores of both sides as stores, and the way between them.

mod bases;
mod catalogue;
mod databases;
mod extras;
mod facets;
mod feed;
mod guard;
mod lane;
mod listing;
mod look;
mod mark;
mod named;
mod partitions;
mod presence;
mod purging;
mod reading;
mod removal;
mod slots;
mod source;
mod store;
mod tables;
mod walk;

pub(crate) use catalogue::{Catalogue, chain, is_view, location};
pub(crate) use facets::Describe;
pub(crate) use feed::Unchanged;
pub(crate) use lane::CatalogueLane;
pub(crate) use mark::{AUTHORITY_PREFIX, MARKS, PREFIX as MARK_PREFIX};
pub(crate) use presence::{Found, Presence};
pub(crate) use reading::{Order, Reader};
pub(crate) use slots::Slots;
pub(crate) use source::Source;
pub(crate) use store::CatalogueStore;
pub(crate) use walk::{Object, Walk, Walked};
