//! Where a service listens: in the machine's own network, or in one of its own.

use super::namespace::Namespace;
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::Arc;

/// The network that a service lives in.
#[derive(Debug, Clone, Default)]
pub enum Network {
    /// That of the machine; services listen on 127.0.0.1.
    #[default]
    Host,
    /// One of its own; it lasts as long as anybody holds it.
    Namespace(Arc<Namespace>),
}

impl Network {
    /// What services in it listen on, reachable from the tests.
    pub fn address(&self) -> IpAddr {
        match self {
            Network::Host => Ipv4Addr::LOCALHOST.into(),
            Network::Namespace(namespace) => namespace.inside().into(),
        }
    }

    /// A command that runs a program in this network.
    pub(super) fn command(&self, program: &OsStr) -> Command {
        match self {
            Network::Host => Command::new(program),
            Network::Namespace(namespace) => namespace.command(program),
        }
    }
}
