//! The merge: three streams in key order, one verdict per key.

use super::moves::Moves;
use super::obstruction::Prefixes;
use super::side::Stream;
use super::{DifferenceWriter, Marks, Surveyor};
use crate::segment::{Segment, SegmentCursor};
use boatlift_core::compare::{Agreed, Comparison, Verdict, compare};
use boatlift_core::error::Result;
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::plan::{SegmentRef, Totals};
use boatlift_core::side::Side;
use boatlift_core::store::Hole;

/// What a merge gives: counts, the difference, holes, and candidates for renames.
pub(super) type Merged = (Totals, SegmentRef, Vec<(Side, Hole)>, Option<Moves>);

/// The state of one comparison.
pub(super) struct Merge<'s> {
    surveyor: &'s Surveyor<'s>,
    lower: Stream<'s>,
    upper: Stream<'s>,
    agreed: SegmentCursor,
    out: Difference<'s>,
}

/// Everything that entries of the difference pass through.
struct Difference<'s> {
    surveyor: &'s Surveyor<'s>,
    writer: DifferenceWriter,
    totals: Totals,
    moves: Option<Moves>,
    /// Unchanged directories above the current key that are not written yet.
    parents: Vec<Parent>,
    /// Names of LOWER, no directories, that UPPER does not have under the same key.
    lower_names: Prefixes,
    /// The same the other way round.
    upper_names: Prefixes,
    /// A directory of UPPER in whose place LOWER has this name.
    displaced: Option<(KeyBuf, KeyBuf)>,
}

struct Parent {
    entry: Page,
    length: usize,
    written: bool,
}

/// One key with what the three streams say of it.
#[derive(Clone, Copy)]
struct Row<'a> {
    key: Key<'a>,
    lower: Option<FacetsRef<'a>>,
    agreed: Option<Entry<'a>>,
    upper: Option<FacetsRef<'a>>,
}

impl<'s> Merge<'s> {
    pub(super) fn new(
        surveyor: &'s Surveyor<'s>,
        lower: Stream<'s>,
        agreed: Option<Segment>,
        upper: Stream<'s>,
    ) -> Result<Self> {
        let moves = match (&agreed, surveyor.find_moves) {
            (Some(_), true) => Some(Moves::new(surveyor.scratch)?),
            _ => None,
        };
        let out = Difference {
            surveyor,
            writer: DifferenceWriter::create(surveyor.segments)?,
            totals: Totals::default(),
            moves,
            parents: Vec::new(),
            lower_names: Prefixes::default(),
            upper_names: Prefixes::default(),
            displaced: None,
        };
        let agreed = SegmentCursor::new(agreed)?;
        Ok(Merge { surveyor, lower, upper, agreed, out })
    }

    pub(super) fn run(mut self) -> Result<Merged> {
        loop {
            let lower = self.lower.peek();
            let agreed = self.agreed.peek();
            let upper = self.upper.peek();
            let keys = [lower, agreed, upper].map(|entry| entry.map(|entry| entry.key));
            let Some(key) = keys.into_iter().flatten().min() else { break };
            let [in_lower, in_agreed, in_upper] = keys.map(|other| other == Some(key));
            let agreed = agreed.filter(|_| in_agreed);
            let upper = match self.surveyor.trust_agreed {
                true => agreed.and_then(|agreed| agreed.upper.or(agreed.lower)),
                false => upper.filter(|_| in_upper).and_then(|entry| entry.upper),
            };
            let lower = lower.filter(|_| in_lower).and_then(|entry| entry.lower);
            let row = Row { key, lower, agreed, upper };
            self.out.count_sides(&row);
            if !self.out.is_settled(&row) {
                // Below a hole of one side nothing is known of either.
                match self.lower.is_in_hole(key) || self.upper.is_in_hole(key) {
                    true => self.out.leave_unknown(),
                    false => self.out.judge(&row)?,
                }
            }
            if in_lower {
                self.lower.advance()?;
            }
            if in_agreed {
                self.agreed.advance()?;
            }
            if in_upper {
                self.upper.advance()?;
            }
        }
        self.finish()
    }

    fn finish(self) -> Result<Merged> {
        let holes = |stream: &Stream<'_>, side| {
            stream.holes().iter().map(|hole| (side, hole.clone())).collect::<Vec<_>>()
        };
        let mut all = holes(&self.lower, Side::Lower);
        all.extend(holes(&self.upper, Side::Upper));
        let difference = self.out.writer.finish()?;
        Ok((self.out.totals, difference, all, self.out.moves))
    }
}

impl Difference<'_> {
    fn count_sides(&mut self, row: &Row<'_>) {
        if let Some(lower) = row.lower {
            self.totals.lower.add(lower.size().unwrap_or(0));
        }
        if let Some(upper) = row.upper {
            self.totals.upper.add(upper.size().unwrap_or(0));
        }
    }

    /// The fast path: both sides say, byte for byte, what was agreed.
    fn is_settled(&mut self, row: &Row<'_>) -> bool {
        let (Some(lower), Some(agreed), Some(upper)) = (row.lower, row.agreed, row.upper) else {
            return false;
        };
        let settled = agreed.lower == Some(lower)
            && agreed.upper == Some(upper)
            && !self.surveyor.comparison.checksum
            && !self.is_suspect(row.key);
        if settled {
            let bytes = lower.size().unwrap_or(0);
            self.totals.verdicts.entry(Verdict::Same).or_default().add(bytes);
            if row.key.is_directory() {
                self.remember_parent(row);
            }
        }
        settled
    }

    /// The key is counted, and left alone.
    fn leave_unknown(&mut self) {
        self.totals.verdicts.entry(Verdict::Unknown).or_default().add(0);
    }

    fn is_suspect(&self, key: Key<'_>) -> bool {
        !self.surveyor.suspects.is_empty() && self.surveyor.suspects.contains(&key.to_owned())
    }

    fn judge(&mut self, row: &Row<'_>) -> Result<()> {
        let agreed = row
            .agreed
            .and_then(|entry| entry.lower.map(|lower| Agreed { lower, upper: entry.upper }));
        let how: Comparison = self.surveyor.comparison;
        let Some(mut verdict) = compare(row.lower, agreed, row.upper, how) else {
            self.write_parents(row.key)?;
            let forgotten = Entry { verdict: Verdict::Gone, ..Entry::new(row.key) };
            return self.writer.push(&forgotten, Marks::default());
        };
        if row.lower.is_some() && row.upper.is_some() && self.is_suspect(row.key) {
            verdict = Verdict::Unknown;
        }
        let bytes = row.lower.or(row.upper).and_then(|facets| facets.size()).unwrap_or(0);
        self.totals.verdicts.entry(verdict).or_default().add(bytes);
        let same_as_agreed = agreed.is_some_and(|agreed| {
            Some(agreed.lower) == row.lower && agreed.upper.is_some() && agreed.upper == row.upper
        });
        if verdict == Verdict::Same && same_as_agreed {
            if row.key.is_directory() {
                self.remember_parent(row);
            }
            return Ok(());
        }
        let partner = self.partner(row);
        let digest = row.agreed.and_then(|agreed| agreed.digest);
        let entry = Entry {
            verdict,
            lower: row.lower,
            upper: row.upper,
            digest,
            partner: partner.as_ref().map(KeyBuf::as_key),
            ..Entry::new(row.key)
        };
        self.write(&entry, agreed.map(|agreed| agreed.lower))
    }

    fn write(&mut self, entry: &Entry<'_>, agreed: Option<FacetsRef<'_>>) -> Result<()> {
        if let Some(moves) = &mut self.moves {
            moves.consider(entry, agreed)?;
        }
        self.write_parents(entry.key)?;
        let marks = (self.surveyor.marks)(entry);
        self.totals.removals += u64::from(marks.removes);
        if marks.carries {
            self.totals.carry.add(entry.lower.and_then(|lower| lower.size()).unwrap_or(0));
        }
        self.writer.push(entry, marks)
    }

    /// Keeps an unchanged directory until something below it differs.
    fn remember_parent(&mut self, row: &Row<'_>) {
        self.leave_parents(row.key);
        let mut builder = PageBuilder::new();
        builder.push(&Entry { lower: row.lower, upper: row.upper, ..Entry::new(row.key) });
        let length = row.key.as_bytes().len();
        self.parents.push(Parent { entry: builder.take(), length, written: false });
    }

    fn leave_parents(&mut self, key: Key<'_>) {
        while let Some(parent) = self.parents.last() {
            if key.is_below(parent.entry.get(0).key.as_bytes()) {
                return;
            }
            self.parents.pop();
        }
    }

    /// Writes the unchanged directories above `key`: what is done to it touches them.
    fn write_parents(&mut self, key: Key<'_>) -> Result<()> {
        self.leave_parents(key);
        for parent in &mut self.parents {
            debug_assert!(parent.length < key.as_bytes().len());
            if !std::mem::replace(&mut parent.written, true) {
                let entry = parent.entry.get(0);
                self.writer.push(&entry, (self.surveyor.marks)(&entry))?;
            }
        }
        Ok(())
    }

    /// The key on the other side with which this one collides, if any.
    fn partner(&mut self, row: &Row<'_>) -> Option<KeyBuf> {
        match (row.lower, row.upper) {
            (Some(lower), None) if lower.kind() == Kind::Directory => {
                self.upper_names.in_place_of(row.key).map(Key::to_owned)
            }
            (Some(_), None) => {
                self.lower_names.push(row.key);
                None
            }
            (None, Some(upper)) => self.displaced_by(row.key, upper.kind()),
            _ => None,
        }
    }

    fn displaced_by(&mut self, key: Key<'_>, kind: Kind) -> Option<KeyBuf> {
        let below = |directory: &KeyBuf| key.is_below(&directory.0);
        if let Some((_, name)) = self.displaced.as_ref().filter(|(directory, _)| below(directory)) {
            return Some(name.clone());
        }
        if kind != Kind::Directory {
            self.upper_names.push(key);
            return None;
        }
        let name = self.lower_names.in_place_of(key)?.to_owned();
        self.displaced = Some((key.to_owned(), name.clone()));
        Some(name)
    }
}
