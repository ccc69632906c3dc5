//! Rows in the text form of `COPY ... FROM stdin`, cut as Redshift cuts them.

use jiff::Timestamp;

/// A value of a row.
pub(super) enum Cell {
    Null,
    Text(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Cell::Text(text.clone())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Cell::Text(number.to_string())
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Cell::Text(number.to_string())
    }
}

/// In UTC, as Redshift keeps its history; PostgreSQL overlooks the `Z`.
impl From<Timestamp> for Cell {
    fn from(time: Timestamp) -> Self {
        Cell::Text(time.to_string())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// A script that `psql` runs: one `COPY` for each table.
#[derive(Default)]
pub(super) struct Script(String);

impl Script {
    /// Rows of one table; nothing when there are none.
    pub(super) fn rows<const N: usize>(
        &mut self,
        table: &str,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [Cell; N]>,
    ) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        self.0.push_str(&format!("COPY {table} ({}) FROM stdin;\n", columns.join(", ")));
        for row in rows {
            let cells: Vec<String> = row.iter().map(written).collect();
            self.0.push_str(&cells.join("\t"));
            self.0.push('\n');
        }
        self.0.push_str("\\.\n");
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Null => "\\N".to_owned(),
        Cell::Text(text) => text
            .replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n")
            .replace('\r', "\\r"),
    }
}

/// As much of a text as a column of this many bytes holds, in whole characters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// A query's text as the history keeps it: line breaks as two characters, and in pieces of
/// 200 bytes.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let text = kept(text);
    let mut rest = text.as_str();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let piece = cut(rest, 200);
        pieces.push(piece.to_owned());
        rest = &rest[piece.len()..];
    }
    pieces
}

/// A query's text with its line breaks as two characters.
pub(super) fn kept(text: &str) -> String {
    text.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_in_whole_characters_and_nothing_is_lost_between_pieces() {
        assert_eq!(cut("abc", 5), "abc");
        assert_eq!(cut("aé", 2), "a");
        let text = format!("{}é\n{}", "x".repeat(199), "y".repeat(400));
        let pieces = pieces(&text);
        assert_eq!(pieces.iter().map(String::len).collect::<Vec<_>>(), [199, 200, 200, 4]);
        assert_eq!(pieces.concat(), text.replace('\n', "\\n"));
    }

    #[test]
    fn cells_are_escaped_and_a_table_without_rows_is_left_out() {
        let mut script = Script::default();
        script.rows("none", ["a"], [] as [[Cell; 1]; 0]);
        script.rows("some", ["a", "b"], [["x\t\\n".into(), Cell::Null]]);
        assert_eq!(script.into_text(), "COPY some (a, b) FROM stdin;\nx\\t\\\\n\t\\N\n\\.\n");
    }
}
