//! Transfer: lanes that belong to no store.

mod stream;

pub use stream::StreamLane;
