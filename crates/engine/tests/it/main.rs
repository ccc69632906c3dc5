//! What the engine promises to its users, by its public interface.

mod copies;
mod damage;
mod deaths;
mod full_disk;
mod history;
mod torn;
