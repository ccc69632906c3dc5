//! The unix socket of a run: made private before it has a name, and reached also where
//! the name is longer than a socket address can be.

use boatlift_core::{Code, Error, Result};
use boatlift_engine::state::StateDir;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 64;

/// Binds the run's socket, in place of one that a killed run left. The caller holds the
/// move's lock, so nobody listens on the old one.
pub(crate) fn bind(state: &StateDir) -> Result<UnixListener> {
    let path = state.socket_path();
    let fail = |error: Errno| {
        Error::new(Code::StateIo, "cannot listen on").on(path.display()).because(error)
    };
    remove(&path).map_err(fail)?;
    let socket = new_socket().map_err(fail)?;
    rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR).map_err(fail)?;
    let address = Address::of(&path).map_err(fail)?;
    rustix::net::bind(&socket, &address.socket).map_err(fail)?;
    rustix::net::listen(&socket, BACKLOG).map_err(fail)?;
    Ok(UnixListener::from(socket))
}

/// Connects to the run's socket.
///
/// # Errors
/// [`Code::NotRunning`] when nobody listens there.
pub(crate) fn connect(state: &StateDir) -> Result<UnixStream> {
    let path = state.socket_path();
    let fail = |error: Errno| {
        let code = match error {
            Errno::NOENT | Errno::CONNREFUSED => Code::NotRunning,
            Errno::ACCESS | Errno::PERM => Code::ControlRefused,
            _ => Code::StateIo,
        };
        Error::new(code, "cannot reach the running move at").on(path.display()).because(error)
    };
    let socket = new_socket().map_err(fail)?;
    let address = Address::of(&path).map_err(fail)?;
    rustix::net::connect(&socket, &address.socket).map_err(fail)?;
    Ok(UnixStream::from(socket))
}

/// Removes the socket's name; that it is gone already is no error.
pub(crate) fn remove(path: &Path) -> Result<(), Errno> {
    match rustix::fs::unlink(path) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

fn new_socket() -> Result<OwnedFd, Errno> {
    let (family, kind) = (AddressFamily::UNIX, SocketType::STREAM);
    rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)
}

/// A socket's address, with the directory that must stay open while it is used.
struct Address {
    socket: SocketAddrUnix,
    _directory: Option<OwnedFd>,
}

impl Address {
    /// The path itself where it fits, else the same by way of its open directory.
    fn of(path: &Path) -> Result<Address, Errno> {
        if let Ok(socket) = SocketAddrUnix::new(path) {
            return Ok(Address { socket, _directory: None });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Errno::INVAL);
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(parent, flags, Mode::empty())?;
        let short = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd())).join(name);
        Ok(Address { socket: SocketAddrUnix::new(&short)?, _directory: Some(directory) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn state(directories: usize) -> (tempfile::TempDir, StateDir) {
        let base = tempfile::tempdir().expect("a directory");
        let path =
            (0..directories).fold(base.path().to_owned(), |path, _| path.join("d".repeat(50)));
        let state = StateDir::create_or_open(&path).expect("a state directory");
        (base, state)
    }

    #[test]
    fn the_socket_is_private_and_replaces_a_stale_one() {
        let (_base, state) = state(0);
        for _ in 0..2 {
            let listener = bind(&state).expect("bound, also over what is left");
            let mode = state.socket_path().metadata().expect("a socket").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            connect(&state).expect("connected");
            drop(listener);
        }
    }

    #[test]
    fn a_path_too_long_for_an_address_works_as_well() {
        let (_base, state) = state(4);
        assert!(SocketAddrUnix::new(state.socket_path()).is_err(), "the path is too short");
        let _listener = bind(&state).expect("bound");
        connect(&state).expect("connected");
    }

    #[test]
    fn nobody_listening_is_not_running() {
        let (_base, state) = state(0);
        assert_eq!(connect(&state).expect_err("no socket").code, Code::NotRunning);
        drop(bind(&state).expect("bound"));
        assert_eq!(connect(&state).expect_err("a stale socket").code, Code::NotRunning);
    }
}
