//! Tables of a fake Pegasus cluster, moved by the real binary to another one, with a real
//! ZooKeeper that leads the clients. The clients are ours; that no acknowledged write is missing is
//! asked of the fake clusters themselves.

mod back;
mod bad_input;
mod behind_the_fence;
mod clients;
mod copied;
mod cutover;
mod deaths;
mod drop_in;
mod gate;
mod guards;
mod led;
mod lost;
mod rows;
mod scene;
mod side_by_side;
mod stuck;
mod tails;
