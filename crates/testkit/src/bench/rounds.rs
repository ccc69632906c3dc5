//! Rounds: the ways of a case take turns.

use super::{Result, Row, Taken};

/// One way to do the work of a case.
pub(crate) struct Way<'a> {
    pub(crate) name: &'static str,
    pub(crate) what: String,
    /// How many objects one run does.
    pub(crate) objects: usize,
    /// Makes everything as it was, does the work, and tells what the work alone took.
    pub(crate) work: Box<dyn FnMut() -> Result<Taken> + 'a>,
}

/// Lets every way do its work once untimed and then `runs` times, each round begun by the next
/// of them.
///
/// # Errors
/// When one fails.
pub(crate) fn interleaved(runs: usize, mut ways: Vec<Way<'_>>) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = ways.iter().map(Way::row).collect();
    for round in 0..=runs {
        for turn in 0..ways.len() {
            let index = (turn + round) % rows.len();
            let way = &mut ways[index];
            let taken = (way.work)().map_err(|error| format!("{} failed: {error}", way.name))?;
            tell(way.name, &taken, round);
            if round > 0 {
                rows[index].taken.push(taken);
            }
        }
    }
    Ok(rows)
}

impl Way<'_> {
    fn row(&self) -> Row {
        let (name, what) = (self.name, self.what.clone());
        Row { name, what, objects: self.objects, taken: Vec::new() }
    }
}

/// Tells of one run; round 0 is the untimed one.
pub(crate) fn tell(name: &str, taken: &Taken, round: usize) {
    let note = if round == 0 { "  (untimed)" } else { "" };
    eprintln!("{name:<44} {:>9.3} s{note}", taken.wall_seconds);
}
