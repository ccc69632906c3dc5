//! The storage stage on the small database.

use crate::fixtures::{DB, fill};
use crate::harness::{Site, Stage};

#[test]
fn files_come_over_and_every_place_is_exchanged() {
    let site = Site::new();
    fill(&site);
    let lives = site.lower_lives();
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    for (name, location) in site.upper.with(|world| world.places()) {
        assert!(location.starts_with(&site.upper_location("")), "{name} is still at {location}");
    }
    let orders = site.upper.table(DB, "orders").expect("a table");
    assert_eq!(orders.parameter("external.table.purge"), Some("true"));
    site.assert_lower_only_read();
    assert_eq!(site.lower_lives(), lives);
}
