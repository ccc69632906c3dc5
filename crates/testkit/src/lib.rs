//! What tests are made of: trees with every sharp case, random edits, and judges that
//! share no code with what they judge.
//!
//! Only tests depend on it; nothing of it is ever shipped. It may panic: a test that
//! cannot be set up has failed.

pub mod as_text;
pub mod bench;
pub mod contract;
pub mod dice;
pub mod fake_faults;
pub mod fake_metastore;
pub mod fake_mover;
pub mod fake_pegasus;
pub mod fake_run;
pub mod fake_system;
pub mod fake_zookeeper;
pub mod hive_bench;
pub mod judges;
pub mod pegasus_bench;
pub mod pegasus_handover;
pub mod program;
pub mod s3_bench;
pub mod services;
pub mod trees;
