//! What the root says of itself.

use super::cluster::{Above, Cluster};
use super::errors::{is_missing, not_reached, root_failed};
use super::names;
use boatlift_core::store::RootFacts;
use boatlift_core::{Code, Error, Kind, Result};

/// Looks at the root.
pub(crate) fn facts(cluster: &Cluster) -> Result<RootFacts> {
    check(cluster)?;
    let cannot = || root_failed(Code::RootUnreadable, "cannot list root", cluster.url());
    let names = cluster.run(cluster.children(cluster.top_path())).map_err(cannot())?;
    Ok(RootFacts {
        resolved: cluster.url().to_string(),
        device: cluster.url().cluster(),
        system: "hdfs".into(),
        is_empty: names.iter().all(|(name, _)| names::is_own(name, true)),
        sets_owners: cluster.run(cluster.is_superuser()),
        free_bytes: None,
        position: None,
        ancestry: ancestry(cluster),
    })
}

/// Refuses a root that is not there or is no directory.
pub(crate) fn check(cluster: &Cluster) -> Result<()> {
    let cannot = not_reached(Code::RootUnreadable, "cannot open root", cluster.url());
    let look = cluster.run(cluster.look(cluster.top_path())).map_err(cannot)?;
    let missing =
        |why| Err(Error::new(Code::RootMissing, "cannot open root").on(cluster.url()).because(why));
    match look {
        Some(look) if look.kind == Kind::Directory => Ok(()),
        Some(_) => missing("it is no directory"),
        None => missing("it is not there"),
    }
}

/// Makes the root if it is missing and its parent is there.
pub(crate) fn make(cluster: &Cluster) -> Result<()> {
    let subject = cluster.url();
    match cluster.run(cluster.make_directory(cluster.top_path(), 0o755, Above::Require)) {
        Ok(()) => Ok(()),
        Err(answer) => {
            let code = if is_missing(&answer) { Code::RootMissing } else { Code::RootUnwritable };
            Err(not_reached(code, "cannot make", subject)(answer))
        }
    }
}

/// The root and every directory above it, by name: HDFS has no other way to any of them.
fn ancestry(cluster: &Cluster) -> Vec<String> {
    let mut path = cluster.top();
    let mut found = vec![format!("{}{path}", cluster.url().cluster())];
    while let Some((above, _)) = path.rsplit_once('/') {
        path = above;
        found.push(format!("{}{path}", cluster.url().cluster()));
    }
    found
}
