//! `boatlift init`: a commented example of a move file.

use crate::exit::Exit;
use crate::movefile::{TREE_EXAMPLE, hive_example, pegasus_example, redshift_example};
use crate::output::Output;
use boatlift_core::Result;
use clap::{Args, ValueEnum};

/// The arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// What is to be moved
    #[arg(value_enum, default_value = "tree")]
    mover: Kind,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A directory tree
    Tree,
    /// Hive databases, tables and partitions
    Hive,
    /// Tables of Apache Pegasus
    Pegasus,
    /// What a Redshift workload touched in S3
    Redshift,
}

impl Init {
    /// Prints the example: `boatlift init > boatlift.yaml`.
    pub(crate) fn run(self, output: &Output) -> Result<Exit> {
        match self.mover {
            Kind::Tree => output.result(TREE_EXAMPLE)?,
            Kind::Hive => output.result(hive_example())?,
            Kind::Pegasus => output.result(pegasus_example())?,
            Kind::Redshift => output.result(redshift_example())?,
        }
        Ok(Exit::Done)
    }
}
