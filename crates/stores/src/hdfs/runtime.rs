//! The threads on which the connections to HDFS live.
//!
//! The stores' interface is blocking; the client is not. One small runtime serves all
//! stores of the process: its threads move bytes and answer heartbeats, while the futures
//! of a step are driven by the thread that asked for the step. Hence a store must not be
//! used from inside another runtime's task.

use boatlift_core::{Code, Error, Result};
use std::sync::LazyLock;
use tokio::runtime::{Builder, Handle, Runtime};

/// Connections cost little; hashing is done by the callers.
const THREADS: usize = 2;

static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("boatlift-hdfs")
        .enable_all()
        .build()
});

/// The runtime's handle.
///
/// # Errors
/// [`Code::RootUnreadable`] when the system gives no threads.
pub(crate) fn handle() -> Result<Handle> {
    RUNTIME.as_ref().map(|runtime| runtime.handle().clone()).map_err(|error| {
        Error::new(Code::RootUnreadable, "cannot start threads for HDFS").because(error)
    })
}
