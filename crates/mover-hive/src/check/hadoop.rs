//! Properties of a Hadoop configuration directory, as far as a check needs them.
//!
//! Only `<name>` and `<value>` within `<property>` are looked at; references to other
//! properties and files stay as they are written.

use boatlift_core::{Code, Error, Result};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The files, the later ones over the earlier.
const FILES: [&str; 2] = ["core-site.xml", "hdfs-site.xml"];
/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// Properties by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Properties(BTreeMap<String, String>);

impl Properties {
    /// Those of a directory; a file that is not there has none.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub(super) fn of(directory: &Path) -> Result<Properties> {
        let mut all = Properties::default();
        for name in FILES {
            let path = directory.join(name);
            let unreadable = |error: std::io::Error| {
                Error::new(Code::ConfigValue, "cannot read").on(path.display()).because(error)
            };
            let file = match std::fs::File::open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                opened => opened.map_err(unreadable)?,
            };
            let mut text = String::new();
            file.take(MOST_BYTES).read_to_string(&mut text).map_err(unreadable)?;
            all.read(&text);
        }
        Ok(all)
    }

    /// The value of a property, without space around it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The parts of a value with commas.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let parts = self.get(name).unwrap_or_default().split(',');
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn read(&mut self, text: &str) {
        let text = without_comments(text);
        let mut rest = text.as_str();
        while let Some((property, after)) = element(rest, "property") {
            if let (Some((name, _)), Some((value, _))) =
                (element(property, "name"), element(property, "value"))
            {
                self.0.insert(plain(name), plain(value));
            }
            rest = after;
        }
    }
}

/// What stands within the next `<tag>`, and what follows it.
fn element<'a>(text: &'a str, tag: &str) -> Option<(&'a str, &'a str)> {
    let (_, inside) = text.split_once(&format!("<{tag}>"))?;
    inside.split_once(&format!("</{tag}>"))
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

fn plain(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let text = text.trim().to_owned();
    marks.iter().fold(text, |text, (mark, character)| text.replace(mark, character))
}

#[cfg(test)]
pub(super) fn properties(text: &str) -> Properties {
    let mut all = Properties::default();
    all.read(text);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_found_and_comments_are_not() {
        let all = properties(
            "<configuration><!-- <property><name>no</name><value>x</value></property> -->\n\
             <property>\n <name> dfs.nameservices </name><value>a, b</value><final>true</final>\
             </property><property><name>e</name><value>a&amp;lt;</value></property>\
             <property><name>broken</name>",
        );
        assert_eq!(all.list("dfs.nameservices"), ["a", "b"]);
        assert_eq!(all.get("e"), Some("a&lt;"));
        assert_eq!((all.get("no"), all.get("broken")), (None, None));
    }

    #[test]
    fn a_directory_without_files_has_no_properties_and_hdfs_overrides_core() {
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(Properties::of(directory.path()), Ok(Properties::default()));
        for (file, value) in FILES.into_iter().zip(["1", "2"]) {
            let text = format!("<property><name>k</name><value>{value}</value></property>");
            std::fs::write(directory.path().join(file), text).expect("written");
        }
        let all = Properties::of(directory.path()).expect("read");
        assert_eq!(all.get("k"), Some("2"));
    }
}
