//! Where what lies at a location lies on UPPER.
//!
//! A location keeps its scheme, its trailing slash or the lack of it, and whatever follows the
//! place that was cloned. One without a clone stays as it is, and is told.

use crate::place::Place;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// What answers where the clone of a place is; else why it stays: `has no clone`.
type Clones = dyn Fn(&Place) -> Result<Place, String> + Send + Sync;

/// Rewrites locations. It asks for the clone of a place, which may be an object or what the
/// keys of objects begin with.
pub struct Relocation {
    clones: Box<Clones>,
}

/// A location that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Kept {
    /// Where it stands: `StorageDescriptor.Location`.
    pub path: String,
    /// The location.
    pub location: String,
    /// Why it stays, as the end of a sentence about it.
    pub reason: String,
}

const NO_CLONE: &str = "has no clone";

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.path, self.location, self.reason)
    }
}

impl fmt::Debug for Relocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relocation")
    }
}

impl Relocation {
    /// Rewrites by this answer.
    pub fn new(clones: impl Fn(&Place) -> Option<Place> + Send + Sync + 'static) -> Self {
        Relocation::telling(move |place| clones(place).ok_or_else(|| NO_CLONE.to_owned()))
    }

    /// Rewrites by this answer, which tells why a place stays.
    pub fn telling(
        clones: impl Fn(&Place) -> Result<Place, String> + Send + Sync + 'static,
    ) -> Self {
        Relocation { clones: Box::new(clones) }
    }

    /// A location as a whole.
    ///
    /// # Errors
    /// Why it stays as it is.
    pub fn location(&self, text: &str) -> Result<String, String> {
        let parsed = Place::parse(text).ok().zip(text.split_once("://"));
        let (place, (scheme, _)) = parsed.ok_or(NO_CLONE)?;
        // What is filled in later cannot be looked for: the folder above it is.
        let open = place.key.find("${").or_else(|| place.key.find('*'));
        let fixed = match open {
            Some(open) => place.key[..open].rfind('/').map_or(0, |slash| slash + 1),
            None => place.key.len(),
        };
        let (head, tail) = place.key.split_at(fixed);
        let clone = (self.clones)(&Place::new(&place.bucket, head))?;
        let slash = if needs_slash(&clone.key, tail) { "/" } else { "" };
        Ok(format!("{scheme}://{}/{}{slash}{tail}", clone.bucket, clone.key))
    }

    /// A value in which locations may stand: alone, in a list, in JSON. Those without a clone
    /// are added to `kept`.
    pub(super) fn value(&self, path: &str, text: &mut String, kept: &mut Vec<Kept>) {
        for range in locations(text).into_iter().rev() {
            match self.location(&text[range.clone()]) {
                Ok(moved) => text.replace_range(range, &moved),
                Err(reason) => {
                    let (path, location) = (path.to_owned(), text[range].to_owned());
                    kept.push(Kept { path, location, reason });
                }
            }
        }
    }

    /// A field that is a location and nothing else, in whatever scheme.
    pub(super) fn field(&self, path: &str, text: &mut Option<String>, kept: &mut Vec<Kept>) {
        let Some(text) = text.as_mut().filter(|text| !text.is_empty()) else { return };
        match self.location(text) {
            Ok(moved) => *text = moved,
            Err(reason) => {
                kept.push(Kept { path: path.to_owned(), location: text.clone(), reason });
            }
        }
    }
}

fn needs_slash(above: &str, tail: &str) -> bool {
    !tail.is_empty() && !above.is_empty() && !above.ends_with('/') && !tail.starts_with('/')
}

/// Where in a value locations stand. One that begins the value and is the only one is all of
/// it; one in quotes ends with them; any other ends where a list would go on.
fn locations(text: &str) -> Vec<Range<usize>> {
    let begins: Vec<usize> =
        text.match_indices("://").filter_map(|(at, _)| scheme_before(text, at)).collect();
    if begins == [0] && !text.starts_with(['"', '\'']) && !text.contains("\",\"") {
        let whole = 0..text.len();
        return Vec::from([whole]);
    }
    let end = |begin: usize, next: usize| {
        let rest = &text[begin..next];
        let quote = text[..begin].chars().next_back().filter(|letter| matches!(letter, '"' | '\''));
        let ends = |letter: char| match quote {
            Some(quote) => letter == quote,
            None => letter.is_whitespace() || matches!(letter, ',' | ';' | '"' | '\'' | ']' | ')'),
        };
        begin + rest.find(ends).unwrap_or(rest.len())
    };
    let nexts = begins.iter().skip(1).copied().chain([text.len()]);
    begins.iter().zip(nexts).map(|(begin, next)| *begin..end(*begin, next)).collect()
}

/// Where the scheme before `://` begins, if it is one of S3's.
fn scheme_before(text: &str, at: usize) -> Option<usize> {
    let letters = text[..at].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let begin = at - letters;
    let scheme = &text[begin..at];
    ["s3", "s3a", "s3n"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(begin)
}

/// Folders that were cloned, each with where to; the longest that a place lies in decides.
#[derive(Debug, Clone, Default)]
pub struct ClonedPrefixes {
    buckets: BTreeMap<String, BTreeMap<String, Place>>,
}

impl ClonedPrefixes {
    /// Adds a folder or an object, with or without its closing slash.
    pub fn insert(&mut self, from: &Place, to: &Place) {
        let to = Place::new(&to.bucket, trimmed(&to.key));
        self.buckets
            .entry(from.bucket.clone())
            .or_default()
            .insert(trimmed(&from.key).to_owned(), to);
    }

    /// Where the clone of a place is.
    #[must_use]
    pub fn clone_of(&self, place: &Place) -> Option<Place> {
        let folders = self.buckets.get(&place.bucket)?;
        let mut above = trimmed(&place.key);
        loop {
            if let Some(to) = folders.get(above) {
                let tail = &place.key[above.len()..];
                let slash = if needs_slash(&to.key, tail) { "/" } else { "" };
                return Some(Place::new(&to.bucket, format!("{}{slash}{tail}", to.key)));
            }
            if above.is_empty() {
                return None;
            }
            above = above.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
}

fn trimmed(key: &str) -> &str {
    key.strip_suffix('/').unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relocation() -> Relocation {
        let mut cloned = ClonedPrefixes::default();
        for (from, to) in [
            ("s3://lake/sales", "s3://new/run/spectrumfiles/lake/sales"),
            ("s3://lake/sales/hot/", "s3://fast/hot"),
            ("s3://whole", "s3://new/run/spectrumfiles/whole/"),
        ] {
            let place = |text| Place::parse(text).expect("a place");
            cloned.insert(&place(from), &place(to));
        }
        Relocation::new(move |place| cloned.clone_of(place))
    }

    #[test]
    fn a_location_keeps_its_scheme_slash_and_tail() {
        for (from, to) in [
            ("s3://lake/sales", Some("s3://new/run/spectrumfiles/lake/sales")),
            ("s3://lake/sales/", Some("s3://new/run/spectrumfiles/lake/sales/")),
            ("s3://lake/sales//", Some("s3://new/run/spectrumfiles/lake/sales//")),
            ("s3a://lake/sales/ds=1", Some("s3a://new/run/spectrumfiles/lake/sales/ds=1")),
            ("S3N://lake/sales/a b%2F?#", Some("S3N://new/run/spectrumfiles/lake/sales/a b%2F?#")),
            ("s3://lake/sales/hot", Some("s3://fast/hot")),
            ("s3://lake/sales/hot/x/", Some("s3://fast/hot/x/")),
            ("s3://lake/sales/hotter/", Some("s3://new/run/spectrumfiles/lake/sales/hotter/")),
            ("s3://whole", Some("s3://new/run/spectrumfiles/whole")),
            ("s3://whole/", Some("s3://new/run/spectrumfiles/whole")),
            ("s3://whole/a/b/", Some("s3://new/run/spectrumfiles/whole/a/b/")),
            ("s3://lake/sales2/", None),
            ("s3://lake/", None),
            ("s3://other/sales/", None),
            ("hdfs://lake/sales", None),
            ("", None),
        ] {
            assert_eq!(relocation().location(from).ok().as_deref(), to, "{from}");
        }
    }

    #[test]
    fn a_template_is_moved_by_the_folder_above_what_is_open() {
        for (from, to) in [
            (
                "s3://lake/sales/${ds}/${h}",
                Some("s3://new/run/spectrumfiles/lake/sales/${ds}/${h}"),
            ),
            ("s3://lake/sales/ds=${ds}", Some("s3://new/run/spectrumfiles/lake/sales/ds=${ds}")),
            ("s3://whole/${ds}", Some("s3://new/run/spectrumfiles/whole/${ds}")),
            ("s3://lake/sales/**", Some("s3://new/run/spectrumfiles/lake/sales/**")),
            ("s3://lake/sales${n}/", None),
            ("s3://${bucket}/sales/", None),
        ] {
            assert_eq!(relocation().location(from).ok().as_deref(), to, "{from}");
        }
    }

    #[test]
    fn locations_are_found_inside_values() {
        for (from, to, kept) in [
            ("plain words", "plain words", 0),
            ("s3://lake/sales/a, b", "s3://new/run/spectrumfiles/lake/sales/a, b", 0),
            (
                "s3://lake/sales/a,s3a://whole/b",
                "s3://new/run/spectrumfiles/lake/sales/a,s3a://new/run/spectrumfiles/whole/b",
                0,
            ),
            (
                r#"["s3://lake/sales/a,b","s3://other/c"]"#,
                r#"["s3://new/run/spectrumfiles/lake/sales/a,b","s3://other/c"]"#,
                1,
            ),
            (
                "see s3://lake/sales/x for more",
                "see s3://new/run/spectrumfiles/lake/sales/x for more",
                0,
            ),
            ("https://s3.example.com/lake/sales", "https://s3.example.com/lake/sales", 0),
            ("xs3://lake/sales", "xs3://lake/sales", 0),
            ("s3://other/x", "s3://other/x", 1),
        ] {
            let (mut text, mut missing) = (from.to_owned(), Vec::new());
            relocation().value("p", &mut text, &mut missing);
            assert_eq!((text.as_str(), missing.len()), (to, kept), "{from}");
        }
    }

    #[test]
    fn a_field_in_another_scheme_is_told() {
        let (mut text, mut kept) = (Some("hdfs://n/x".to_owned()), Vec::new());
        relocation().field("Location", &mut text, &mut kept);
        assert_eq!(kept[0].to_string(), "Location: hdfs://n/x has no clone");
    }
}
