//! Making directories at UPPER, not yet with their final attributes.

use super::super::cluster::Above;
use super::super::errors::{Part, failed};
use super::super::stream::UNFINISHED_DIRECTORY;
use super::hands::Hands;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Key, Kind, Outcome, Proof};

impl Hands<'_> {
    /// Makes the directory that `entry` names, and those above it. What is no directory
    /// there is replaced only when the entry's partner names it. Idempotent.
    pub(crate) async fn make_directory(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let path = self.upper.path(key)?;
        let refused = || failed(Code::WriteFailed, "cannot make directory", key);
        let make = || self.upper.make_directory(&path, UNFINISHED_DIRECTORY, Above::Make);
        let Err(answer) = make().await else {
            return Ok(Outcome::Done(Receipt::of(Proof::Claimed)));
        };
        let there = self.upper_look(key).await?;
        if !there.is_some_and(|there| there.kind == Kind::File) {
            return Err(refused()(answer).into());
        }
        if entry.partner.map(Key::as_bytes) != Some(key.path()) {
            let error = Error::new(Code::InTheWay, "cannot make directory").on(key);
            return Err(error.because("a file is in its place").into());
        }
        self.upper.delete(&path).await.map_err(refused())?;
        make().await.map_err(refused())?;
        Ok(Outcome::Done(Receipt::of(Proof::Claimed)))
    }
}
