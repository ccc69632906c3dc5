//! The machine that lifts: journal, survey, schedule, transfer, saga, verification and
//! reports.
//!
//! It knows no system by name. Movers tell it what to do with an entry, stores and lanes
//! do it, and the journal is the only thing that it believes.

pub mod clock;
mod database;
pub mod fault;
pub mod journal;
pub mod lift;
pub mod live;
pub mod pace;
pub mod report;
pub mod saga;
pub mod schedule;
pub mod segment;
pub mod settle;
pub mod state;
pub mod status;
pub mod survey;
pub mod transfer;
pub mod verify;
mod wording;
