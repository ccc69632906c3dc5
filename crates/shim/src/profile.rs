//! What shells need so that the programs they start are heard: lines for a file that every
//! kind of shell reads.
//!
//! The lines never fail and print nothing, also where the library or a directory is missing on
//! a node: the loader would complain at every program, and some take that for a failure.

use std::path::{Path, PathBuf};

/// A family of shells, by the words that they understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// sh, dash, bash, ksh, zsh.
    Bourne,
    /// csh, tcsh.
    C,
}

/// What the shells of a tree's users need to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The library.
    pub library: PathBuf,
    /// The roots.
    pub roots: Vec<PathBuf>,
    /// The ring: a file in memory, `None` where there is no agent on the nodes.
    pub ring: Option<PathBuf>,
    /// The spool: a file on a disk of the node.
    pub spool: PathBuf,
}

/// Why no lines can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A path is relative.
    #[error("cannot watch {}: the path is not absolute", .0.display())]
    Relative(PathBuf),
    /// A path cannot be said in a list of paths, or in every shell.
    #[error("cannot put {} into a shell's profile: it holds a colon, a quote or a control character", .0.display())]
    Unspeakable(PathBuf),
    /// There is nothing to watch.
    #[error("cannot make a profile: no root is given")]
    NoRoot,
    /// More than the shim takes.
    #[error("cannot make a profile: the roots are more than 16, or too long together")]
    TooManyRoots,
}

/// The shim's own limits.
const MOST_ROOTS: usize = 16;
const LONGEST_LIST: usize = 4095;

impl Profile {
    /// The lines, as they are put into a file that shells read.
    ///
    /// # Errors
    /// When a path cannot be written down so that every shell reads the same.
    pub fn lines(&self, shell: Shell) -> Result<String, ProfileError> {
        if self.roots.is_empty() {
            return Err(ProfileError::NoRoot);
        }
        let roots = self.roots.iter().map(|root| word(root)).collect::<Result<Vec<_>, _>>()?;
        let roots = roots.join(":");
        if self.roots.len() > MOST_ROOTS || roots.len() > LONGEST_LIST {
            return Err(ProfileError::TooManyRoots);
        }
        let mut settings = vec![("BOATLIFT_SHIM_ROOTS", roots)];
        if let Some(ring) = &self.ring {
            settings.push(("BOATLIFT_SHIM_RING", word(ring)?));
        }
        settings.push(("BOATLIFT_SHIM_SPOOL", word(&self.spool)?));
        let library = word(&self.library)?;
        let directory = word(self.spool.parent().unwrap_or(Path::new("/")))?;
        Ok(match shell {
            Shell::Bourne => bourne(&settings, &library, &directory),
            Shell::C => c(&settings, &library, &directory),
        })
    }
}

/// A path between single quotes means itself in every shell, but for a few characters.
fn word(path: &Path) -> Result<String, ProfileError> {
    let text = path.to_str().ok_or_else(|| ProfileError::Unspeakable(path.to_owned()))?;
    let unspeakable = |c: char| c.is_control() || matches!(c, ':' | '\'' | '"' | '!' | '\\' | '`');
    match (path.is_absolute(), text.contains(unspeakable)) {
        (false, _) => Err(ProfileError::Relative(path.to_owned())),
        (true, true) => Err(ProfileError::Unspeakable(path.to_owned())),
        (true, false) => Ok(text.to_owned()),
    }
}

fn bourne(settings: &[(&str, String)], library: &str, directory: &str) -> String {
    let mut text = String::from("# Boatlift: tells of files that are written below its roots.\n");
    text += &format!("if [ -r '{library}' ]; then\n");
    for (name, value) in settings {
        text += &format!("  export {name}='{value}'\n");
    }
    text += &format!("  [ -d '{directory}' ] || mkdir -p -m 700 '{directory}' 2>/dev/null\n");
    text += "  case \":${LD_PRELOAD:-}:\" in\n";
    text += "    *libboatlift_shim*) ;;\n";
    text += &format!("    *) export LD_PRELOAD='{library}'\"${{LD_PRELOAD:+:$LD_PRELOAD}}\" ;;\n");
    text + "  esac\nfi\n"
}

fn c(settings: &[(&str, String)], library: &str, directory: &str) -> String {
    let mut text = String::from("# Boatlift: tells of files that are written below its roots.\n");
    text += &format!("if ( -r '{library}' ) then\n");
    for (name, value) in settings {
        text += &format!("  setenv {name} '{value}'\n");
    }
    text += &format!("  if ( ! -d '{directory}' ) then\n");
    text += &format!("    mkdir -p -m 700 '{directory}' >& /dev/null\n  endif\n");
    text += "  if ( ! $?LD_PRELOAD ) then\n";
    text += &format!("    setenv LD_PRELOAD '{library}'\n");
    text += "  else if ( \"$LD_PRELOAD\" == '' ) then\n";
    text += &format!("    setenv LD_PRELOAD '{library}'\n");
    text += "  else if ( \"$LD_PRELOAD\" !~ *libboatlift_shim* ) then\n";
    text += &format!("    setenv LD_PRELOAD '{library}':\"$LD_PRELOAD\"\n");
    text + "  endif\nendif\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            library: "/opt/lib/libboatlift_shim.so".into(),
            roots: vec!["/fs/primary".into(), "/fs/with space".into()],
            ring: Some("/dev/shm/boatlift-1000/primary.ring".into()),
            spool: "/var/tmp/boatlift-1000/primary.spool".into(),
        }
    }

    #[test]
    fn a_path_that_shells_read_differently_is_refused() {
        for root in ["/a:b", "/a'b", "/a!b", "/a\nb", "/a`b"] {
            let refused = Profile { roots: vec![root.into()], ..profile() }.lines(Shell::Bourne);
            assert_eq!(refused, Err(ProfileError::Unspeakable(root.into())));
        }
        let relative = Profile { spool: "spool".into(), ..profile() }.lines(Shell::C);
        assert_eq!(relative, Err(ProfileError::Relative("spool".into())));
        let none = Profile { roots: Vec::new(), ..profile() }.lines(Shell::C);
        assert_eq!(none, Err(ProfileError::NoRoot));
        let many = Profile { roots: vec!["/a".into(); 17], ..profile() }.lines(Shell::C);
        assert_eq!(many, Err(ProfileError::TooManyRoots));
    }

    #[test]
    fn both_families_say_the_same() {
        for shell in [Shell::Bourne, Shell::C] {
            let lines = profile().lines(shell).expect("lines");
            for text in ["/fs/primary:/fs/with space", "primary.ring", "primary.spool"] {
                assert!(lines.contains(text), "{lines}");
            }
        }
    }
}
