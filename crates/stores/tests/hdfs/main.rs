//! The HDFS store against a real NameNode and DataNode.

mod attributes;
mod carry;
mod clusters;
mod contract;
mod ground;
mod kerberos;
mod listing;
mod name_service;
mod names;
mod removal;
