//! Cutovers of fake Pegasus clusters with random clients and random faults, in simulated time, and
//! on demand in real time.

mod faults;
mod run;
mod runs;
mod safeguards;
mod waiting;
