//! Java programs of another age on the Java of today.

use super::cache;
use super::error::ServiceError;
use super::process::Recipe;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages that old Hadoop and Hive look into, closed since Java 16.
const OPENED: &[&str] = &[
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.text",
    "java.base/java.time",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/java.util.regex",
    "java.base/sun.nio.ch",
    "java.security.jgss/sun.security.jgss",
    "java.security.jgss/sun.security.krb5",
    "java.sql/java.sql",
];

/// The launcher's source, see there.
const LAUNCHER: &str = include_str!("java/Launch.java");

/// What takes the place of a class of Hadoop, see there.
const SECURE_IO: &str = include_str!("java/SecureIOUtils.java");

/// Whose classes a program finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// Those of the usual class path.
    Plain,
    /// Those of a `URLClassLoader`, which Hive 1 and 2 insist on.
    UrlClassLoader,
    /// As before, and the program is a Hadoop tool whose arguments are several commands
    /// parted by `;;`.
    ToolCommands,
}

/// A Java program: what runs, from which jars, with how much memory.
#[derive(Debug, Clone)]
pub struct Java {
    main_class: String,
    loading: Loading,
    class_path: Vec<PathBuf>,
    heap_mebibytes: u32,
    properties: Vec<(String, String)>,
    arguments: Vec<OsString>,
}

impl Java {
    /// A program with 256 MiB of heap, an empty class path and no arguments.
    pub fn new(main_class: &str, loading: Loading) -> Self {
        Java {
            main_class: main_class.to_owned(),
            loading,
            class_path: Vec::new(),
            heap_mebibytes: 256,
            properties: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// With more entries of the class path: folders of classes or configuration, jars, and
    /// `folder/*` for all jars in a folder.
    #[must_use]
    pub fn class_path(mut self, entries: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.class_path.extend(entries.into_iter().map(Into::into));
        self
    }

    /// With an entry before all others: its classes take the place of theirs.
    #[must_use]
    pub fn class_path_front(mut self, entry: impl Into<PathBuf>) -> Self {
        self.class_path.insert(0, entry.into());
        self
    }

    /// With another limit of the heap.
    #[must_use]
    pub fn heap_mebibytes(mut self, mebibytes: u32) -> Self {
        self.heap_mebibytes = mebibytes;
        self
    }

    /// With one more system property.
    #[must_use]
    pub fn property(mut self, name: &str, value: impl Into<String>) -> Self {
        self.properties.push((name.to_owned(), value.into()));
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(words.into_iter().map(Into::into));
        self
    }

    /// How to run it in a folder, with temporary files in the folder's `tmp`.
    ///
    /// # Errors
    /// When there is no Java, or the launcher cannot be compiled.
    pub fn recipe(&self, name: &str, directory: &Path) -> Result<Recipe, ServiceError> {
        let temporary = directory.join("tmp");
        fs::create_dir_all(&temporary)
            .map_err(ServiceError::file("make the folder", &temporary))?;
        let mut words: Vec<OsString> =
            vec!["-XX:+UseSerialGC".into(), "-XX:TieredStopAtLevel=1".into()];
        words.push(format!("-Xmx{}m", self.heap_mebibytes).into());
        words.push(format!("-Djava.io.tmpdir={}", temporary.display()).into());
        words.push("-Djava.net.preferIPv4Stack=true".into());
        words.extend(
            OPENED.iter().map(|package| format!("--add-opens={package}=ALL-UNNAMED").into()),
        );
        words
            .extend(self.properties.iter().map(|(name, value)| format!("-D{name}={value}").into()));
        let class_path = joined(&self.class_path);
        words.push("-cp".into());
        match self.loading {
            Loading::Plain => words.extend([class_path, OsString::from(&self.main_class)]),
            Loading::UrlClassLoader | Loading::ToolCommands => {
                words.extend([launcher()?.into_os_string(), "Launch".into(), class_path]);
                if self.loading == Loading::ToolCommands {
                    words.push("--each".into());
                }
                words.push(OsString::from(&self.main_class));
            }
        }
        words.extend(self.arguments.iter().cloned());
        Ok(Recipe::new(name, "java", directory).arguments(words))
    }
}

fn joined(class_path: &[PathBuf]) -> OsString {
    let entries: Vec<_> = class_path.iter().map(|entry| entry.as_os_str().to_owned()).collect();
    entries.join(&OsString::from(":"))
}

/// The folder with the compiled launcher. It is compiled when its source has changed, beside
/// its place, so that another process never sees half of it.
fn launcher() -> Result<PathBuf, ServiceError> {
    compiled("launcher", "Launch.java", LAUNCHER, Path::new("."))
}

/// The folder with a class that lets MapReduce inside a server run with Kerberos, compiled
/// for Hadoop's jars.
///
/// # Errors
/// When it cannot be compiled.
pub fn plain_local_files(jars: &Path) -> Result<PathBuf, ServiceError> {
    compiled("plain-local-files", "SecureIOUtils.java", SECURE_IO, jars)
}

/// The folder with the classes of an embedded source.
fn compiled(
    folder: &str,
    file: &str,
    source: &str,
    class_path: &Path,
) -> Result<PathBuf, ServiceError> {
    let java = cache()?.join("java");
    let place = java.join(folder);
    if fs::read_to_string(place.join(file)).is_ok_and(|there| there == source) {
        return Ok(place);
    }
    fs::create_dir_all(&java).map_err(ServiceError::file("make the folder", &java))?;
    let beside =
        tempfile::tempdir_in(&java).map_err(ServiceError::file("make a folder in", &java))?;
    let written = beside.path().join(file);
    fs::write(&written, source).map_err(ServiceError::file("write", &written))?;
    let output = Command::new("javac")
        .current_dir(beside.path())
        .args(["-nowarn", "-d", ".", "-cp"])
        .arg(class_path)
        .arg(file)
        .output()
        .map_err(|source| ServiceError::Spawn { program: "javac".into(), source })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(ServiceError::Failed { program: "javac".into(), status: output.status, said });
    }
    replace(&place, beside)?;
    Ok(place)
}

/// Puts a finished folder in the place of another. Whoever is first wins: both are equal.
fn replace(place: &Path, finished: tempfile::TempDir) -> Result<(), ServiceError> {
    let old = finished.path().with_extension("old");
    let _first_time = fs::rename(place, &old);
    let _nothing_old = fs::remove_dir_all(&old);
    match fs::rename(finished.path(), place) {
        Ok(()) => Ok(()),
        Err(_) if place.is_dir() => Ok(()),
        Err(error) => Err(ServiceError::file("put in place", place)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launcher_finds_the_classes_of_a_folder_and_passes_arguments_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = "public class Hello { public static void main(String[] a) throws Exception {
            System.out.println(String.join(\"+\", a) + System.getProperty(\"java.version\")
                + (Hello.class.getClassLoader() instanceof java.net.URLClassLoader)); } }";
        fs::write(folder.path().join("Hello.java"), source).expect("a source");
        let javac = Command::new("javac").current_dir(folder.path()).arg("Hello.java").status();
        assert!(javac.expect("javac runs").success());
        let hello = Java::new("Hello", Loading::UrlClassLoader)
            .class_path([format!("{}/", folder.path().display())])
            .property("spoof", "1.8.0_400")
            .arguments(["a", "b c"]);
        let recipe = hello.recipe("hello", folder.path()).expect("a recipe");
        assert_eq!(recipe.run().expect("it runs").trim(), "a+b c1.8.0_400true");
    }
}
