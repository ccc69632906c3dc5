//! Still images: what a side is held to while a plan is made of it and carried out, so that what
//! writers do meanwhile is not seen.

use crate::Result;
use serde::{Deserialize, Serialize};

/// A still image of some directories of a side. It is a [`crate::Leaving`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Still {
    /// Its name, the same in every directory.
    pub name: String,
    /// The directories, as URLs. What lies elsewhere is looked at as it is.
    pub directories: Vec<String>,
}

/// Makes still images of a side, and removes them. While one is held, the store lists and reads
/// what is below its directories as the image has it.
pub trait Stills: Send + Sync {
    /// The directories of which images are asked for; none when the side is looked at as it is.
    fn directories(&self) -> Vec<String>;

    /// Makes an image and holds the store to it. Idempotent: a part that is there stays.
    ///
    /// # Errors
    /// When a directory does not allow it; nothing is held then, and a part of it may be there.
    fn hold(&self, still: &Still) -> Result<()>;

    /// Holds the store to an image of an earlier run; false when it is not there as a whole.
    ///
    /// # Errors
    /// When the side cannot tell.
    fn hold_again(&self, still: &Still) -> Result<bool>;

    /// Removes an image and no longer holds the store to it. Idempotent: what is not there is
    /// removed.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, still: &Still) -> Result<()>;
}
