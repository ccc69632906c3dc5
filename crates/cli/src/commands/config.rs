//! `boatlift config`: move files and their schema.

use crate::args::{Global, MoveArg};
use crate::exit::Exit;
use crate::movefile::MoveFile;
use crate::output::Output;
use boatlift_core::Result;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The arguments of `config`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    about: About,
}

#[derive(Debug, Subcommand)]
enum About {
    /// Print the JSON schema of move files, for editors
    Schema,
    /// Print the move file in force, with every key
    Show(MoveArg),
    /// Read a move file, and do nothing else
    Check {
        /// The move file
        file: PathBuf,
    },
}

impl Config {
    /// Does what was asked.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        match self.about {
            About::Schema => output.document(&MoveFile::schema())?,
            About::Show(target) => {
                let file = target.find(global)?.file()?;
                match output.json {
                    true => output.document(&file)?,
                    false => output.result(file.to_yaml()?)?,
                }
            }
            About::Check { file } => {
                let name = MoveFile::read(&file)?.name;
                output.say(format_args!("{}: the move `{name}` is well described", file.display()));
            }
        }
        Ok(Exit::Done)
    }
}
