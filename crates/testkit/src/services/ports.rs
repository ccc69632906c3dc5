//! Free ports on loopback.
//!
//! A port is free when somebody could listen on it a moment ago, so another program can
//! still be faster. They are taken below the range that the kernel gives to outgoing
//! connections, from a place that differs between processes, and never twice in one.

use super::error::ServiceError;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// The first port that is handed out.
const FIRST: u32 = 23_000;
/// How many there are: up to the kernel's outgoing connections at 32768.
const COUNT: u32 = 9_700;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port on 127.0.0.1 that nobody listens on, by TCP nor by UDP.
///
/// # Errors
/// When every port was handed out or is taken.
pub fn free_port() -> Result<u16, ServiceError> {
    let process = std::process::id().wrapping_mul(211);
    loop {
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        if nth >= COUNT {
            return Err(ServiceError::setup("no free port is left on 127.0.0.1"));
        }
        let port = FIRST + process.wrapping_add(nth) % COUNT;
        if let Ok(port) = u16::try_from(port)
            && is_free(port)
        {
            return Ok(port);
        }
    }
}

fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice_and_a_taken_one_never() {
        let first = free_port().expect("a port");
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).expect("it is free");
        assert!(!is_free(first));
        drop(taken);
        let others: Vec<u16> = (0..50).map(|_| free_port().expect("a port")).collect();
        let distinct: std::collections::BTreeSet<u16> = others.iter().copied().collect();
        assert_eq!(distinct.len(), others.len());
        assert!(!distinct.contains(&first));
    }
}
