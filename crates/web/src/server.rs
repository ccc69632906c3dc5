//! The server of a run: its thread, its runtime, and who may speak to it.

use crate::{routes, socket};
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use boatlift_core::event::Note;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::journal::read_view;
use boatlift_engine::lift::Control;
use boatlift_engine::state::StateDir;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long open requests may go on after the server was told to end.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// A server that runs until this is dropped. Dropping waits for its thread and removes
/// the socket.
#[derive(Debug)]
pub struct ServerHandle {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    socket: PathBuf,
}

/// What the routes read and command.
pub(crate) struct Served {
    pub(crate) control: Arc<Control>,
    pub(crate) state: StateDir,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// The user; absent when the system did not tell.
    user: Option<u32>,
}

/// Serves the API of a running move on the socket in its state directory. The caller
/// holds the move's lock.
///
/// # Errors
/// [`Code::StateIo`] when the socket cannot be bound or the thread not started.
pub fn serve_socket(state: &StateDir, control: Arc<Control>) -> Result<ServerHandle> {
    let fail = |error: std::io::Error| {
        Error::new(Code::StateIo, "cannot serve").on(state.socket_path().display()).because(error)
    };
    let listener = socket::bind(state)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fail)?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::UnixListener::from_std(listener).map_err(fail)?
    };
    let served = Arc::new(Served { control, state: state.clone() });
    let (end, ended) = oneshot::channel();
    let work = move || runtime.block_on(serve(listener, served, ended));
    let thread = std::thread::Builder::new().name("control".into()).spawn(work).map_err(fail)?;
    Ok(ServerHandle { end: Some(end), thread: Some(thread), socket: state.socket_path() })
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the control server panicked");
        }
        if let Err(error) = socket::remove(&self.socket) {
            tracing::warn!(%error, "the control socket could not be removed");
        }
    }
}

impl Served {
    /// The items that need attention, all or those in one state, among the first that the
    /// journal's view shows.
    pub(crate) fn items(&self, state: Option<&str>) -> Result<Vec<Note>> {
        let mut notes = read_view(&self.state.journal_path())?.notes.first;
        notes.retain(|note| state.is_none_or(|state| note.state == state));
        Ok(notes)
    }
}

impl Peer {
    /// Whether the peer may change anything.
    pub(crate) fn may_command(self) -> Result<()> {
        let own = rustix::process::geteuid().as_raw();
        match self.user {
            Some(user) if user == 0 || user == own => Ok(()),
            _ => Err(Error::new(Code::Denied, "cannot take a command")
                .because("only the user who runs the move, and root, may command it")),
        }
    }
}

impl Connected<IncomingStream<'_, tokio::net::UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, tokio::net::UnixListener>) -> Self {
        Peer { user: stream.io().peer_cred().ok().map(|credentials| credentials.uid()) }
    }
}

/// Serves until `ended` is told or dropped, and then for at most [`LAST_REQUESTS`].
async fn serve(
    listener: tokio::net::UnixListener,
    served: Arc<Served>,
    ended: oneshot::Receiver<()>,
) {
    let (last, mut lapsed) = oneshot::channel::<()>();
    let app = routes::router(served).into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        let _told_or_dropped = ended.await;
        drop(last);
    });
    let limit = async move {
        let _dropped = (&mut lapsed).await;
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        result = serving => if let Err(error) = result {
            tracing::error!(%error, "the control server ended");
        },
        () = limit => tracing::warn!("a request to the control server was cut off"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_user_and_root_may_command() {
        let own = rustix::process::geteuid().as_raw();
        assert!(Peer { user: Some(own) }.may_command().is_ok());
        assert!(Peer { user: Some(0) }.may_command().is_ok());
        for user in [Some(own + 1), None] {
            assert_eq!(Peer { user }.may_command().expect_err("a stranger").code, Code::Denied);
        }
    }
}
