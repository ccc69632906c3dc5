//! Carrying one item: content to a temporary name, attributes, and then in place.

use super::super::cluster::Body;
use super::super::dress::Has;
use super::super::errors::{Answer, Part, failed};
use super::super::names::parent;
use super::super::place::Temporary;
use super::super::stream::{UNFINISHED, unsupported};
use super::super::{acl::Acl, dress::Wanted};
use super::hands::{Birth, Hands};
use super::lower::{Opened, Passing, decoded, is_same_content, newer};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Digest, Entry, Key, Kind, Outcome, Proof, Side};
use futures_util::future::LocalBoxFuture;
use hdfs_native::HdfsError;

/// Bytes after which the pace is asked, also in the middle of a file.
const PAID_AT_ONCE: u64 = 1 << 20;

/// What passed.
pub(crate) struct Passed {
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
}

impl Hands<'_> {
    /// Carries what `entry` names, whatever it is. Idempotent: the file that stands at
    /// UPPER is replaced as a whole, or left.
    ///
    /// Boxed, since several steps end in it.
    pub(crate) fn carry<'f>(&'f self, entry: &'f Entry<'_>) -> LocalBoxFuture<'f, Part<Outcome>> {
        Box::pin(self.carry_any(entry))
    }

    async fn carry_any(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let surveyed = match entry.lower {
            Some(lower) => lower.as_bytes().to_vec(),
            None => self.lower.look(entry).await?,
        };
        match decoded(&surveyed)?.kind {
            Kind::File => {}
            Kind::Directory => {
                self.make_directory(entry).await?;
                return self.settle(entry).await;
            }
            Kind::Symlink => return Err(unsupported(entry.key, Kind::Symlink).into()),
            kind => {
                return Ok(Outcome::Skipped(format!(
                    "a {}, which HDFS does not have",
                    kind.word()
                )));
            }
        }
        match self.carry_file(entry, surveyed).await? {
            Carried::Told(outcome) => Ok(outcome),
            // It was changed after the survey, but perhaps not now: once more, as it is.
            Carried::Otherwise(now) => match self.carry_file(entry, now).await? {
                Carried::Told(outcome) => Ok(outcome),
                Carried::Otherwise(_) => Ok(Outcome::Moving),
            },
        }
    }

    /// Carries a file that is expected to look like `expected` before and after.
    async fn carry_file(&self, entry: &Entry<'_>, expected: Vec<u8>) -> Part<Carried> {
        let key = entry.key;
        let mut opened = self.lower.open(key).await?;
        let before = opened.facets.take().unwrap_or(expected);
        if opened
            .length
            .is_some_and(|length| Some(length) != decoded(&before).ok().and_then(|f| f.size))
        {
            return Ok(Carried::Otherwise(self.lower.look(entry).await?));
        }
        let wanted = self.lower.wanted(key, &before, self.owners).await?;
        let path = self.upper.path(key)?;
        let birth = self.birth(parent(&path));
        let mode = first_mode(&wanted, birth.as_ref());
        let mut temporary = Temporary::create(self.upper, path, mode).await.map_err(failed(
            Code::WriteFailed,
            "cannot create",
            key,
        ))?;
        let filled =
            self.fill(entry, (&mut opened, &mut temporary), (&before, &wanted, mode)).await;
        match filled {
            Ok(Filled::Same(passed, now)) => {
                temporary.place(key).await?;
                let Passed { bytes, digest } = passed;
                let (lower, digest) = (newer(entry, &now)?, Some(digest));
                let receipt = Receipt { bytes, digest, lower, ..Receipt::of(Proof::Carried) };
                Ok(Carried::Told(Outcome::Done(receipt)))
            }
            Ok(Filled::Otherwise(now)) => {
                temporary.discard().await;
                Ok(Carried::Otherwise(now))
            }
            Err(halt) => {
                temporary.discard().await;
                Err(halt)
            }
        }
    }

    /// Fills a temporary with content and attributes, and looks whether LOWER kept still.
    async fn fill(
        &self,
        entry: &Entry<'_>,
        (opened, temporary): (&mut Opened<'_>, &mut Temporary<'_>),
        (before, wanted, mode): (&[u8], &Wanted, u32),
    ) -> Part<Filled> {
        let key = entry.key;
        let passed = self.pass(key, &mut opened.content, Some(temporary)).await?;
        temporary.close().await.map_err(failed(Code::WriteFailed, "cannot write", key))?;
        let now = self.lower.look(entry).await?;
        let (then, still) = (decoded(before)?, decoded(&now)?);
        if !is_same_content(&then, &still) || then.size != Some(passed.bytes) {
            return Ok(Filled::Otherwise(now));
        }
        let changed = match then.mode == still.mode && then.version == still.version {
            true => None,
            false => Some(self.lower.wanted(key, &now, self.owners).await?),
        };
        let wanted = changed.as_ref().unwrap_or(wanted);
        self.dress(key, temporary.name(), wanted, mode).await?;
        Ok(Filled::Same(passed, now))
    }

    /// Gives a new file its attributes.
    async fn dress(&self, key: Key<'_>, path: &str, wanted: &Wanted, mode: u32) -> Part<()> {
        let refused = || failed(Code::WriteFailed, "cannot set attributes of", key);
        let dressed = async {
            let (birth, acl) = match self.birth(parent(path)) {
                Some(birth) if birth.inherits => (birth, self.upper.acl(path).await?),
                Some(birth) => (birth, Acl::default()),
                None => self.born(path).await?,
            };
            let Birth { owner, group, .. } = birth;
            let has = Has { mtime: None, mode, owner, group, acl };
            wanted.put(self.upper, path, &has).await
        };
        dressed.await.map(drop).map_err(|answer| refused()(answer).into())
    }

    /// What a new file was born with, the first of its directory in this turn.
    async fn born(&self, path: &str) -> Answer<(Birth, Acl)> {
        let Some(look) = self.upper.look(path).await? else {
            return Err(HdfsError::FileNotFound(path.to_owned()));
        };
        let acl = self.upper.acl(path).await?;
        Ok((self.learn(parent(path), look, &acl), acl))
    }

    /// Lets content pass, hashed, to a temporary or nowhere.
    pub(crate) async fn pass(
        &self,
        key: Key<'_>,
        content: &mut Passing<'_>,
        mut to: Option<&mut Temporary<'_>>,
    ) -> Part<Passed> {
        let both = [Side::Lower, Side::Upper];
        let sides = if to.is_some() { &both[..] } else { &both[..1] };
        let mut hasher = blake3::Hasher::new();
        let (mut bytes, mut owed) = (0, 0);
        while let Some(part) = content.next(key).await? {
            bytes += part.len() as u64;
            owed += part.len() as u64;
            if owed >= PAID_AT_ONCE {
                self.pay_bytes(sides, std::mem::take(&mut owed))?;
            }
            hasher.update(&part);
            if let Some(to) = &mut to {
                to.write(part).await.map_err(failed(Code::WriteFailed, "cannot write", key))?;
            }
        }
        if owed > 0 {
            self.pay_bytes(sides, owed)?;
        }
        Ok(Passed { bytes, digest: Digest::Blake3(hasher.finalize().into()) })
    }

    /// Hashes content at UPPER.
    pub(crate) async fn hash_upper(&self, key: Key<'_>, mut body: Body) -> Part<Passed> {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = 0;
        while let Some(part) = super::super::stream::next(&mut body).await.map_err(failed(
            Code::ReadFailed,
            "cannot read back from UPPER",
            key,
        ))? {
            self.pay_bytes(&[Side::Upper], part.len() as u64)?;
            bytes += part.len() as u64;
            hasher.update(&part);
        }
        Ok(Passed { bytes, digest: Digest::Blake3(hasher.finalize().into()) })
    }
}

enum Carried {
    Told(Outcome),
    /// LOWER looked like this afterwards, and not as expected.
    Otherwise(Vec<u8>),
}

enum Filled {
    /// What passed, and LOWER's look after it.
    Same(Passed, Vec<u8>),
    Otherwise(Vec<u8>),
}

/// The mode to create a file with: its own when nothing else is to be set before it, else
/// one that lets nobody in who may not be meant to be.
fn first_mode(wanted: &Wanted, birth: Option<&Birth>) -> u32 {
    let has_acl = wanted.acl.as_ref().is_some_and(|acl| !acl.is_empty());
    let at_once = match birth {
        Some(birth) => !birth.inherits && !wanted.wants_owner(&birth.owner, &birth.group),
        None => wanted.owner.is_none(),
    };
    match wanted.mode.filter(|_| at_once && !has_acl) {
        Some(mode) => mode,
        None => UNFINISHED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_user_is_closed_until_it_is_theirs() {
        let owner = Some(("hive".to_owned(), "hadoop".to_owned()));
        let wanted = Wanted { mode: Some(0o644), owner, ..Wanted::default() };
        let birth =
            |owner: &str, inherits| Birth { owner: owner.into(), group: "hadoop".into(), inherits };
        assert_eq!(first_mode(&wanted, None), UNFINISHED);
        assert_eq!(first_mode(&wanted, Some(&birth("root", false))), UNFINISHED);
        assert_eq!(first_mode(&wanted, Some(&birth("hive", true))), UNFINISHED);
        assert_eq!(first_mode(&wanted, Some(&birth("hive", false))), 0o644);
        assert_eq!(first_mode(&Wanted { owner: None, ..wanted }, None), 0o644);
    }
}
