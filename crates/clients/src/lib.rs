//! Protocols that ask and answer.
//!
//! Each room speaks to one kind of server and knows nothing of moves. What it learns comes
//! back as it was said; what it cannot read it keeps.

pub mod gssapi;
pub mod hiveserver2;
pub mod kerberos;
pub mod metastore;
pub mod pegasus;
pub mod thrift;
pub mod webhdfs;
pub mod wire;
pub mod yarn;
pub mod zookeeper;
