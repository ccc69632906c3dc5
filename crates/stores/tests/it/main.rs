//! The stores against real directories.

mod ground;
mod mirror;
