//! Paths as text: what can be said of them without asking the system.

/// What is left of a path, at its beginning.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tidied {
    /// Bytes of it; 1 for the root of all.
    pub(crate) length: usize,
    /// Whether it goes up through `..`, which only the system can follow past links.
    pub(crate) climbs: bool,
}

/// Takes doubled slashes, `.` and a closing slash out of an absolute path.
pub(crate) fn tidy(text: &mut [u8]) -> Tidied {
    let (mut length, mut at, mut climbs) = (0_usize, 0_usize, false);
    let end = text.len();
    while at < end {
        if text.get(at) == Some(&b'/') {
            at = at.wrapping_add(1);
            continue;
        }
        let rest = text.get(at..).unwrap_or(&[]);
        let size = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let component = rest.get(..size).unwrap_or(&[]);
        let stays = component != b".";
        climbs |= component == b"..";
        if stays {
            put(text, length, b'/');
            length = length.wrapping_add(1);
            for offset in 0..size {
                let byte = text.get(at.wrapping_add(offset)).copied().unwrap_or(0);
                put(text, length, byte);
                length = length.wrapping_add(1);
            }
        }
        at = at.wrapping_add(size.max(1));
    }
    Tidied { length: length.max(1).min(end), climbs }
}

fn put(text: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = text.get_mut(at) {
        *place = byte;
    }
}

/// Bytes of the directory that a tidied path lies in; all of them when its last component is
/// `..`, which names a directory and no entry.
pub(crate) fn parent(text: &[u8]) -> usize {
    match text.iter().rposition(|byte| *byte == b'/') {
        Some(slash) if text.get(slash..) != Some(&b"/.."[..]) => slash,
        _ => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(text: &str) -> (String, bool) {
        let mut bytes = text.as_bytes().to_vec();
        let Tidied { length, climbs } = tidy(&mut bytes);
        (String::from_utf8_lossy(&bytes[..length]).into_owned(), climbs)
    }

    #[test]
    fn a_path_keeps_only_what_names_something() {
        for (spelt, expected) in [
            ("/a/b", "/a/b"),
            ("//a///b/", "/a/b"),
            ("/./a/./b/.", "/a/b"),
            ("/", "/"),
            ("///.", "/"),
            ("/a/.b/..c/...", "/a/.b/..c/..."),
            ("/ /\\\"\n", "/ /\\\"\n"),
        ] {
            assert_eq!(tidied(spelt), (expected.to_owned(), false), "{spelt}");
        }
    }

    #[test]
    fn a_path_that_climbs_says_so() {
        assert_eq!(tidied("/a/../b//"), ("/a/../b".to_owned(), true));
        assert_eq!(tidied("/.."), ("/..".to_owned(), true));
    }

    #[test]
    fn the_parent_of_what_climbs_last_is_all_of_it() {
        assert_eq!(parent(b"/a/b"), 2);
        assert_eq!(parent(b"/a"), 0);
        assert_eq!(parent(b"/a/.."), 5);
        assert_eq!(parent(b"/a/..b"), 2);
    }
}
