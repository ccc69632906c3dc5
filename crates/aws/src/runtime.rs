//! The threads on which connections to the services live.
//!
//! The stores' interface is blocking; the client is not. One small runtime serves all stores
//! of the process. Hence a store must not be used from inside another runtime's task.

use boatlift_core::{Code, Error, Result};
use std::sync::LazyLock;
use tokio::runtime::{Builder, Handle, Runtime};

/// They encrypt, sum and parse; what waits costs nothing.
const THREADS: usize = 4;

static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(THREADS, usize::from);
    Builder::new_multi_thread()
        .worker_threads(processors.clamp(2, THREADS))
        .thread_name("boatlift-aws")
        .enable_all()
        .build()
});

/// The runtime's handle.
///
/// # Errors
/// [`Code::RootUnreadable`] when the system gives no threads.
pub(crate) fn handle() -> Result<Handle> {
    RUNTIME.as_ref().map(|runtime| runtime.handle().clone()).map_err(|error| {
        Error::new(Code::RootUnreadable, "cannot start threads for the client").because(error)
    })
}
