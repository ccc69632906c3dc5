//! Names of partitions, as Hive writes them into paths.
//!
//! Source: Apache Hive, `FileUtils.escapePathName`, `unescapePathName`, `makePartName`.

/// What Hive writes in place of an empty value.
const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// The name of a partition, `key=value/key=value`, from its keys and values.
pub fn partition_name<K: AsRef<str>, V: AsRef<str>>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    let mut name = String::new();
    for (key, value) in pairs {
        if !name.is_empty() {
            name.push('/');
        }
        escape(&key.as_ref().to_lowercase(), &mut name);
        name.push('=');
        match value.as_ref() {
            "" => name.push_str(DEFAULT_PARTITION),
            value => escape(value, &mut name),
        }
    }
    name
}

fn escape(text: &str, to: &mut String) {
    for letter in text.chars() {
        match letter {
            '\u{1}'..='\u{1f}' | '\u{7f}' => percent(letter, to),
            '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^' => {
                percent(letter, to)
            }
            _ => to.push(letter),
        }
    }
}

fn percent(letter: char, to: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let code = letter as usize;
    to.push('%');
    to.push(char::from(DIGITS[code >> 4 & 15]));
    to.push(char::from(DIGITS[code & 15]));
}

/// The values in a partition's name; `None` if a part of it is no `key=value`.
pub fn partition_values(name: &str) -> Option<Vec<String>> {
    let parts = name.split('/');
    parts
        .map(|part| {
            let (_, value) = part.split_once('=')?;
            Some(unescape(value))
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let digits = rest.get(at + 1..at + 3);
        let code = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 3..];
            }
            None => {
                plain.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_hive_does() {
        let name = partition_name([("DS", "a b/c=é%"), ("h", "")]);
        assert_eq!(name, "ds=a b%2Fc%3Dé%25/h=__HIVE_DEFAULT_PARTITION__");
        assert_eq!(partition_name([("k", "\t\\^")]), "k=%09%5C%5E");
    }

    #[test]
    fn values_come_back() {
        for values in [["a b/c=é%", "x"], ["%zz", "100%"], ["{[]}", "%2"]] {
            let name = partition_name([("a", values[0]), ("b", values[1])]);
            assert_eq!(partition_values(&name).expect("a name"), values);
        }
        assert_eq!(partition_values("a=%zz%4").expect("a name"), ["%zz%4"]);
        assert_eq!(partition_values("no pair"), None);
    }
}
