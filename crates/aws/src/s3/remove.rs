//! Removing what is still as it was surveyed.

use super::bucket::Bucket;
use super::errors::failed;
use super::list;
use super::look::{There, look};
use super::names::{self, Form};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Error, FacetsRef, Key, Outcome, Proof, Result};

/// Removes what stands under `key`, if that is what was expected. Idempotent: what is not
/// there is removed.
///
/// The server is asked to look once more in the same instant; where it does not know such a
/// condition, what another writes between our look and the removal is removed with it.
pub(crate) async fn remove(
    bucket: &Bucket,
    form: Form,
    key: Key<'_>,
    expected: FacetsRef<'_>,
) -> Result<Outcome> {
    let name = names::object(bucket.prefix(), key)?;
    let cannot = || failed(Code::RemoveFailed, "cannot remove", key);
    let gone = || Outcome::Same(Receipt::of(Proof::Claimed));
    let there = match look(bucket, form, &name).await.map_err(cannot())? {
        None => return Ok(gone()),
        Some(There::File(state)) => state,
        Some(_) => return remove_directory(bucket, key, &name).await,
    };
    let expected = expected.decode();
    let same_tag = expected.version.is_none_or(|tag| tag == there.etag.as_bytes());
    if !same_tag || expected.size.is_some_and(|size| size != there.size) {
        let error = Error::new(Code::RemoveFailed, "cannot remove").on(key);
        return Err(error.because("changed since it was surveyed"));
    }
    let tag = Some(&*there.etag).filter(|tag| !tag.is_empty());
    match bucket.delete(&name, tag).await {
        Ok(()) => Ok(Outcome::Done(Receipt::of(Proof::Claimed))),
        Err(refusal) if refusal.is_condition() => {
            let error = Error::new(Code::RemoveFailed, "cannot remove").on(key);
            Err(error.because("changed since it was surveyed"))
        }
        Err(refusal) => Err(cannot()(refusal)),
    }
}

/// A directory goes when nothing but the object that stands for it is there.
async fn remove_directory(bucket: &Bucket, key: Key<'_>, name: &str) -> Result<Outcome> {
    let cannot = || failed(Code::RemoveFailed, "cannot remove", key);
    let page = list::page(bucket, name, None, None, Some(2)).await.map_err(cannot())?;
    if page.objects.iter().any(|object| object.key != name) {
        let because = "not empty: it holds names that are excluded or came later";
        return Ok(Outcome::Skipped(because.into()));
    }
    bucket.delete(name, None).await.map_err(cannot())?;
    Ok(Outcome::Done(Receipt::of(Proof::Claimed)))
}
