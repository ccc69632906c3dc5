//! Wardens: what ends a service when the test's process is gone, however it went.
//!
//! Values in statics are never dropped, and a killed process drops nothing at all. So a
//! shell waits on a pipe whose other end only we hold: when we end, the kernel closes it,
//! and the shell does what is left to do. A process that is killed between starting a
//! service and starting its warden leaves the service; nothing shorter is known without
//! code between fork and exec.

use super::error::ServiceError;
use rustix::process::Pid;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const END_GROUP: &str = "read -r _; kill -s KILL -- \"-$1\" 2>/dev/null";
/// Services are killed by wardens of their own at the same moment; what they still write
/// is removed by the second attempt.
const REMOVE: &str = "read -r _; rm -rf -- \"$1\" 2>/dev/null || { sleep 1; rm -rf -- \"$1\"; }";

/// A shell that waits for our end. Dropped, it is dismissed and does nothing.
#[derive(Debug)]
pub(super) struct Warden(Child);

impl Warden {
    /// Kills a process group when we are gone.
    pub(super) fn of_group(leader: Pid) -> Result<Self, ServiceError> {
        Self::post(END_GROUP, leader.as_raw_nonzero().to_string().as_ref())
    }

    /// Removes a folder when we are gone.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, ServiceError> {
        Self::post(REMOVE, folder.as_os_str())
    }

    /// Starts the shell in a group of its own, so that a terminal's Ctrl-C spares it.
    fn post(script: &str, argument: &OsStr) -> Result<Self, ServiceError> {
        Command::new("/bin/sh")
            .args(["-c", script, "warden"])
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Warden)
            .map_err(|source| ServiceError::Spawn { program: "/bin/sh".into(), source })
    }
}

impl Drop for Warden {
    /// Kills the shell before its pipe is closed: it must not act now.
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _status = self.0.wait();
    }
}
