//! What we write on a table of UPPER, and what hms-mirror wrote: by it we know later whose
//! table that is, and whether it still is as it was written.

use crate::fingerprint::Fingerprint;
use crate::parameters::{PURGE, TRANSACTIONAL, is_true};
use boatlift_clients::metastore::Table;

/// The name of the move that made an object.
pub const MOVE: &str = "boatlift.move";
/// The fingerprint of what was written, 64 hexadecimal digits.
pub const SOURCE: &str = "boatlift.source";
/// `true` where dropping the table on LOWER drops its files: so it shall be on UPPER, once
/// the files there are its own.
pub const PURGES: &str = "boatlift.purges";
/// hms-mirror's mark, which people's scripts look for: we write it too.
pub const CONVERTED: &str = "hmsMirror_Converted";
/// hms-mirror's mark of tables that were managed by Hive 1 or 2.
pub const LEGACY_MANAGED: &str = "hmsMirror_LegacyManaged";

/// How marks begin: ours, those of hms-mirror, those of its later versions.
const LEADS: &[&str] = &["boatlift.", "hmsMirror_", "hms-mirror_"];
const LATER_CONVERTED: &str = "hms-mirror_Converted";

/// Whose a table of UPPER is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// A move of ours wrote it.
    Ours {
        /// The move.
        name: String,
        /// What it wrote; `None` when the mark was spoilt.
        written: Option<Fingerprint>,
    },
    /// hms-mirror wrote it.
    HmsMirror,
    /// Somebody else's.
    Foreign,
}

/// Why a table of UPPER is not written anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandsOff {
    /// Nobody's mark.
    #[error("it carries no mark of Boatlift or hms-mirror")]
    Foreign,
    /// The mark of another move.
    #[error("the move `{0}` wrote it")]
    OtherMove(String),
    /// Of a kind that carries no mark: what was agreed on is all that is known of it.
    #[error("it is not what both sides agreed on")]
    Unmarked,
    /// Changed since.
    #[error("it was changed since it was written")]
    Drifted,
    /// hms-mirror's mark on a table with files of its own.
    #[error("hms-mirror wrote it, but it is {0} now")]
    HoldsFiles(&'static str),
}

impl HandsOff {
    /// Whether somebody else made it: then it is left alone also where it happens to be as both
    /// sides agreed.
    #[must_use]
    pub fn is_of_others(&self) -> bool {
        matches!(self, HandsOff::Foreign | HandsOff::OtherMove(_))
    }
}

/// Whether a parameter is a mark.
#[must_use]
pub fn is_mark(key: &str) -> bool {
    LEADS.iter().any(|lead| key.starts_with(lead))
}

/// Whose a table is, by its marks.
#[must_use]
pub fn ownership(table: &Table) -> Ownership {
    if let Some(name) = table.parameter(MOVE) {
        let written = table.parameter(SOURCE).and_then(|text| text.parse().ok());
        return Ownership::Ours { name: name.to_owned(), written };
    }
    let converted = [CONVERTED, LATER_CONVERTED];
    if converted.iter().any(|key| is_true(table.parameter(key))) {
        return Ownership::HmsMirror;
    }
    Ownership::Foreign
}

/// Whether the move `name` may write a table anew that has the fingerprint `now`.
///
/// # Errors
/// Says why not.
pub fn may_overwrite(table: &Table, now: &Fingerprint, name: &str) -> Result<(), HandsOff> {
    match ownership(table) {
        Ownership::Foreign => Err(HandsOff::Foreign),
        Ownership::Ours { name: other, .. } if other != name => Err(HandsOff::OtherMove(other)),
        Ownership::Ours { written, .. } if written.as_ref() == Some(now) => Ok(()),
        Ownership::Ours { .. } => Err(HandsOff::Drifted),
        Ownership::HmsMirror => match holds_files(table) {
            Some(kind) => Err(HandsOff::HoldsFiles(kind)),
            None => Ok(()),
        },
    }
}

/// hms-mirror kept no fingerprint: what would lose files when dropped is left alone.
fn holds_files(table: &Table) -> Option<&'static str> {
    if is_true(table.parameter(TRANSACTIONAL)) {
        return Some("transactional");
    }
    match table.table_type() {
        Some("MANAGED_TABLE") => Some("managed"),
        _ if is_true(table.parameter(PURGE)) => Some("set to purge"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(parameters: &[(&str, &str)]) -> Table {
        let mut table = Table::new("d", "t");
        table.set_table_type(Some("EXTERNAL_TABLE"));
        for (key, value) in parameters {
            table.set_parameter(key, value);
        }
        table
    }

    #[test]
    fn only_what_we_wrote_and_nobody_changed_is_written_anew() {
        let (now, then) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
        let (text, old) = (now.to_string(), then.to_string());
        for (parameters, expected) in [
            (vec![], Err(HandsOff::Foreign)),
            (vec![(MOVE, "m"), (SOURCE, text.as_str())], Ok(())),
            (vec![(MOVE, "m"), (SOURCE, old.as_str())], Err(HandsOff::Drifted)),
            (vec![(MOVE, "m"), (SOURCE, "spoilt")], Err(HandsOff::Drifted)),
            (vec![(MOVE, "m")], Err(HandsOff::Drifted)),
            (vec![(MOVE, "n"), (SOURCE, &text)], Err(HandsOff::OtherMove("n".into()))),
            (vec![(CONVERTED, "true")], Ok(())),
            (vec![("hms-mirror_Converted", "TRUE")], Ok(())),
            (vec![(CONVERTED, "false")], Err(HandsOff::Foreign)),
            (vec![(LEGACY_MANAGED, "true")], Err(HandsOff::Foreign)),
            (vec![(CONVERTED, "true"), (PURGE, "true")], Err(HandsOff::HoldsFiles("set to purge"))),
            (
                vec![(CONVERTED, "true"), (TRANSACTIONAL, "True")],
                Err(HandsOff::HoldsFiles("transactional")),
            ),
        ] {
            assert_eq!(may_overwrite(&table(&parameters), &now, "m"), expected, "{parameters:?}");
        }
        let mut managed = table(&[(CONVERTED, "true")]);
        managed.set_table_type(Some("MANAGED_TABLE"));
        assert_eq!(may_overwrite(&managed, &now, "m"), Err(HandsOff::HoldsFiles("managed")));
    }
}
