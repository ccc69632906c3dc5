//! The commands, one file each: the typed arguments, what they mean, and the doing.

pub(crate) mod abandon;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod cutover;
pub(crate) mod explain;
pub(crate) mod external_replicator;
pub(crate) mod finish;
pub(crate) mod guard;
pub(crate) mod hms_mirror;
pub(crate) mod init;
pub(crate) mod items;
pub(crate) mod journal;
pub(crate) mod man;
pub(crate) mod mirror;
pub(crate) mod pause;
pub(crate) mod plan;
pub(crate) mod redshift;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod retry;
pub(crate) mod run;
pub(crate) mod set;
pub(crate) mod skip;
pub(crate) mod status;
pub(crate) mod verify;
