//! Whether snapshots can be made on LOWER: none is made to find out.

use super::condition::{Condition, Standing};
use crate::config::HiveConfig;
use crate::data::client;
use crate::locations::{Locations, Place};
use crate::logins::Logins;
use boatlift_clients::webhdfs::WebHdfsError;
use boatlift_core::error::{Code, Result};
use boatlift_core::side::Side;
use boatlift_core::store::Opener;

/// One condition for each directory, and one for the way snapshots are made.
pub(super) fn prove(
    config: &HiveConfig,
    user: &str,
    logins: &Logins,
    locations: &Locations,
    stores: &dyn Opener,
) -> Vec<Condition> {
    let settings = &config.storage.snapshots;
    let tops = settings.directories.iter();
    let tops = tops.filter_map(|directory| locations.place(Side::Lower, directory).ok());
    let tops: Vec<Place> = tops.collect();
    let Some(first) = tops.first() else { return Vec::new() };
    let user = config.lower.user.as_deref().unwrap_or(user);
    let about = "LOWER's WebHDFS answers";
    let mut conditions = vec![match answers(&settings.web_hdfs, user, logins, first) {
        Ok(()) => Condition::new(about, Standing::Holds, settings.web_hdfs.join(", ")),
        Err(error) => Condition::failed(about, &error),
    }];
    conditions.extend(tops.iter().map(|top| is_allowed(top, stores)));
    conditions
}

fn answers(endpoints: &[String], user: &str, logins: &Logins, top: &Place) -> Result<()> {
    match client(endpoints, user, logins)?.attributes(top.path()) {
        // What a NameNode says of the directory, one that is there says.
        Ok(_) | Err(WebHdfsError::Remote { .. }) => Ok(()),
        Err(error) => Err(boatlift_core::Error::new(Code::ServerUnreachable, "cannot ask WebHDFS")
            .because(crate::catalog::chain(&error))),
    }
}

/// A directory has the name `.snapshot` from the day that snapshots of it are allowed.
fn is_allowed(top: &Place, stores: &dyn Opener) -> Condition {
    let about = format!("LOWER allows snapshots of {top}");
    match stores.open(&top.with_below("/.snapshot").to_string()) {
        Ok(_) => Condition::new(about, Standing::Holds, "it is snapshottable"),
        Err(error) if error.code == Code::RootMissing => {
            let hint = format!(
                "an administrator of LOWER allows them: hdfs dfsadmin -allowSnapshot {}",
                top.path()
            );
            Condition::new(about, Standing::Fails, "it is not snapshottable").hint(hint)
        }
        Err(error) => Condition::failed(about, &error),
    }
}
