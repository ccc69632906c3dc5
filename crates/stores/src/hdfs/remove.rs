//! Removing what is still as it was surveyed.

use super::cluster::Cluster;
use super::errors::{Answer, failed, is_not_empty};
use super::facets::{Look, milliseconds};
use super::names;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Error, Facets, FacetsRef, Key, Kind, Outcome, Proof, Result};

/// Removes what stands under `key`, if that is what was expected. Idempotent: what is not
/// there is removed.
pub(crate) async fn remove(
    cluster: &Cluster,
    key: Key<'_>,
    expected: FacetsRef<'_>,
) -> Result<Outcome> {
    let path = cluster.path(key)?;
    let cannot = || failed(Code::RemoveFailed, "cannot remove", key);
    let look = cluster.look(&path).await.map_err(cannot())?;
    let Some(look) = look.filter(|look| fits(look, key)) else {
        return Ok(Outcome::Same(Receipt::of(Proof::Claimed)));
    };
    if key.is_directory() {
        return remove_directory(cluster, &path).await.map_err(cannot());
    }
    if !is_as_expected(&expected.decode(), &look) {
        let error = Error::new(Code::RemoveFailed, "cannot remove").on(key);
        return Err(error.because("changed since it was surveyed"));
    }
    match cluster.delete(&path).await.map_err(cannot())? {
        true => Ok(Outcome::Done(Receipt::of(Proof::Claimed))),
        false => Ok(Outcome::Same(Receipt::of(Proof::Claimed))),
    }
}

/// Whether a look fits the key: a directory's key ends in `/`, and no other.
pub(crate) fn fits(look: &Look, key: Key<'_>) -> bool {
    (look.kind == Kind::Directory) == key.is_directory()
}

/// Whether a look shows what was expected, as far as content goes.
pub(crate) fn is_as_expected(expected: &Facets<'_>, look: &Look) -> bool {
    expected.kind == look.kind
        && (look.kind == Kind::Directory
            || (expected.size.is_none_or(|size| size == look.size)
                && expected.mtime.is_none_or(|mtime| milliseconds(mtime) == Some(look.mtime))))
}

async fn remove_directory(cluster: &Cluster, path: &str) -> Answer<Outcome> {
    let mut answer = cluster.delete(path).await;
    if answer.as_ref().is_err_and(is_not_empty) && remove_our_own(cluster, path).await.is_ok() {
        answer = cluster.delete(path).await;
    }
    match answer {
        Ok(true) => Ok(Outcome::Done(Receipt::of(Proof::Claimed))),
        Ok(false) => Ok(Outcome::Same(Receipt::of(Proof::Claimed))),
        Err(answer) if is_not_empty(&answer) => {
            Ok(Outcome::Skipped("not empty: it holds names that are excluded or came later".into()))
        }
        Err(answer) => Err(answer),
    }
}

/// Removes the temporaries that interrupted turns left in a directory.
async fn remove_our_own(cluster: &Cluster, path: &str) -> Answer<()> {
    for (name, look) in cluster.children(path).await? {
        if look.kind == Kind::File && names::is_own(&name, false) {
            cluster.delete(&format!("{path}/{name}")).await?;
        }
    }
    Ok(())
}
