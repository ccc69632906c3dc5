//! TCP: connections with limits, and with signs of life while a server works for long.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use rustix::net::sockopt;

use super::error::WireError;
use super::options::{Endpoint, Options};

/// Silence before the first probe.
const PROBE_AFTER: Duration = Duration::from_secs(60);
/// Between probes.
const PROBE_EVERY: Duration = Duration::from_secs(15);
/// Unanswered probes that end a connection.
const PROBES: u32 = 4;

/// Connects to the first address of the host that answers.
pub(super) fn connect(endpoint: &Endpoint, options: &Options) -> Result<TcpStream, WireError> {
    let unresolved = |error| WireError::Resolve { endpoint: endpoint.clone(), error };
    let addresses =
        (endpoint.host.as_str(), endpoint.port).to_socket_addrs().map_err(unresolved)?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        let stream = TcpStream::connect_timeout(&address, options.connect_timeout);
        match stream.and_then(|stream| prepare(stream, options)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(WireError::Connect { endpoint: endpoint.clone(), error: last })
}

fn prepare(stream: TcpStream, options: &Options) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(options.read_timeout))?;
    stream.set_write_timeout(Some(options.read_timeout))?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, PROBE_AFTER)?;
    sockopt::set_tcp_keepintvl(&stream, PROBE_EVERY)?;
    sockopt::set_tcp_keepcnt(&stream, PROBES)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    #[test]
    fn a_silent_server_is_left_after_the_read_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
        let endpoint = Endpoint::new("127.0.0.1", listener.local_addr().expect("bound").port());
        let options = Options { read_timeout: Duration::from_millis(50), ..Options::default() };
        let mut stream = connect(&endpoint, &options).expect("connects");
        let error = stream.read(&mut [0]).expect_err("nothing comes");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(sockopt::tcp_keepidle(&stream), Ok(PROBE_AFTER));
        drop((stream, listener));
        let error = connect(&endpoint, &options).expect_err("nobody listens");
        assert!(matches!(error, WireError::Connect { .. }), "{error}");
    }
}
