//! The HTTP API of a running move on its unix socket, and the client that speaks it.
//!
//! Reads views and sends commands; never acts on a side and never writes the journal.
//! Only the user who runs the move, and root, may command it.

mod client;
mod problem;
mod routes;
mod server;
mod socket;

pub use client::Client;
pub use server::{ServerHandle, serve_socket};

#[cfg(test)]
mod tests;
