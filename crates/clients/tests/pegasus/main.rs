//! The client of Pegasus against what real servers said.

mod http;
mod recorded;
mod recorded_calls;
