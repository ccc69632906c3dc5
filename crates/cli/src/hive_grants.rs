//! The grants of LOWER, in a file that Ranger imports.

use crate::hadoop;
use crate::hive_files::whole;
use crate::output::Output;
use boatlift_core::{Code, Error, Result};
use boatlift_mover_hive::config::HiveConfig;
use boatlift_mover_hive::grants::Export;
use std::path::Path;

/// The policies.
const POLICIES: &str = "ranger-policies.json";

/// Writes the policies into the reports directory, if the move carries grants. What Ranger
/// has no words for is told.
///
/// # Errors
/// When LOWER's metastore cannot be asked, or the file cannot be written.
pub(crate) fn write(hive: &HiveConfig, directory: &Path, output: &Output) -> Result<()> {
    if !hive.carry.grants {
        return Ok(());
    }
    let export = hadoop::grants(hive)?;
    whole(&directory.join(POLICIES), |out| {
        serde_json::to_writer_pretty(out, &export)
            .map_err(|error| Error::new(Code::StateIo, "cannot write").on(POLICIES).because(error))
    })?;
    tell(&export, output);
    Ok(())
}

fn tell(export: &Export, output: &Output) {
    for left in &export.left {
        output.say(format_args!(
            "warning: the grant {} on {} to {} is not in {POLICIES}: Ranger has no such right",
            left.privilege, left.object, left.principal
        ));
    }
}
