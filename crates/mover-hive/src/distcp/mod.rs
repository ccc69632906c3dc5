//! DistCp: files come over by jobs on UPPER's YARN, which the site's own `hadoop` submits.
//!
//! Only the lane differs from our own copier: stores, survey, plan, read-back and exchange
//! are those of the data. A job brings exactly the files that a turn asks for, is found again
//! by a tag after a crash, and is believed in nothing: each file is looked at on both sides
//! afterwards.

mod client;
mod command;
mod desk;
mod filter;
mod jobs;
mod lane;
mod shares;
mod slots;

pub use command::commands;
pub(crate) use jobs::Jobs;
pub(crate) use lane::DistCpLane;
pub use shares::{Share, Wanted, shares};
