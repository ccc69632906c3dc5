//! The contract that every store keeps, of a folder of a bucket as a tree.

use crate::ground::Folder;
use crate::servers::{radosgw, versitygw};
use boatlift_aws::s3::Form;
use boatlift_testkit::as_text::{AsText, Spelling, TEXT, TEXT_IN_XML};
use boatlift_testkit::contract::store_contract;
use boatlift_testkit::services::s3::S3Endpoint;
use std::sync::Arc;

#[test]
fn a_folder_at_versitygw_keeps_the_contract_of_stores() {
    keeps_the_contract(versitygw(), TEXT_IN_XML);
}

#[test]
fn a_folder_at_radosgw_keeps_the_contract_of_stores() {
    keeps_the_contract(radosgw(), TEXT);
}

fn keeps_the_contract(server: &'static S3Endpoint, spelling: Spelling) {
    store_contract(&|| Arc::new(AsText(Folder::on(server).open(Form::Tree), spelling)));
}
