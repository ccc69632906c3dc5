//! Joining the chunks of a statement's text, and knowing what of it is missing.

use std::fmt;

/// The width of one chunk of `STL_QUERYTEXT` and `SYS_QUERY_TEXT`, in bytes.
const CHUNK: usize = 200;

/// The width of `querytxt` and `query_text`, in characters: a longer text is cut there.
pub const WIDEST_QUERY_TEXT: usize = 4000;

/// The longest text that is joined, in bytes: a batch of them is in memory at once. Redshift
/// takes 16 MB, which only inserts need.
pub const LONGEST_TEXT: usize = 256 << 10;

/// How much of a text there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of it.
    Whole,
    /// It breaks off.
    Cut,
    /// A part before its end is missing: what follows cannot be read safely.
    Gap,
}

/// A text of SQL as somebody ran it. It may hold credentials and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlText {
    pub(super) text: String,
    pub(super) completeness: Completeness,
}

impl SqlText {
    /// A text of which it is known how much there is.
    #[must_use]
    pub fn new(text: impl Into<String>, completeness: Completeness) -> SqlText {
        SqlText { text: text.into(), completeness }
    }

    /// A text that is known to be whole.
    #[must_use]
    pub fn whole(text: impl Into<String>) -> SqlText {
        SqlText::new(text, Completeness::Whole)
    }

    /// A text from a column of [`WIDEST_QUERY_TEXT`]: cut when it fills the column.
    #[must_use]
    pub fn from_query_text(text: impl Into<String>) -> SqlText {
        let text = text.into();
        let completeness = match text.chars().count() < WIDEST_QUERY_TEXT && !text.is_empty() {
            true => Completeness::Whole,
            false => Completeness::Cut,
        };
        SqlText { text, completeness }
    }

    /// How much of it there is.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// Whether it may hold a COPY or UNLOAD, perhaps in the part that is missing.
    #[must_use]
    pub fn may_move_files(&self) -> bool {
        let holds = |word: &[u8]| {
            self.text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
        };
        self.completeness != Completeness::Whole || holds(b"copy") || holds(b"unload")
    }
}

impl fmt::Debug for SqlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlText(*** {} bytes, {:?})", self.text.len(), self.completeness)
    }
}

/// Chunks of one statement, added in the order of their `sequence`.
///
/// The views pad chunks with blanks and answers lose them: each chunk but the last is padded
/// to its width again before the next one follows.
#[derive(Default)]
pub struct Chunks {
    text: String,
    next: u64,
    padding: usize,
    missing: bool,
    too_long: bool,
}

impl Chunks {
    /// Adds a chunk. One that was there already is left out.
    pub fn push(&mut self, sequence: u64, chunk: &str) {
        if sequence < self.next {
            return;
        }
        self.missing |= sequence > self.next;
        self.next = sequence.saturating_add(1);
        self.too_long |= self.text.len() + self.padding + chunk.len() > LONGEST_TEXT;
        if self.too_long {
            return;
        }
        self.text.extend(std::iter::repeat_n(' ', self.padding));
        self.text.push_str(chunk);
        self.padding = CHUNK.saturating_sub(chunk.len());
    }

    /// The whole text, or what there is of it.
    #[must_use]
    pub fn join(self) -> SqlText {
        let completeness = match (self.missing, self.too_long || self.next == 0) {
            (true, _) => Completeness::Gap,
            (false, true) => Completeness::Cut,
            (false, false) => Completeness::Whole,
        };
        let mut text = self.text;
        text.truncate(text.trim_end_matches(' ').len());
        SqlText { text, completeness }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(chunks: &[(u64, &str)]) -> SqlText {
        let mut joined = Chunks::default();
        for (sequence, chunk) in chunks {
            joined.push(*sequence, chunk);
        }
        joined.join()
    }

    #[test]
    fn blanks_at_the_border_of_chunks_come_back() {
        let first = format!("copy t from 's3://b/{}", "x".repeat(150));
        let joined = join(&[(0, &first), (1, "y' csv")]);
        assert_eq!(joined.text.len(), 206);
        assert_eq!(&joined.text[..first.len()], first);
        assert_eq!(joined.text[first.len()..200].trim(), "");
        assert_eq!(&joined.text[200..], "y' csv");
        assert_eq!(joined.completeness, Completeness::Whole);
    }

    #[test]
    fn padded_and_trimmed_chunks_join_alike() {
        let (first, second) = ("copy t ".repeat(20), "csv");
        let padded = join(&[(0, &format!("{first:200}")), (1, &format!("{second:200}"))]);
        assert_eq!(padded, join(&[(0, first.trim_end()), (1, second)]));
    }

    #[test]
    fn a_missing_chunk_is_a_gap_and_a_doubled_one_is_not() {
        assert_eq!(join(&[(0, "a"), (2, "c")]).completeness, Completeness::Gap);
        assert_eq!(join(&[(1, "b")]).completeness, Completeness::Gap);
        let doubled = join(&[(0, "a"), (0, "a"), (1, "b")]);
        assert_eq!((doubled.text.len(), doubled.completeness), (201, Completeness::Whole));
        assert_eq!(join(&[]).completeness, Completeness::Cut);
    }

    #[test]
    fn a_text_without_end_is_cut_at_a_bound() {
        let chunk = "x".repeat(CHUNK);
        let mut chunks = Chunks::default();
        (0..10_000).for_each(|sequence| chunks.push(sequence, &chunk));
        let joined = chunks.join();
        assert!(joined.text.len() <= LONGEST_TEXT);
        assert_eq!(joined.completeness, Completeness::Cut);
    }

    #[test]
    fn a_full_column_is_a_cut_text() {
        let full = SqlText::from_query_text("é".repeat(WIDEST_QUERY_TEXT));
        assert_eq!(full.completeness(), Completeness::Cut);
        assert_eq!(SqlText::from_query_text("copy t").completeness(), Completeness::Whole);
    }

    #[test]
    fn a_text_does_not_show_itself() {
        let text = SqlText::whole("credentials 'hunter2'");
        assert!(!format!("{text:?}").contains("hunter2"));
    }
}
