//! What moving means for what lies outside a Redshift cluster: files that COPY loaded or
//! UNLOAD wrote, files that Spectrum reads, the manifests that name them, and the catalogue
//! that describes them.

mod catalogues;
mod clones;
mod collect;
pub mod compat;
pub mod config;
pub mod connect;
pub mod copy_text;
pub mod estimate;
pub mod glue;
pub mod harvest;
pub mod layout;
pub mod manifests;
mod mover;
mod objects;
pub mod place;
mod plan;
pub mod policy;
pub mod prices;
mod queried;
pub mod report;
mod rights;
pub mod statements;
pub mod views;
pub mod wire;

pub use collect::Collected;
pub use mover::RedshiftMover;
