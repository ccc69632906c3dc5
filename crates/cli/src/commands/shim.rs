//! `boatlift shim`: the library that tells of files that jobs write: where it is put, what
//! shells need for it, and what it told.

mod events;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Output;
use crate::place;
use boatlift_core::{Code, Error, Result};
use boatlift_shim::{Profile, Shell};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The arguments of `shim`.
#[derive(Debug, Args)]
pub(crate) struct Shim {
    #[command(subcommand)]
    verb: ShimVerb,
}

#[derive(Debug, Subcommand)]
enum ShimVerb {
    /// Put the library into a directory that all nodes see, and print its path
    Install(Install),
    /// Print what to put into a shell's profile, so that jobs tell of what they write
    Env(Env),
    /// Print what jobs told since the last time, a JSON document a line, and forget it
    Events(events::Events),
}

#[derive(Debug, Args)]
struct Install {
    /// The directory [default: ~/.local/lib/boatlift]
    directory: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Env {
    #[command(flatten)]
    ears: Ears,
    /// For which shells: `sh` for sh, bash, ksh and zsh, `csh` for csh and tcsh
    #[arg(long, value_enum, default_value_t = ShellName::Sh)]
    shell: ShellName,
    /// The library [default: the one that `shim install` puts into ~/.local/lib/boatlift]
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
}

/// Where jobs tell, and of what.
#[derive(Debug, Args)]
struct Ears {
    /// A directory tree to tell of; may be given 16 times
    #[arg(long = "root", value_name = "DIR", required = true)]
    roots: Vec<PathBuf>,
    /// A name for it, when there are several
    #[arg(long, value_name = "NAME", default_value = "tree")]
    tree: String,
    /// The ring, in memory [default: /dev/shm/boatlift-UID/NAME.ring]
    #[arg(long, value_name = "FILE")]
    ring: Option<PathBuf>,
    /// The spool, on a disk of the node [default: /var/tmp/boatlift-UID/NAME.spool]
    #[arg(long, value_name = "FILE")]
    spool: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShellName {
    Sh,
    Csh,
}

impl Shim {
    /// Does what was typed.
    pub(crate) fn run(self, _global: &Global, output: &Output) -> Result<Exit> {
        match self.verb {
            ShimVerb::Install(install) => install.run(output),
            ShimVerb::Env(env) => env.run(output),
            ShimVerb::Events(events) => events.run(output),
        }
    }
}

impl Install {
    fn run(self, output: &Output) -> Result<Exit> {
        let directory = match self.directory {
            Some(directory) => place::absolute(&directory)?,
            None => library_home()?,
        };
        let path = boatlift_shim::install(&directory).map_err(|error| {
            Error::new(Code::Usage, "cannot install the shim in")
                .on(directory.display())
                .because(error)
        })?;
        output.result(path.display())?;
        Ok(Exit::Done)
    }
}

impl Env {
    fn run(self, output: &Output) -> Result<Exit> {
        let library = match self.library {
            Some(library) => place::absolute(&library)?,
            None => library_home()?.join(boatlift_shim::file_name()),
        };
        if !library.is_file() {
            return Err(Error::new(Code::Usage, "cannot find the shim")
                .on(library.display())
                .because("`boatlift shim install` puts it there"));
        }
        let profile = Profile {
            library,
            roots: self.ears.roots()?,
            ring: Some(self.ears.ring()),
            spool: self.ears.spool(),
        };
        let shell = match self.shell {
            ShellName::Sh => Shell::Bourne,
            ShellName::Csh => Shell::C,
        };
        let lines = profile.lines(shell).map_err(|error| {
            Error::new(Code::Usage, "cannot write lines for a shell").because(error)
        })?;
        output.result(lines)?;
        Ok(Exit::Done)
    }
}

impl Ears {
    /// The roots as they were given and, where links lead to them, as the system calls them.
    fn roots(&self) -> Result<Vec<PathBuf>> {
        let mut roots = Vec::new();
        for root in &self.roots {
            let given = place::absolute(root)?;
            let known = given.canonicalize().map_err(|error| {
                Error::new(Code::RootMissing, "cannot find root").on(given.display()).because(error)
            })?;
            for root in [given, known] {
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
        }
        Ok(roots)
    }

    fn ring(&self) -> PathBuf {
        self.ring.clone().unwrap_or_else(|| self.place("/dev/shm", "ring"))
    }

    fn spool(&self) -> PathBuf {
        self.spool.clone().unwrap_or_else(|| self.place("/var/tmp", "spool"))
    }

    fn place(&self, top: &str, kind: &str) -> PathBuf {
        let user = rustix::process::geteuid().as_raw();
        PathBuf::from(format!("{top}/boatlift-{user}/{}.{kind}", self.tree))
    }
}

/// Where the library is put by default: `~/.local/lib/boatlift`.
fn library_home() -> Result<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    home.map(|home| home.join(".local/lib/boatlift")).ok_or_else(|| {
        Error::new(Code::Usage, "cannot tell where the shim belongs")
            .because("HOME is no absolute path; name a directory")
    })
}
