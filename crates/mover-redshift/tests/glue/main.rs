//! A Data Catalog cloned at moto, and at the server in front of it that adds what moto lacks:
//! indexes, statistics, pages, segments, limits and faults. A program that shares no code with
//! us fills the one side and judges the other.

mod at_moto;
mod catalogues;
mod faults;
mod foreign;
mod ground;
mod passes;
