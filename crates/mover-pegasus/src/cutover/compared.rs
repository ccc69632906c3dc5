//! The drain of a copy: behind the fence every row is compared, and what differs is written.

use super::drain::refuse_moved;
use super::fence;
use crate::copy;
use crate::inventory::Shared;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::{CutoverContext, Evidence};

/// Compares every table until UPPER has what LOWER has.
///
/// # Errors
/// When a primary moved, so that the fence may have had a hole, or UPPER does not come in line.
pub(super) async fn prove(
    shared: &Shared,
    unused: &str,
    context: &CutoverContext<'_>,
) -> Result<Evidence> {
    let mut evidence = Evidence::default();
    for table in &shared.config.tables {
        let seals = fence::seals(context, table)?;
        let told = copy::prove(shared, table, |now| refuse_moved(table, &seals, now)).await?;
        if !fence::stands(shared, table, unused, &seals).await? {
            let error = Error::new(Code::SagaFailed, "cannot compare").on(table);
            let why = "a primary moved behind the fence, or takes writes again";
            return Err(error.because(why).retry(Retry::Later));
        }
        evidence = evidence.with(table, told);
    }
    Ok(evidence)
}
