//! Files that somebody wrote on UPPER: nothing replaces or removes them, no reader is led away
//! from them, and the run says so.

use crate::fixtures::{DB, fill, lies, put};
use crate::harness::{Ran, Site, Stage};
use boatlift_clients::metastore::Stored;
use boatlift_testkit::fake_metastore::local_path;
use std::fs;

/// A site whose files have come over and whose places are exchanged.
fn exchanged() -> Site {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Storage).expect(0);
    site
}

/// Where the table `orders` lies on UPPER.
fn orders(site: &Site) -> String {
    let table = site.upper.table(DB, "orders").expect("a table");
    table.location().expect("a location").to_owned()
}

/// Removes a file below a location.
fn remove(location: &str, name: &str) {
    fs::remove_file(local_path(location).expect("a path").join(name)).expect("it goes");
}

/// Runs, and asserts that readers of `orders` on UPPER find what they found before.
#[track_caller]
fn assert_left(site: &Site, code: &str) -> Ran {
    let (place, rows) = (orders(site), site.upper_rows());
    put(&lies(site, "orders"), "part-9", "rows that came meanwhile");
    put(&site.lower_location("warehouse/sales.db/events/ds=1"), "part-9", "new");
    let ran = site.run(Stage::Storage).expect(1).says(code).says("orders");
    assert_eq!(orders(site), place, "readers were led elsewhere");
    assert_eq!(site.upper_rows()["sales.orders"], rows["sales.orders"]);
    let [lower, upper] = [site.lower_rows(), site.upper_rows()];
    assert_eq!(upper["sales.events/ds=1"], lower["sales.events/ds=1"], "the others wait");
    ran
}

#[test]
fn a_file_that_was_rewritten_through_upper_after_the_exchange_is_left() {
    let site = exchanged();
    put(&orders(&site), "part-0", "written through UPPER");
    assert_left(&site, "BL-HIVE-004");
}

#[test]
fn a_file_that_was_rewritten_through_upper_with_as_many_bytes_is_left() {
    let site = exchanged();
    put(&orders(&site), "part-0", "rows of others");
    assert_left(&site, "BL-HIVE-004");
}

#[test]
fn what_insert_overwrite_wrote_through_upper_under_other_names_is_left() {
    let site = exchanged();
    let place = orders(&site);
    remove(&place, "part-0");
    remove(&place, "sub/part-1");
    put(&place, "000000_0", "written through UPPER");
    assert_left(&site, "BL-HIVE-004");
}

#[test]
fn a_copy_that_upper_rewrote_stays_when_lower_drops_its_file() {
    let site = exchanged();
    put(&orders(&site), "sub/part-1", "written through UPPER");
    remove(&lies(&site, "orders"), "sub/part-1");
    assert_left(&site, "BL-HIVE-004");
}

#[test]
fn a_table_that_upper_wrote_into_is_not_pointed_back_at_lower() {
    let site = exchanged();
    let mut to = site.upper.table(DB, "orders").expect("a table");
    to.remove_parameter("transient_lastDdlTime");
    to.set_parameter("numFiles", "7");
    let raw = to.into_raw();
    site.upper.with(|world| world.alter_table(DB, "orders", raw)).expect("it is altered");
    assert_left(&site, "BL-HIVE-004");
}

#[test]
fn a_copy_that_was_lost_on_upper_is_brought_again() {
    let site = exchanged();
    remove(&orders(&site), "part-0");
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

/// A site where a file of others stands at the destination of `orders`.
fn with_foreign(content: &str) -> Site {
    let site = Site::new();
    fill(&site);
    put(&site.upper_location("warehouse/sales.db/orders"), "part-0", content);
    site
}

#[test]
fn a_foreign_file_at_the_destination_is_left_and_its_table_not_exchanged() {
    for content in ["rows of others", "other rows, and more of them"] {
        let site = with_foreign(content);
        site.run(Stage::Storage).expect(1).says("BL-COPY-008").says("orders");
        let file = local_path(&site.upper_location("warehouse/sales.db/orders/part-0"));
        let found = fs::read_to_string(file.expect("a path")).expect("a file");
        assert_eq!(found, content);
        assert_eq!(orders(&site), lies(&site, "orders"));
        assert_eq!(site.upper_rows(), site.lower_rows());
    }
}

#[test]
fn a_foreign_file_with_lowers_content_is_taken() {
    let site = with_foreign("rows of orders");
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    assert!(orders(&site).starts_with(&site.upper_location("")));
}
