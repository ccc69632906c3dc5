//! Glue's Data Catalog as a store: the databases that Spectrum queries, their tables and
//! partitions under keys, cloned under other names and pointed at the cloned files.
//!
//! LOWER is only read. On UPPER nothing is written over that does not carry this move's mark,
//! and what was written is read back and compared field by field. What a catalogue cannot
//! bring over (links, views, tables of Iceberg, Delta and Hudi) stays behind and says why.

mod catalogue;
mod databases;
mod differences;
mod extras;
mod facets;
mod fingerprint;
mod guard;
mod lane;
mod listing;
mod look;
mod mark;
mod marks;
mod names;
mod options;
mod parallel;
mod partitions;
mod plan;
mod relocation;
mod removal;
mod review;
mod sql;
mod standing;
mod store;
mod tables;
mod translate;

pub use differences::Difference;
pub use lane::CatalogueLane;
pub(crate) use mark::MARKS;
pub use marks::{MOVE, SOURCE};
pub use options::{CatalogueOptions, DatabaseNames, Selecting, Selection, Statistics, Tables};
pub use plan::{STAGES, step};
pub use relocation::{ClonedPrefixes, Kept, Relocation};
pub use review::{Action, Review, TableReview};
pub use sql::external_schemas;
pub use standing::Stays;
pub use store::{CatalogueStore, stores};
