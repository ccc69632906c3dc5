//! One location, taken apart and normalised.
//!
//! Hive, Hadoop and people write one place in many ways. Here `hdfs://ns1` is
//! `hdfs://NS1:8020`, `s3n://b` is `s3a://b`, `file:///x` is `file:/x`, and doubled or closing
//! slashes do not count. Percent signs are left alone: in a Hadoop path they are themselves.

use std::fmt;

/// HDFS' port when none is named.
const HDFS_PORT: &str = ":8020";
/// Longer locations than any metastore stores.
const MOST_BYTES: usize = 16 * 1024;

/// A directory or file on a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    scheme: String,
    authority: String,
    /// Led by `/`, not closed by one.
    path: String,
}

/// A cluster's file system, under all names that its tables know it by.
#[derive(Debug, Clone)]
pub(super) struct FileSystem {
    top: Place,
    aliases: Vec<Place>,
}

impl FileSystem {
    pub(super) fn new(namespace: &Place, aliases: Vec<Place>) -> FileSystem {
        FileSystem { top: namespace.top(), aliases }
    }

    /// Its top, where paths without a scheme begin.
    pub(super) fn top(&self) -> &Place {
        &self.top
    }

    /// Whether a place that went through [`FileSystem::respell`] lies here.
    pub(super) fn holds(&self, place: &Place) -> bool {
        place.shares_file_system(&self.top)
    }

    /// The same place, under the name that the configuration uses, if it lies here.
    pub(super) fn respell(&self, place: Place) -> Place {
        let known = self.aliases.iter().chain([&self.top]);
        match known.into_iter().any(|name| place.shares_file_system(name)) {
            true => Place { path: place.path, ..self.top.clone() },
            false => place,
        }
    }
}

/// Why a text is no location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// Nothing.
    #[error("it is empty")]
    Empty,
    /// Too much.
    #[error("it is longer than 16 KiB")]
    Long,
    /// No path from the top.
    #[error("its path does not begin at the top")]
    Relative,
    /// `.` or `..`.
    #[error("it has a `.` or `..` component")]
    Escapes,
    /// No file system takes it.
    #[error("it holds a NUL byte")]
    Nul,
}

impl Place {
    /// Reads a location. One without a scheme lies on the file system of `home`.
    ///
    /// # Errors
    /// See [`NoPlace`].
    pub fn parse(text: &str, home: Option<&Place>) -> Result<Place, NoPlace> {
        match text.len() {
            0 => return Err(NoPlace::Empty),
            1..=MOST_BYTES => {}
            _ => return Err(NoPlace::Long),
        }
        if text.contains('\0') {
            return Err(NoPlace::Nul);
        }
        let (scheme, rest) = split_scheme(text);
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) if scheme.is_some() => split_authority(rest),
            // `//a/b` without a scheme is a path with a doubled slash.
            _ => ("", rest),
        };
        let path = normal_path(path)?;
        Ok(match (scheme, home) {
            (None, Some(home)) => Place { path, ..home.clone() },
            (None, None) => return Err(NoPlace::Relative),
            (Some(scheme), _) => Place::new(scheme, authority, path),
        })
    }

    fn new(scheme: &str, authority: &str, path: String) -> Place {
        let scheme = scheme.to_ascii_lowercase();
        let authority = match scheme.as_str() {
            "file" => String::new(),
            // A bucket's name has a case, a host's has none.
            "s3" | "s3a" | "s3n" => authority.to_owned(),
            _ => authority.to_ascii_lowercase(),
        };
        Place { scheme, authority, path }
    }

    /// Whether it lies in a bucket, whichever of Hadoop's clients reads it.
    #[must_use]
    pub fn is_in_bucket(&self) -> bool {
        family(&self.scheme) == "s3a"
    }

    /// The path from the top of its file system.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether both lie on one file system, however it is written.
    #[must_use]
    pub fn shares_file_system(&self, other: &Place) -> bool {
        family(&self.scheme) == family(&other.scheme) && self.server() == other.server()
    }

    /// What is left of this place's path below `top`: nothing, or components led by `/`.
    #[must_use]
    pub fn below<'a>(&'a self, top: &Place) -> Option<&'a str> {
        if !self.shares_file_system(top) {
            return None;
        }
        if top.path == "/" {
            return Some(if self.path == "/" { "" } else { &self.path });
        }
        let rest = self.path.strip_prefix(&top.path)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// The place with `rest` (of [`Place::below`]) below it.
    #[must_use]
    pub fn with_below(&self, rest: &str) -> Place {
        let path = match (self.path.as_str(), rest) {
            (path, "") => path.to_owned(),
            ("/", rest) => rest.to_owned(),
            (path, rest) => format!("{path}{rest}"),
        };
        Place { path, ..self.clone() }
    }

    /// The top of this place's file system.
    #[must_use]
    pub fn top(&self) -> Place {
        Place { path: "/".to_owned(), ..self.clone() }
    }

    /// The same text for every way of writing this place.
    #[must_use]
    pub fn canonical(&self) -> String {
        let scheme = family(&self.scheme);
        written(scheme, self.server(), &self.path)
    }

    fn server(&self) -> &str {
        if self.scheme == "hdfs" {
            return self.authority.strip_suffix(HDFS_PORT).unwrap_or(&self.authority);
        }
        &self.authority
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.scheme, &self.authority, &self.path))
    }
}

/// `file:/x` is how a metastore writes local files.
fn written(scheme: &str, authority: &str, path: &str) -> String {
    match scheme {
        "file" => format!("file:{path}"),
        _ => format!("{scheme}://{authority}{path}"),
    }
}

/// S3 has had three connectors; the data is the same.
fn family(scheme: &str) -> &str {
    match scheme {
        "s3" | "s3n" => "s3a",
        other => other,
    }
}

/// A scheme, if the text has one: `a:b/c` has, `/a:b` has not.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    let Some((scheme, rest)) = text.split_once(':') else { return (None, text) };
    let mut letters = scheme.chars();
    let is_scheme = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if is_scheme { (Some(scheme), rest) } else { (None, text) }
}

/// Authority and path of what follows `//`.
fn split_authority(rest: &str) -> (&str, &str) {
    rest.find('/').map_or((rest, "/"), |at| rest.split_at(at))
}

fn normal_path(path: &str) -> Result<String, NoPlace> {
    if !path.starts_with('/') {
        return Err(NoPlace::Relative);
    }
    let mut normal = String::with_capacity(path.len());
    for component in path.split('/').filter(|component| !component.is_empty()) {
        if component == "." || component == ".." {
            return Err(NoPlace::Escapes);
        }
        normal.push('/');
        normal.push_str(component);
    }
    if normal.is_empty() {
        normal.push('/');
    }
    Ok(normal)
}
