//! The cutover, killed, failed, paused and delayed at every point that it passes.
//!
//! Whatever happens, after the next start or the guard users follow one side that holds
//! every write they were promised; the other refuses; and this was never otherwise.

mod deadlines;
mod endurance;
mod failures;
mod guard;
mod harness;
mod kills;
mod walks;
