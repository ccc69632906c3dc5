//! Queries built from fixed text and values, so that no value is ever read as SQL.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write;

/// A query. Fixed parts are part of the program; everything else is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql(String);

impl Sql {
    /// Begins a query.
    #[must_use]
    pub fn new(text: &'static str) -> Sql {
        Sql(text.to_owned())
    }

    /// Adds fixed text.
    #[must_use]
    pub fn then(mut self, text: &'static str) -> Sql {
        self.0.push_str(text);
        self
    }

    /// Adds a text as a literal that means the same whether backslashes escape or not.
    ///
    /// A NUL is no character of any database's text: nothing equals a text that has one.
    #[must_use]
    pub fn text(mut self, value: &str) -> Sql {
        if value.contains('\0') {
            self.0.push_str("null");
            return self;
        }
        let quoted = value.replace('\'', "''").replace('\\', "'||chr(92)||'");
        let _ = match value.contains('\\') {
            true => write!(self.0, "('{quoted}')"),
            false => write!(self.0, "'{quoted}'"),
        };
        self
    }

    /// Adds a whole number.
    #[must_use]
    pub fn number(mut self, value: i64) -> Sql {
        let _ = write!(self.0, "{value}");
        self
    }

    /// Adds whole numbers with commas between them; at least one is needed.
    #[must_use]
    pub fn numbers(mut self, values: &[i64]) -> Sql {
        for (place, value) in values.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let _ = write!(self.0, "{comma}{value}");
        }
        self
    }

    /// Adds an instant as a timestamp without zone in UTC, as the system views keep it.
    #[must_use]
    pub fn instant(mut self, value: Timestamp) -> Sql {
        let civil = TimeZone::UTC.to_datetime(value);
        let _ = write!(self.0, "timestamp '{}'", civil.strftime("%Y-%m-%d %H:%M:%S.%6f"));
        self
    }

    /// The query as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_read_as_sql() {
        for (value, literal) in [
            ("dev", "'dev'"),
            ("it's", "'it''s'"),
            ("x' or '1'='1", "'x'' or ''1''=''1'"),
            ("a\\' or true --", "('a'||chr(92)||''' or true --')"),
            ("nul\0", "null"),
            ("é😀\n", "'é😀\n'"),
        ] {
            assert_eq!(Sql::new("").text(value).as_str(), literal);
        }
    }

    #[test]
    fn instants_keep_their_microseconds() {
        let instant: Timestamp = "2026-11-20T11:00:00.1234567+01:00".parse().expect("a time");
        assert_eq!(
            Sql::new("").instant(instant).as_str(),
            "timestamp '2026-11-20 10:00:00.123456'"
        );
    }

    #[test]
    fn numbers_are_listed() {
        let sql = Sql::new("in (").numbers(&[1, -2, 3]).then(")");
        assert_eq!(sql.as_str(), "in (1,-2,3)");
    }
}
