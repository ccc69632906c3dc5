//! Rounds: the ways of a case take turns.

use super::results::{Row, Taken};
use super::{Bench, Result};

/// One way to do the work of a case.
pub(super) struct Way<'a> {
    pub(super) name: &'static str,
    pub(super) what: String,
    /// How many objects one run does.
    pub(super) objects: usize,
    /// Makes everything as it was, does the work, and tells what the work alone took.
    pub(super) work: Box<dyn FnMut() -> Result<Taken> + 'a>,
}

impl Bench {
    /// Lets every way do its work once untimed and then as often as was asked, each round
    /// begun by the next of them.
    ///
    /// # Errors
    /// When one fails.
    pub(super) fn interleaved(&self, mut ways: Vec<Way<'_>>) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = ways.iter().map(Way::row).collect();
        for round in 0..=self.sizes.runs {
            for turn in 0..ways.len() {
                let index = (turn + round) % rows.len();
                let way = &mut ways[index];
                let taken =
                    (way.work)().map_err(|error| format!("{} failed: {error}", way.name))?;
                tell(way.name, &taken, round);
                if round > 0 {
                    rows[index].taken.push(taken);
                }
            }
        }
        Ok(rows)
    }
}

impl Way<'_> {
    fn row(&self) -> Row {
        let (name, what) = (self.name, self.what.clone());
        Row { name, what, objects: self.objects, taken: Vec::new() }
    }
}

/// Tells of one run; round 0 is the untimed one.
pub(super) fn tell(name: &str, taken: &Taken, round: usize) {
    let note = if round == 0 { "  (untimed)" } else { "" };
    eprintln!("{name:<44} {:>9.3} s{note}", taken.wall_seconds);
}
