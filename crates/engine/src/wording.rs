//! How amounts and other people's words read in every line, screen and report: one
//! spelling each for counts, bytes, shares and spans of time. No clock and no locale.

use bytesize::ByteSize;
use std::time::Duration;

/// A count with a comma between thousands: `18,204,551`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun, which takes an `s` unless there is one: `2 items`, `1 item`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{} {stem}ies", count(number)),
        (_, None) => format!("{} {noun}s", count(number)),
    }
}

/// Bytes in binary units with one decimal: `61.2 TiB`.
pub(crate) fn bytes(number: u64) -> String {
    ByteSize(number).display().iec().to_string()
}

/// The same without the space, for lines that are split at spaces: `61.2TiB`.
pub(crate) fn bytes_tight(number: u64) -> String {
    bytes(number).replace(' ', "")
}

/// Two counts of bytes in the unit of the second: `61.2/85.7TiB`.
pub(crate) fn bytes_of(part: u64, whole: u64) -> String {
    let (part, whole) = (bytes(part), bytes(whole));
    match (part.split_once(' '), whole.split_once(' ')) {
        (Some((part, one)), Some((whole, other))) if one == other => {
            format!("{part}/{whole}{other}")
        }
        _ => format!("{}/{}", part.replace(' ', ""), whole.replace(' ', "")),
    }
}

/// A share of a whole in percent, rounded down to one decimal so that only the whole reads
/// 100.0; nothing of nothing is all.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 || part >= whole {
        return 100.0;
    }
    (u128::from(part) * 1000 / u128::from(whole)) as f64 / 10.0
}

/// A span of time to two units, as precise as is useful: `4h 51m`, `2m 10s`, `38s`.
pub(crate) fn span(seconds: u64) -> String {
    let useful = match seconds {
        0..3_600 => seconds,
        3_600..86_400 => seconds - seconds % 60,
        _ => seconds - seconds % 3_600,
    };
    humantime::format_duration(Duration::from_secs(useful)).to_string()
}

/// Text on one line: control characters, which could break it or steer a terminal, become
/// escapes.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\n' | '\r' | '\t' => out.extend(c.escape_default()),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_nouns_agree() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "entry"), "1 entry");
        assert_eq!(counted(2, "entry"), "2 entries");
        assert_eq!(counted(0, "file"), "0 files");
    }

    #[test]
    fn bytes_share_a_unit_where_they_can() {
        assert_eq!(bytes_of(3 << 29, 1 << 31), "1.5/2.0GiB");
        assert_eq!(bytes_of(512, 1 << 20), "512B/1.0MiB");
    }

    #[test]
    fn only_the_whole_is_a_hundred_percent() {
        assert_eq!(percent(999_999, 1_000_000), 99.9);
        assert_eq!(percent(5, 5), 100.0);
        assert_eq!(percent(0, 0), 100.0);
        assert_eq!(percent(u64::MAX - 1, u64::MAX), 99.9);
    }

    #[test]
    fn no_text_leaves_its_line_or_steers_the_terminal() {
        assert_eq!(one_line("a\nb\u{1b}[2J\u{9b}"), "a\\nb\\u{1b}[2J\\u{9b}");
    }

    #[test]
    fn spans_keep_two_units() {
        assert_eq!(span(38), "38s");
        assert_eq!(span(130), "2m 10s");
        assert_eq!(span(17_499), "4h 51m");
        assert_eq!(span(200_000), "2days 7h");
    }
}
