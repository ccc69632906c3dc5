//! The reference's method: the text that LOWER's HiveServer2 gives for a table is run on
//! UPPER's HiveServer2, a statement at a time on each of ten connections.

use super::parallel::in_parallel;
use super::{Result, USER};
use boatlift_clients::hiveserver2::{Credentials, Session, Unwatched, Url};

/// Sessions with each HiveServer2.
const SESSIONS: usize = 10;
/// More lines than the text of a table has.
const MOST_LINES: usize = 10_000;

/// The sessions of one thread.
struct Both {
    lower: Session,
    upper: Session,
}

/// Copies these tables of a database; how many.
///
/// # Errors
/// When a statement fails.
pub(super) fn tables(lower: &str, upper: &str, database: &str, names: &[String]) -> Result<usize> {
    let create = format!("CREATE DATABASE IF NOT EXISTS {database}");
    open(upper)?.run(&create, &mut Unwatched)?;
    let begin = || {
        let mut both = Both { lower: open(lower)?, upper: open(upper)? };
        for session in [&mut both.lower, &mut both.upper] {
            session.run(&format!("USE {database}"), &mut Unwatched)?;
        }
        Ok(both)
    };
    let copied = in_parallel(SESSIONS, names, begin, |both, name| {
        let text = format!("SHOW CREATE TABLE {name}");
        let lines = both.lower.rows(&text, MOST_LINES, &mut Unwatched)?;
        let lines: Vec<String> = lines.iter().filter_map(|line| line.text(0)).collect();
        both.upper.run(&lines.join("\n"), &mut Unwatched)?;
        Ok(())
    })?;
    Ok(copied.len())
}

fn open(url: &str) -> Result<Session> {
    let credentials = Credentials { user: Some(USER.to_owned()), ..Credentials::default() };
    Ok(Session::open(&Url::parse(url)?.target(credentials)?)?)
}
