//! bench

use crate::Result;
pub(crate) fn run(_: &[String]) -> Result<()> {
    let _ = crate::provision::bench_packages();
    Ok(())
}
