//! The contract that every store keeps.

use crate::clusters::{Cluster, new, old};
use crate::ground::Directory;
use boatlift_testkit::as_text::{AsText, TEXT};
use boatlift_testkit::contract::store_contract;
use std::sync::{Arc, Mutex};

#[test]
fn a_directory_in_hdfs_2_keeps_the_contract_of_stores() {
    keeps_the_contract(old());
}

#[test]
fn a_directory_in_hdfs_3_keeps_the_contract_of_stores() {
    keeps_the_contract(new());
}

fn keeps_the_contract(cluster: &'static Cluster) {
    let directories = Mutex::new(Vec::new());
    store_contract(&|| {
        let directory = Directory::on(cluster);
        let store = directory.open();
        directories.lock().expect("a lock").push(directory);
        Arc::new(AsText(store, TEXT))
    });
}
