//! Where a service listens: the machine's own network, or one of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

/// The network that a service lives in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Network {
    /// That of the machine; services listen on 127.0.0.1.
    #[default]
    Host,
    /// A Linux network namespace with an address that the machine reaches.
    Namespace {
        /// The process whose namespace it is.
        holder: u32,
        /// What services listen on.
        address: Ipv4Addr,
    },
}

impl Network {
    /// What services in it listen on, reachable from the tests.
    pub fn address(&self) -> IpAddr {
        match self {
            Network::Host => Ipv4Addr::LOCALHOST.into(),
            Network::Namespace { address, .. } => (*address).into(),
        }
    }

    /// A command that runs a program in this network.
    pub(crate) fn command(&self, program: &std::ffi::OsStr) -> Command {
        match self {
            Network::Host => Command::new(program),
            Network::Namespace { holder, .. } => {
                let mut command = Command::new("nsenter");
                command.arg(format!("--net=/proc/{holder}/ns/net")).arg("--").arg(program);
                command
            }
        }
    }
}
