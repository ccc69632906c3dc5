//! The services that other tests stand on: they start, answer, can be broken as told, and
//! nothing of them is left behind.
//!
//! One stack is shared by the tests that only ask; those that break something have their own.

mod aws_faults;
mod endings;
mod faults;
mod kerberos;
mod lower;
mod metastore_calls;
mod moto;
mod odd_keys;
mod process;
mod radosgw;
mod redshift;
mod upper;
mod versitygw;
