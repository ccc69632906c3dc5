//! What the catalogue's group agreed on, against what UPPER shows: something that was written
//! through UPPER meanwhile must be looked at by a person before it is pointed elsewhere.

use super::Exchange;
use crate::keys::Name;
use crate::marks::{Ownership, ownership};
use crate::plan::CATALOGUE;
use boatlift_clients::metastore::Table;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::{Key, KeyBuf};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// What was agreed on for some objects of one table, as UPPER showed it.
pub(super) type Agreed = BTreeMap<KeyBuf, Vec<u8>>;

impl Exchange {
    /// What the catalogue's group agreed on for each key.
    pub(super) fn agreed<'k>(&self, keys: impl Iterator<Item = Key<'k>> + Clone) -> Result<Agreed> {
        let mut agreed = Agreed::new();
        let (Some(first), Some(last)) = (keys.clone().min(), keys.max()) else { return Ok(agreed) };
        let Some(agreement) = self.agreements.agreement(CATALOGUE, 0)? else { return Ok(agreed) };
        self.agreements.each_from(&agreement, first, &mut |entry| {
            if entry.key > last {
                return ControlFlow::Break(());
            }
            if let Some(upper) = entry.upper {
                agreed.insert(entry.key.to_owned(), upper.as_bytes().to_vec());
            }
            ControlFlow::Continue(())
        })?;
        Ok(agreed)
    }

    /// Whether something that points at LOWER may be led to UPPER's storage: `now` is what UPPER
    /// shows of it, and `here` is its table.
    pub(super) fn may_exchange(
        &self,
        (name, key): (Name<'_>, Key<'_>),
        here: &Table,
        now: &[u8],
        agreed: &Agreed,
    ) -> Result<()> {
        let foreign = match ownership(here) {
            Ownership::Ours { name, .. } => name != self.translator().move_name(),
            Ownership::HmsMirror => false,
            Ownership::Foreign => true,
        };
        if foreign {
            return Err(Error::new(Code::HiveForeign, "cannot exchange")
                .on(key)
                .because("its table on UPPER does not carry the mark of this move"));
        }
        match agreed.contains_key(&key.to_owned()) {
            true => self.is_as_agreed((name, key), now, agreed),
            false => Err(Error::new(Code::HiveNotReady, "cannot exchange")
                .on(key)
                .because("both sides have not agreed on it yet")),
        }
    }

    /// Refuses what UPPER does not show as it was agreed on, unless a person has accepted that.
    pub(super) fn is_as_agreed(
        &self,
        (name, key): (Name<'_>, Key<'_>),
        now: &[u8],
        agreed: &Agreed,
    ) -> Result<()> {
        match agreed.get(&key.to_owned()) {
            Some(then) if then != now && !self.describe.accepts(name) => {
                Err(Error::new(Code::HiveWritten, "something was written through UPPER into")
                    .on(key)
                    .because("it is not as it was agreed on"))
            }
            _ => Ok(()),
        }
    }
}
