//! Transfer: lanes that belong to no store.

mod stream;

pub use stream::StreamLane;

use boatlift_core::lane::Lane;
use boatlift_core::store::Store;
use std::sync::Arc;

/// The way from one store to another: UPPER's own where it has one, else the stream.
#[must_use]
pub fn lane(lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
    let own = Arc::clone(&upper).lane_from(Arc::clone(&lower));
    own.unwrap_or_else(|| Arc::new(StreamLane::new(lower, upper)))
}
