//! The words of Boatlift and the traits that its parts meet through.
//!
//! Everything here is a value or a pure function: no I/O, no clock, no thread, no
//! runtime. What reaches the disk (pages, facets, outcomes, events) is encoded
//! here, so that the journal, an ssh frame and a queue message hold the same bytes.

mod bytes;
pub mod command;
pub mod compare;
pub mod digest;
pub mod error;
pub mod event;
pub mod facets;
pub mod filter;
pub mod key;
pub mod lane;
pub mod leaving;
pub mod limits;
pub mod mover;
pub mod outcome;
pub mod page;
pub mod phase;
pub mod plan;
pub mod policy;
pub mod queue;
pub mod reading;
pub mod saga;
pub mod secret;
pub mod side;
pub mod span;
pub mod still;
pub mod store;

pub use command::Command;
pub use compare::{Verdict, compare};
pub use digest::Digest;
pub use error::{Code, Error, Result, Retry};
pub use event::Event;
pub use facets::{Facets, FacetsRef, Kind, Timestamp};
pub use filter::Filter;
pub use key::{Key, KeyBuf};
pub use lane::{Lane, Turn};
pub use leaving::Leaving;
pub use mover::{Mover, Route};
pub use outcome::{Outcome, Proof};
pub use page::{Entry, Page, PageBuilder};
pub use phase::Phase;
pub use plan::Plan;
pub use policy::Policy;
pub use queue::Queue;
pub use saga::{Cutover, SagaEvent, SagaState, SagaStep};
pub use side::{Direction, Side, Term};
pub use store::Store;
