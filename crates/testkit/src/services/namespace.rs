//! A network of its own for a stack: the machine reaches it, and it reaches of the machine
//! only what listens on every address. Services on 127.0.0.1 do not exist for it.
//!
//! It is a Linux network namespace with a pair of virtual links. Making one needs root; with
//! a user namespace instead, nothing outside could be linked to it.

use super::condition::Condition;
use super::error::ServiceError;
use super::process::{Recipe, Service};
use super::scratch::Scratch;
use std::ffi::OsStr;
use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The net 198.18.0.0/15 is set apart for tests of networks; each pair of ends takes a net
/// of four addresses in it.
const FIRST_NET: u32 = u32::from_be_bytes([198, 18, 0, 0]);
const NETS: u32 = 1 << 15;
/// How many nets are tried before giving up.
const TRIES: u32 = 16;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A network namespace. It is gone when this value is dropped or our process ends.
#[derive(Debug)]
pub struct Namespace {
    holder: Service,
    inside: Ipv4Addr,
    outside: Ipv4Addr,
    _scratch: Scratch,
}

impl Namespace {
    /// Makes a namespace and links it with the machine.
    ///
    /// # Errors
    /// When we may not, which is the case without root.
    pub fn new() -> Result<Self, ServiceError> {
        let scratch = Scratch::temporary("namespace")?;
        let holder = hold(&scratch)?;
        let id = holder.process_id().ok_or_else(|| ServiceError::NotRunning("namespace".into()))?;
        let (outside, inside) = link(&scratch, id)?;
        Ok(Namespace { holder, inside, outside, _scratch: scratch })
    }

    /// The address that services inside listen on; the machine reaches it.
    pub fn inside(&self) -> Ipv4Addr {
        self.inside
    }

    /// The machine's address as seen from inside.
    pub fn outside(&self) -> Ipv4Addr {
        self.outside
    }

    /// A command that runs a program inside.
    pub fn command(&self, program: &OsStr) -> Command {
        let holder = self.holder.process_id().unwrap_or_default();
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{holder}/ns/net")).arg("--").arg(program);
        command
    }
}

/// Starts the process that the namespace exists for. It is ready when it has left ours.
fn hold(scratch: &Scratch) -> Result<Service, ServiceError> {
    let script = "ip link set lo up && exec sleep infinity";
    let recipe = Recipe::new("namespace", "unshare", scratch.path())
        .arguments(["--net", "--", "sh", "-c", script]);
    let holder = Service::launch(recipe, Condition::new("a start", || true))?;
    let id = holder.process_id().unwrap_or_default();
    let left = Condition::new("a network namespace of its own", move || {
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        name.trim() == "sleep"
    });
    holder.wait_for(&left, super::process::READY_LIMIT)?;
    Ok(holder)
}

/// Makes a pair of links between the machine and a namespace, in the first net that is not
/// in use, and gives the addresses outside and inside.
fn link(scratch: &Scratch, holder: u32) -> Result<(Ipv4Addr, Ipv4Addr), ServiceError> {
    let ip = |words: &str| {
        Recipe::new("ip", "ip", scratch.path()).arguments(words.split_whitespace()).run()
    };
    let mut failure = ServiceError::setup("no net is free for a namespace");
    for _ in 0..TRIES {
        let nth = std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % NETS;
        let [outside, inside] = [1, 2].map(|end| Ipv4Addr::from(FIRST_NET + 4 * nth + end));
        let name = format!("boatlift{nth}");
        match ip(&format!("link add {name} type veth peer name eth0 netns {holder}")) {
            Ok(_) => {}
            Err(error) => {
                failure = error;
                continue;
            }
        }
        ip(&format!("address add {outside}/30 dev {name}"))?;
        ip(&format!("link set {name} up"))?;
        let enter = format!("--net=/proc/{holder}/ns/net ip");
        for words in [format!("address add {inside}/30 dev eth0"), "link set eth0 up".into()] {
            Recipe::new("ip", "nsenter", scratch.path())
                .arguments(format!("{enter} {words}").split_whitespace())
                .run()?;
        }
        return Ok((outside, inside));
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, SocketAddr, TcpListener};
    use std::time::Duration;

    /// A listener inside, in Python: it says the port and takes one connection.
    const LISTEN: &str = "import socket, sys; s = socket.create_server((sys.argv[1], 7000)); \
                          s.accept()";
    /// Connects to an address from inside; ends with 0 when that works.
    const CONNECT: &str = "import socket, sys; \
                           socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)";

    fn connects(namespace: &Namespace, address: Ipv4Addr, port: u16) -> bool {
        let mut python = namespace.command("python3".as_ref());
        python.args(["-c", CONNECT, &address.to_string(), &port.to_string()]);
        python.output().expect("python3 runs").status.success()
    }

    #[test]
    fn the_machine_reaches_inside_and_loopback_is_not_reached_from_there() {
        let namespace = Namespace::new().expect("a namespace");
        let inside = namespace.inside();
        let mut listener = namespace
            .command("python3".as_ref())
            .args(["-c", LISTEN, &inside.to_string()])
            .spawn()
            .expect("python3 runs");
        let port = Condition::port(SocketAddr::new(inside.into(), 7000));
        assert!(port.wait(Duration::from_secs(20)), "the machine does not reach {inside}");
        assert!(listener.wait().expect("it ends").success());

        let everywhere = TcpListener::bind("0.0.0.0:0").expect("a port");
        let port = everywhere.local_addr().expect("an address").port();
        assert!(connects(&namespace, namespace.outside(), port), "the link is one-way");
        let loopback = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = loopback.local_addr().expect("an address").port();
        assert!(!connects(&namespace, Ipv4Addr::LOCALHOST, port));
        assert!(!connects(&namespace, namespace.outside(), port));
    }
}
