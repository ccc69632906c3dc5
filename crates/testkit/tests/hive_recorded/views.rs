//! Views that name each other: none is made before what it names, on whatever pages they stand.

use crate::fixtures::{DB, database, filled, table, view};
use crate::harness::{Ran, Site, Stage};
use std::sync::{Arc, Mutex};

/// More views than a page has, so that the first and the last stand on different ones.
const BETWEEN: usize = 1100;

/// Leaves a view out, as a person does.
fn skip(site: &Site, view: &str) {
    let mut command = site.verb("skip", Stage::Metadata);
    Ran::of(command.args([&format!("{DB}/{view}"), "--reason", "not this one"])).expect(0);
}

/// A site whose first view names its last, which names its second.
fn site() -> Site {
    let site = Site::new();
    database(&site);
    filled(&site, &table("orders"));
    site.lower.create_table(&view("a_first", "select id from sales.z_last"));
    site.lower.create_table(&view("a_second", "select id from sales.orders"));
    for number in 0..BETWEEN {
        let name = format!("between_{number:04}");
        site.lower.create_table(&view(&name, "select id from sales.orders"));
    }
    site.lower.create_table(&view("z_last", "select id from `sales`.`a_second`"));
    site
}

#[test]
fn a_view_follows_what_it_names_on_another_page() {
    let site = site();
    let early = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&early);
    site.upper.watch(move |world, call| {
        let is_there = |name| world.table(DB, name).is_some();
        for (view, named) in [("a_first", "z_last"), ("z_last", "a_second")] {
            if is_there(view) && !is_there(named) {
                told.lock().expect("a list").push(format!("{}: {view} first", call.number));
            }
        }
    });
    site.run(Stage::Metadata).expect(0);
    assert_eq!(*early.lock().expect("a list"), [""; 0]);
    assert_eq!(site.upper.with(|world| world.tables().len()), BETWEEN + 4);
    site.upper.forget_calls();
    site.run(Stage::Metadata).expect(0).says("Nothing had to be done.");
}

#[test]
fn a_view_that_was_skipped_is_not_made_for_another_page() {
    let site = site();
    Ran::of(&mut site.verb("plan", Stage::Metadata)).expect(0);
    skip(&site, "z_last");
    site.run(Stage::Metadata).expect(0);
    let is_there = |name| site.upper.table(DB, name).is_some();
    assert_eq!(
        [is_there("a_first"), is_there("a_second"), is_there("z_last")],
        [true, true, false]
    );
}
