//! Records of uploads by parts, so that what a crash leaves is found again.
//!
//! Before an upload begins, its key is noted below `.boatlift/uploads/`, and its id as soon as the
//! server has said it; when it has ended the note goes. Servers list uploads without saying whose
//! they are: only the one with the noted id is aborted. A run that died before it learned the id
//! leaves a note without; then the first upload of the key since the note counts as ours.

use super::bucket::{Bucket, Condition};
use super::errors::Answer;
use super::list;
use super::multipart::{Unfinished, abort, unfinished};
use super::names;
use super::state::Dress;
use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Records that are swept at a time.
const AT_ONCE: usize = 8;

/// The records that tell of uploads which nobody carries on, by their keys.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Those below a root when it was first written.
    found: OnceCell<BTreeSet<String>>,
    /// Those of our own that could not be aborted.
    kept: Mutex<BTreeSet<String>>,
}

/// What a record says.
struct Note {
    key: String,
    id: Option<String>,
    /// When it was written, in seconds by the server's clock.
    at: Option<i64>,
}

fn record(bucket: &Bucket, key: &str) -> String {
    let hash = blake3::hash(key.as_bytes()).to_hex();
    names::own(bucket.prefix(), &format!("uploads/{}", &hash[..32]))
}

/// Notes that an upload under `key` is about to begin, or has begun with this id. Idempotent.
pub(crate) async fn note(bucket: &Bucket, key: &str, id: Option<&str>) -> Answer<()> {
    let body = Bytes::from(format!("{}\n{key}", id.unwrap_or_default()));
    bucket.put(&record(bucket, key), &Dress::default(), None, body, Condition::None).await.map(drop)
}

/// Removes the note on `key`. Idempotent.
pub(crate) async fn forget(bucket: &Bucket, key: &str) -> Answer<()> {
    bucket.delete(&record(bucket, key), None).await
}

/// Aborts what an earlier run began under `key` and did not end: a note that is written again
/// would no longer tell of it. It takes one listing for each root that is written.
pub(crate) async fn before_write(bucket: &Bucket, key: &str) -> Answer<()> {
    let record = record(bucket, key);
    let found = bucket.left.found.get_or_try_init(|| records(bucket)).await?;
    let is_kept = |kept: &Mutex<BTreeSet<String>>| {
        kept.lock().unwrap_or_else(PoisonError::into_inner).contains(&record)
    };
    if !found.contains(&record) && !is_kept(&bucket.left.kept) {
        return Ok(());
    }
    abort_noted(bucket, &record).await?;
    bucket.left.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&record);
    Ok(())
}

/// Remembers that our upload under `key` could not be aborted: it is, before the next.
pub(crate) fn keep(bucket: &Bucket, key: &str) {
    let mut kept = bucket.left.kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.insert(record(bucket, key));
}

async fn records(bucket: &Bucket) -> Answer<BTreeSet<String>> {
    let folder = names::own(bucket.prefix(), "uploads/");
    let (mut records, mut after) = (BTreeSet::new(), None);
    loop {
        let page = list::page(bucket, &folder, after.as_deref(), None, None).await?;
        after = page.objects.last().map(|object| object.key.clone());
        records.extend(page.objects.into_iter().map(|object| object.key));
        if !page.is_cut || after.is_none() {
            return Ok(records);
        }
    }
}

/// Aborts what an earlier run began under `key`, if a note tells of any. Idempotent.
pub(crate) async fn sweep(bucket: &Bucket, key: &str) -> Answer<()> {
    abort_noted(bucket, &record(bucket, key)).await
}

/// Aborts all that earlier runs began below this root. Idempotent.
pub(crate) async fn sweep_all(bucket: &Bucket) -> Answer<()> {
    let folder = names::own(bucket.prefix(), "uploads/");
    let mut after = None;
    loop {
        let page = list::page(bucket, &folder, after.as_deref(), None, None).await?;
        let records = stream::iter(page.objects.iter().map(Ok));
        records.try_for_each_concurrent(AT_ONCE, |object| abort_noted(bucket, &object.key)).await?;
        after = page.objects.last().map(|object| object.key.clone());
        if !page.is_cut || after.is_none() {
            return Ok(());
        }
    }
}

/// Aborts the upload that a record tells of, and removes the record. Idempotent.
async fn abort_noted(bucket: &Bucket, record: &str) -> Answer<()> {
    let Some(note) = noted(bucket, record).await? else { return Ok(()) };
    let id = match note.id {
        Some(id) => Some(id),
        None => first_since(note.at, unfinished(bucket, &note.key).await?),
    };
    if let Some(id) = id {
        abort(bucket, &note.key, &id).await?;
    }
    bucket.delete(record, None).await
}

/// The first of some uploads that began when a note was there.
fn first_since(noted: Option<i64>, uploads: Vec<Unfinished>) -> Option<String> {
    let since = uploads.into_iter().filter(|upload| upload.begun >= noted);
    since.min_by_key(|upload| upload.begun).map(|upload| upload.id)
}

/// What a record says; `None` when it went meanwhile or is none of ours.
async fn noted(bucket: &Bucket, name: &str) -> Answer<Option<Note>> {
    let answer = match bucket.get(name, None, None, Some((0, 8191))).await {
        Err(refusal) if refusal.is_missing() => return Ok(None),
        answer => answer?,
    };
    let at = answer.last_modified().map(|at| at.secs());
    let bytes = match answer.body.collect().await {
        Ok(bytes) => bytes.into_bytes(),
        Err(error) => return Err(super::errors::Refusal::ours(error.to_string())),
    };
    let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once('\n'));
    Ok(text.filter(|(_, key)| record(bucket, key) == name).map(|(id, key)| Note {
        key: key.to_owned(),
        id: Some(id.to_owned()).filter(|id| !id.is_empty()),
        at,
    }))
}
