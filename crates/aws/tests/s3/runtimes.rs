//! Stores whose clients have runtimes of their own, one inside the other.

use crate::ground::{Folder, read};
use crate::servers::versitygw;
use boatlift_aws::s3::{Form, S3Options};
use boatlift_core::store::Detail;
use boatlift_core::{Facets, Key, Kind, Store};
use std::io::Read;
use tokio::runtime::Runtime;

/// A body as another client's, each read of which drives a runtime.
struct Driven<'a>(&'a Runtime, &'a [u8]);

impl Read for Driven<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.block_on(async {});
        self.1.read(buffer)
    }
}

#[test]
fn a_store_is_read_and_written_in_the_middle_of_another_client_s_work() {
    let runtime = Runtime::new().expect("a runtime");
    let options = S3Options { part_mib: 5, ..S3Options::default() };
    let store = Folder::on(versitygw()).open_with(Form::Tree, options);
    let content = vec![7; 12 << 20];
    let facets = Facets { size: Some(content.len() as u64), ..Facets::of(Kind::File) };
    let written = store.write(Key::new(b"a"), &facets, &mut Driven(&runtime, &content));
    written.expect("it is written");
    runtime.block_on(async {
        assert!(store.look(Key::new(b"a"), Detail::Basic).expect("a look").is_some());
        assert!(read(&*store, "a") == content);
    });
}
