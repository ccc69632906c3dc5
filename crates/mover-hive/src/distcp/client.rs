//! The site's `hadoop` command: who it acts for, where it finds its configuration, and the few
//! things that are asked of it; and the same user's questions to YARN.
//!
//! On a secured cluster it takes the ticket from the cache that it is told, and the delegation
//! tokens of a job from there.

use super::command::glob_of;
use crate::logins::Logins;
use boatlift_clients::gssapi::Store;
use boatlift_clients::webhdfs::negotiate;
use boatlift_clients::yarn::{ApplicationId, ResourceManager, YarnError};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::side::Side;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a command that only asks or tidies may take; a JVM starts for each.
const SHORT: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(50);
/// The client of MapReduce, which knows how to kill a job; `hadoop` runs any class by name.
const JOB_CLIENT: &str = "org.apache.hadoop.mapred.JobClient";

/// The `hadoop` command of UPPER.
pub(super) struct Client {
    pub(super) command: PathBuf,
    /// Where its configuration lies, unless it knows by itself.
    pub(super) configuration: Option<PathBuf>,
    /// Whom an unsecured cluster is told that it acts for.
    pub(super) user: String,
    pub(super) logins: Arc<Logins>,
}

impl Client {
    /// Starts it.
    pub(super) fn start(&self, arguments: &[String], (out, err): (File, File)) -> Result<Child> {
        let mut command = self.command()?;
        command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(err);
        command.spawn().map_err(|error| self.unstarted(&error))
    }

    /// Kills a job of which no ResourceManager can be asked.
    pub(super) fn kill(&self, id: ApplicationId) -> Result<()> {
        self.brief(&[JOB_CLIENT, "-kill", &id.job()])
    }

    /// Removes what the attempts of a job that did not end well left in its target.
    pub(super) fn sweep(&self, target: &str, id: ApplicationId) -> Result<()> {
        let left = format!("{}/.distcp.tmp.{}*", glob_of(target), id.attempts());
        self.brief(&["fs", "-rm", "-f", "-skipTrash", &left])
    }

    /// The ResourceManager, asked with UPPER's login where there is one. Nothing is sent yet.
    pub(super) fn resource_manager(&self, address: &str) -> Result<ResourceManager, YarnError> {
        let logins = Arc::clone(&self.logins);
        let authorization = move |host: &str| {
            let login = logins.of(Side::Upper).ok().flatten()?;
            let cache = login.ccache().map(str::to_owned);
            negotiate(Store { cache, keytab: None })(host)
        };
        let manager = ResourceManager::new(address, Some(&self.user))?;
        Ok(manager.with_authorization(Box::new(authorization)))
    }

    fn brief(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.command()?;
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = command.spawn().map_err(|error| self.unstarted(&error))?;
        let deadline = Instant::now() + SHORT;
        let status = loop {
            match running.try_wait() {
                Ok(None) if Instant::now() < deadline => std::thread::sleep(GLANCE),
                Ok(Some(status)) => break Some(status),
                Ok(None) | Err(_) => break None,
            }
        };
        if status.is_some_and(|status| status.success()) {
            return Ok(());
        }
        end(&mut running);
        let told = status.map_or_else(|| "it does not end".into(), |status| status.to_string());
        Err(Error::new(Code::HiveJobFailed, "cannot run")
            .on(format!("{} {}", self.command.display(), arguments.join(" ")))
            .because(told)
            .retry(Retry::Later))
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(&self.command);
        if let Some(directory) = &self.configuration {
            command.env("HADOOP_CONF_DIR", directory);
        }
        match self.logins.of(Side::Upper)? {
            None => {
                command.env("HADOOP_USER_NAME", &self.user);
            }
            Some(login) => {
                command.envs(login.ccache().map(|cache| ("KRB5CCNAME", cache)));
            }
        }
        Ok(command)
    }

    fn unstarted(&self, error: &std::io::Error) -> Error {
        Error::new(Code::HiveJobFailed, "cannot start").on(self.command.display()).because(error)
    }
}

/// Ends a command of ours and takes leave of it.
pub(super) fn end(running: &mut Child) -> Option<ExitStatus> {
    // It may have ended by itself.
    let _ = running.kill();
    running.wait().ok()
}
