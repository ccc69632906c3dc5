//! The stores against real directories.

mod attributes;
mod carry;
mod contract;
mod ground;
mod links;
mod listing;
mod mirror;
mod read_back;
mod removal;
mod roots;
mod safety;
mod settle;
mod sparse;
mod specials;
mod types;
mod user;
