//! The cutover of a Hive move, driven by the real binary on recorded metastores: what it
//! refuses, what it changes, and that any death on the way leaves users where they were or
//! where they were to go.

mod deaths;
mod handing_over;
mod leading_back;
mod place;
mod refusals;
