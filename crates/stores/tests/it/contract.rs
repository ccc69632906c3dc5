//! The contract that every store keeps.

use boatlift_stores::PosixStore;
use boatlift_testkit::contract::store_contract;

#[test]
fn a_directory_keeps_the_contract_of_stores() {
    let tops = std::sync::Mutex::new(Vec::new());
    store_contract(&|| {
        let top = tempfile::tempdir().expect("a temporary directory");
        let store = PosixStore::open(top.path()).expect("a store");
        tops.lock().expect("a lock").push(top);
        store
    });
}
