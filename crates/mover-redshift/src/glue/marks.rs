//! What we write into the parameters of what we make on UPPER: by it a later run knows whose
//! it is, and whether it still is as it was written.

use super::fingerprint::{Described, Fingerprint};
use std::fmt;

/// The name of the move that wrote an object.
pub const MOVE: &str = "boatlift.move";
/// The fingerprint of what was written, 64 hexadecimal digits.
pub const SOURCE: &str = "boatlift.source";

/// How marks begin.
const LEAD: &str = "boatlift.";

/// Why something on UPPER is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HandsOff {
    /// It has no mark of ours.
    Foreign,
    /// The mark of another move.
    OtherMove(String),
    /// Somebody changed it since.
    Drifted,
}

impl fmt::Display for HandsOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandsOff::Foreign => f.write_str("it carries no mark of Boatlift"),
            HandsOff::OtherMove(name) => write!(f, "the move `{name}` wrote it"),
            HandsOff::Drifted => f.write_str("it was changed since it was written"),
        }
    }
}

/// Whether a parameter is a mark.
pub(super) fn is_mark(name: &str) -> bool {
    name.starts_with(LEAD)
}

/// The object with the marks of the move.
pub(super) fn marked<T: Described>(object: &T, move_name: &str) -> T {
    let fingerprint = hexadecimal(&object.fingerprint());
    let mut marked = object.clone();
    let parameters = marked.parameters_mut().get_or_insert_default();
    parameters.insert(MOVE.to_owned(), move_name.to_owned());
    parameters.insert(SOURCE.to_owned(), fingerprint);
    marked
}

/// What an object on UPPER says against being written anew by the move.
pub(super) fn hands_off<T: Described>(here: &T, move_name: &str) -> Option<HandsOff> {
    let mark = |name: &str| here.parameters().as_ref().and_then(|all| all.get(name));
    match mark(MOVE) {
        None => Some(HandsOff::Foreign),
        Some(other) if other != move_name => Some(HandsOff::OtherMove(other.clone())),
        Some(_) if mark(SOURCE) == Some(&hexadecimal(&here.fingerprint())) => None,
        Some(_) => Some(HandsOff::Drifted),
    }
}

/// A fingerprint in hexadecimal digits.
pub(super) fn hexadecimal(fingerprint: &Fingerprint) -> String {
    blake3::Hash::from_bytes(*fingerprint).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_aws::glue::Table;

    #[test]
    fn only_what_this_move_wrote_and_nobody_changed_is_ours() {
        let table = Table { name: "t".into(), ..Table::default() };
        assert_eq!(hands_off(&table, "m"), Some(HandsOff::Foreign));
        let ours = marked(&table, "m");
        assert_eq!(hands_off(&ours, "m"), None);
        assert_eq!(hands_off(&ours, "n"), Some(HandsOff::OtherMove("m".into())));
        let changed = Table { owner: Some("somebody".into()), ..ours.clone() };
        assert_eq!(hands_off(&changed, "m"), Some(HandsOff::Drifted));
        assert_eq!(marked(&ours, "m"), ours, "marks are no part of what is marked");
    }
}
