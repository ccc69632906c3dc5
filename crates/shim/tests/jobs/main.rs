//! Real programs under the library: shells, interpreters and C, with an agent that listens,
//! that is dead, and that never was. What they do must be told, and must come out as ever.

mod agents;
mod calls;
mod scene;
mod shells;
mod surroundings;
