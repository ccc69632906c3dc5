//! HDFS snapshots as a stable source: files are listed and read as a snapshot of LOWER has them,
//! and no writer is in the way.
//!
//! What lies below a configured directory is opened in its snapshot while one is held; all else
//! as it is. Snapshots are made and removed over WebHDFS: the client of the NameNode's own
//! protocol has no such calls. Whether a copy may be exchanged is not decided here: that looks at
//! the live directory.

use crate::catalog::chain;
use crate::config::{self, HiveConfig, Stage};
use crate::locations::Place;
use crate::logins::Logins;
use crate::translate::Translator;
use boatlift_clients::gssapi;
use boatlift_clients::webhdfs::{WebHdfs, WebHdfsError, negotiate};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Lane;
use boatlift_core::side::Side;
use boatlift_core::still::{Still, Stills};
use boatlift_core::store::{Opener, Store};
use std::sync::{Arc, PoisonError, RwLock};

/// Where HDFS keeps the snapshots of a directory.
const INSIDE: &str = "/.snapshot";

/// The snapshots of LOWER, and what opens its directories in them.
pub(crate) struct Snapshots {
    opener: Arc<dyn Opener>,
    translator: Arc<Translator>,
    settings: config::Snapshots,
    user: String,
    logins: Arc<Logins>,
    held: RwLock<Option<Still>>,
}

impl Snapshots {
    /// What the configuration asks for, if files are to be read from snapshots. Unsecured
    /// clusters are told that `user` asks.
    pub(crate) fn asked_for(
        config: &HiveConfig,
        user: &str,
        logins: &Arc<Logins>,
        translator: &Arc<Translator>,
        opener: &Arc<dyn Opener>,
    ) -> Option<Arc<Snapshots>> {
        let settings = &config.storage.snapshots;
        if config.stage != Stage::Storage || settings.is_none() {
            return None;
        }
        let user = config.lower.user.as_deref().unwrap_or(user);
        Some(Arc::new(Snapshots {
            opener: Arc::clone(opener),
            translator: Arc::clone(translator),
            settings: settings.clone(),
            user: user.to_owned(),
            logins: Arc::clone(logins),
            held: RwLock::default(),
        }))
    }

    fn client(&self) -> Result<WebHdfs> {
        client(&self.settings.web_hdfs, &self.user, &self.logins)
    }

    /// The directory as HDFS knows it.
    fn top(&self, directory: &str) -> Result<Place> {
        let place = self.translator.locations().place(Side::Lower, directory);
        place.map_err(|why| {
            Error::new(Code::ConfigValue, "cannot take a snapshot of").on(directory).because(why)
        })
    }

    /// Where an image has what `url` names, if it holds that.
    fn inside(&self, still: &Still, url: &str) -> Option<String> {
        let place = self.translator.locations().place(Side::Lower, url).ok()?;
        still.directories.iter().find_map(|directory| {
            let top = self.top(directory).ok()?;
            let rest = place.below(&top)?;
            Some(image(&top, &still.name).with_below(rest).to_string())
        })
    }

    fn set(&self, held: Option<Still>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// A client of LOWER's WebHDFS.
///
/// # Errors
/// [`Code::ConfigValue`] when an address is none; when there is no ticket to be had.
pub(crate) fn client(endpoints: &[String], user: &str, logins: &Logins) -> Result<WebHdfs> {
    let login = logins.of(Side::Lower)?;
    let user = login.is_none().then_some(user);
    let client = WebHdfs::new(endpoints, user).map_err(|error| {
        Error::new(Code::ConfigValue, "cannot use storage.snapshots.web-hdfs").because(error)
    })?;
    Ok(match login {
        None => client,
        Some(login) => {
            let cache = login.ccache().map(str::to_owned);
            client.with_authorization(negotiate(gssapi::Store { cache, keytab: None }))
        }
    })
}

fn image(top: &Place, name: &str) -> Place {
    top.with_below(&format!("{INSIDE}/{name}"))
}

impl Stills for Snapshots {
    fn directories(&self) -> Vec<String> {
        self.settings.directories.clone()
    }

    fn hold(&self, still: &Still) -> Result<()> {
        let client = self.client()?;
        for directory in &still.directories {
            match client.create_snapshot(self.top(directory)?.path(), &still.name) {
                Err(error) if !is_there_already(&error) => {
                    return Err(refused("cannot make a snapshot of", directory, &error));
                }
                _ => tracing::info!(directory, name = still.name, "a snapshot is made on LOWER"),
            }
        }
        self.set(Some(still.clone()));
        Ok(())
    }

    fn hold_again(&self, still: &Still) -> Result<bool> {
        for directory in &still.directories {
            match self.opener.open(&image(&self.top(directory)?, &still.name).to_string()) {
                Ok(_) => {}
                Err(error) if error.code == Code::RootMissing => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.set(Some(still.clone()));
        Ok(true)
    }

    fn remove(&self, still: &Still) -> Result<()> {
        self.set(None);
        let client = self.client()?;
        for directory in &still.directories {
            match client.delete_snapshot(self.top(directory)?.path(), &still.name) {
                Err(error) if !is_gone_already(&error) => {
                    return Err(refused("cannot remove the snapshot of", directory, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Opener for Snapshots {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner).clone();
        match held.and_then(|still| self.inside(&still, url)) {
            Some(inside) => self.opener.open(&inside),
            None => self.opener.open(url),
        }
    }

    fn make(&self, url: &str) -> Result<()> {
        self.opener.make(url)
    }

    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
        self.opener.lane(lower, upper)
    }
}

/// An answer was lost, and the question put again.
fn is_there_already(error: &WebHdfsError) -> bool {
    error.is("SnapshotException") && error.to_string().contains("already a snapshot")
}

fn is_gone_already(error: &WebHdfsError) -> bool {
    error.is("SnapshotException") || error.is("FileNotFoundException")
}

fn refused(tried: &'static str, directory: &str, error: &WebHdfsError) -> Error {
    let code = match error {
        WebHdfsError::Transport { .. } => Code::ServerUnreachable,
        WebHdfsError::Remote { .. } => Code::ServerFailed,
        _ => Code::ServerRefused,
    };
    Error::new(code, tried).on(directory).because(chain(error))
}
