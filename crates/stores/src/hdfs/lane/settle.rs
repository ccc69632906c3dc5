//! Bringing attributes at UPPER in line with LOWER's, where the content already is; also
//! those of the roots themselves, which have no key.

use super::super::cluster::Cluster;
use super::super::dress::{Has, Wanted};
use super::super::errors::{Part, failed, root_failed};
use super::super::facets::Look;
use super::super::remove::{fits, is_as_expected};
use super::hands::Hands;
use super::lower::{Lower, decoded, is_same_content, newer};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Facets, Key, Kind, Outcome, Proof, Result, Retry};

impl Hands<'_> {
    /// Sets what differs. LOWER's content must be as surveyed; UPPER's too.
    pub(crate) async fn settle(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let now = self.lower.look(entry).await?;
        let facets = decoded(&now)?;
        if entry.lower.is_some_and(|then| !is_same_content(&then.decode(), &facets)) {
            return Ok(Outcome::Moving);
        }
        let Some(there) = self.upper_look(entry.key).await?.filter(|there| fits(there, entry.key))
        else {
            return Err(changed(entry.key, "it is not there").into());
        };
        let wanted = self.lower.wanted(entry.key, &now, self.owners).await?;
        is_as_surveyed(entry, &facets, &wanted, &there)?;
        self.settle_looked(entry, (&now, &wanted), &there).await
    }

    /// The same, where both sides were looked at and hold the same content.
    pub(crate) async fn settle_looked(
        &self,
        entry: &Entry<'_>,
        (now, wanted): (&[u8], &Wanted),
        there: &Look,
    ) -> Part<Outcome> {
        let key = entry.key;
        let path = self.upper.path(key)?;
        let refused = || failed(Code::WriteFailed, "cannot set attributes of", key);
        let acl = self.upper.acl(&path).await.map_err(refused())?;
        let put = wanted.put(self.upper, &path, &Has::of(there, acl)).await;
        let receipt = Receipt {
            lower: newer(entry, now)?,
            digest: entry.digest,
            ..Receipt::of(Proof::Claimed)
        };
        match put.map_err(refused())? {
            true => Ok(Outcome::Done(receipt)),
            false => Ok(Outcome::Same(receipt)),
        }
    }
}

/// Gives UPPER's root the attributes of LOWER's. Stores of another kind tell nothing of
/// their root.
pub(crate) async fn align(lower: &Lower, upper: &Cluster, owners: bool) -> Result<()> {
    let Lower::Hdfs(cluster) = lower else { return Ok(()) };
    let unreadable =
        || root_failed(Code::ReadFailed, "cannot read the attributes of root", cluster.url());
    let refused =
        || root_failed(Code::WriteFailed, "cannot set the attributes of root", upper.url());
    let look = cluster.look(cluster.top_path()).await.map_err(unreadable())?;
    let there = upper.look(upper.top_path()).await.map_err(refused())?;
    let (Some(look), Some(there)) = (look, there) else { return Ok(()) };
    let wanted = Wanted {
        mtime: Some(look.mtime),
        mode: Some(look.mode),
        acl: Some(cluster.acl(cluster.top_path()).await.map_err(unreadable())?),
        owner: owners.then_some((look.owner, look.group)),
    };
    let acl = upper.acl(upper.top_path()).await.map_err(refused())?;
    wanted.put(upper, upper.top_path(), &Has::of(&there, acl)).await.map_err(refused())?;
    Ok(())
}

fn is_as_surveyed(
    entry: &Entry<'_>,
    lower: &Facets<'_>,
    wanted: &Wanted,
    there: &Look,
) -> Result<()> {
    if there.kind != Kind::File {
        return Ok(());
    }
    if Some(there.size) != lower.size {
        return Err(changed(entry.key, "its size is not LOWER's"));
    }
    let kept = entry.upper.is_some_and(|then| is_as_expected(&then.decode(), there));
    match kept || wanted.mtime == Some(there.mtime) {
        true => Ok(()),
        false => Err(changed(entry.key, "its content was changed since it was surveyed")),
    }
}

fn changed(key: Key<'_>, because: &'static str) -> Error {
    Error::new(Code::LookDiffers, "cannot set attributes of")
        .on(key)
        .because(because)
        .retry(Retry::LookFirst)
}
