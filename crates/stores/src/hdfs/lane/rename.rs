//! Replaying at UPPER a rename that LOWER saw.

use super::super::cluster::Over;
use super::super::errors::{Halt, Part, failed, is_in_the_way, is_nowhere};
use super::super::remove::is_as_expected;
use super::hands::Hands;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Outcome, Proof};

impl Hands<'_> {
    /// Renames what UPPER has under the partner's key, then brings attributes in line.
    /// Where either side is not as agreed, or the new name is taken, it carries instead.
    /// Idempotent: made twice, the second time finds the old name gone and carries.
    pub(crate) async fn rename(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let (Some(old), Some(expected), Some(digest)) = (entry.partner, entry.upper, entry.digest)
        else {
            return self.carry(entry).await;
        };
        // The system's own times do not tell whether LOWER's content was rewritten too.
        match self.hash_lower(entry).await {
            Ok(passed) if passed.digest == digest => {}
            Ok(_) | Err(Halt::Told(Outcome::Moving)) => return self.carry(entry).await,
            Err(halt) => return Err(halt),
        }
        let there = self.upper_look(old).await?;
        if !there.is_some_and(|there| is_as_expected(&expected.decode(), &there)) {
            return self.carry(entry).await;
        }
        let (from, to) = (self.upper.path(old)?, self.upper.path(entry.key)?);
        match self.upper.rename(&from, &to, Over::Refuse).await {
            Ok(()) => {}
            Err(answer) if is_in_the_way(&answer) || is_nowhere(&answer) => {
                return self.carry(entry).await;
            }
            Err(answer) => {
                let tried = "cannot rename to";
                return Err(failed(Code::WriteFailed, tried, entry.key)(answer).into());
            }
        }
        match self.settle(entry).await {
            Ok(Outcome::Done(receipt) | Outcome::Same(receipt)) => {
                let digest = Some(digest);
                Ok(Outcome::Done(Receipt { proof: Proof::Claimed, digest, ..receipt }))
            }
            Err(Halt::Told(Outcome::Failed(_))) => self.carry(entry).await,
            other => other,
        }
    }
}
