//! Tables in waves: one move, one report, and each wave is at its end before the next begins.

use crate::fixtures::{DB, database, fill, filled, table};
use crate::harness::{Ran, Site, Stage};
use boatlift_clients::metastore::{Database, Stored};
use boatlift_testkit::fake_metastore::World;
use std::sync::{Arc, Mutex};

/// First the events, then the view; the orders come last.
const IN_THREE: &str = ", waves: [[\"sales[.]EVENTS\", \"no[.]such\"], [\".*[.]rec.*\"]]";

fn site() -> Site {
    let mut site = Site::new();
    IN_THREE.clone_into(&mut site.scope);
    site.beside = "policy: {max-delete: 100%}\n".to_owned();
    fill(&site);
    site
}

/// What UPPER's metastore was told to change, beside the mark of the run.
fn writes(site: &Site) -> Vec<String> {
    site.upper.writes().into_iter().filter(|call| !call.ends_with("_database")).collect()
}

/// Whether all of a table's partitions are there and point at UPPER.
fn is_exchanged(world: &World, table: &str, partitions: usize) -> bool {
    let all = world.partitions(DB, table);
    let points_up = |at: Option<&str>| at.is_some_and(|at| at.contains("/upper/"));
    let is_there = world.table(DB, table).is_some_and(|table| points_up(table.location()));
    is_there && all.len() == partitions && all.values().all(|found| points_up(found.location()))
}

#[test]
fn a_wave_is_exchanged_before_the_next_begins() {
    let site = site();
    let met = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&met);
    site.upper.watch(move |world, _| {
        let mut met = told.lock().expect("a list");
        let is_there = |name| world.table(DB, name).is_some();
        let so_far = match () {
            () if is_there("orders") => (is_exchanged(world, "events", 3), is_there("recent")),
            () if is_there("recent") => (is_exchanged(world, "events", 3), true),
            () => return,
        };
        met.push(so_far);
    });
    let ran = site.run(Stage::Storage).expect(0);
    let met = met.lock().expect("a list").clone();
    assert!(!met.is_empty());
    assert!(met.iter().all(|found| *found == (true, true)), "{met:?}");
    assert_eq!(site.upper_rows(), site.lower_rows());
    site.assert_lower_only_read();
    for group in ["wave 1 of 3: catalogue ", "wave 2 of 3: catalogue ", "wave 3 of 3: data "] {
        assert!(ran.stdout.contains(group), "no {group:?} in {}", ran.stdout);
    }
    let read = |name| std::fs::read_to_string(site.state().join("reports").join(name));
    assert!(read("report.md").expect("a report").contains("## Plan 9: wave 3 of 3: locations"));
    let page = read("hive.md").expect("a page");
    for (table, wave) in [("events", "1 of 3"), ("recent", "2 of 3"), ("orders", "3 of 3")] {
        let line = page.lines().find(|line| line.starts_with(&format!("| {table} | SUCCESS")));
        assert!(line.expect(table).ends_with(&format!(" {wave} |")), "{page}");
    }
    assert_eq!(page.matches("the database").count(), 1, "{page}");
    let sql = read("upper.sql").expect("statements");
    let at = |text: &str| sql.find(text).unwrap_or_else(|| panic!("no {text} in {sql}"));
    assert!(at("wave 1 of 3") < at("`events`") && at("`events`") < at("wave 2 of 3"), "{sql}");
    assert!(at("wave 3 of 3") < at("`orders`"), "{sql}");
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let site = site();
    for stage in [Stage::Metadata, Stage::Storage] {
        site.run(stage).expect(0);
        let told = site.upper_told();
        site.upper.forget_calls();
        site.run(stage).expect(0).says("Nothing had to be done.");
        assert_eq!(writes(&site), [""; 0], "{stage:?}");
        assert_eq!(site.upper_told(), told, "{stage:?}");
    }
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn it_ends_as_without_waves() {
    let plain = Site::new();
    fill(&plain);
    for stage in [Stage::Metadata, Stage::Storage] {
        let site = site();
        site.run(stage).expect(0);
        plain.run(stage).expect(0);
        assert_eq!(site.upper_told(), plain.upper_told(), "{stage:?}");
    }
}

#[test]
fn a_dry_run_shows_the_waves_and_changes_nothing() {
    let site = site();
    site.upper.forget_calls();
    let plan = Ran::of(&mut site.verb("plan", Stage::Storage)).expect(0);
    assert!(plan.stdout.contains("recorded, wave 1 of 3: catalogue"), "{}", plan.stdout);
    assert!(plan.stdout.contains("wave 3 of 3: catalogue"), "{}", plan.stdout);
    assert_eq!(site.upper.writes(), [""; 0]);
}

#[test]
fn waves_of_a_move_that_began_stay_as_they_are() {
    let mut site = site();
    site.run(Stage::Storage).expect(0);
    let told = site.upper_told();
    for scope in ["", ", waves: [[\"sales[.]orders\"]]"] {
        scope.clone_into(&mut site.scope);
        site.run(Stage::Storage).expect(2).says("hive.scope.waves");
    }
    // Waves in which all tables stay where they are may be written otherwise.
    ", waves: [[\"sales[.]events\"], [\"sales[.]rec.*\"]]".clone_into(&mut site.scope);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_told(), told);

    let mut site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    IN_THREE.clone_into(&mut site.scope);
    site.run(Stage::Storage).expect(2).says("was brought in wave 1");
    site.scope.clear();
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn what_lower_drops_goes_with_its_wave() {
    let mut site = site();
    site.more = "  on-drop: drop\n".to_owned();
    site.run(Stage::Storage).expect(0);
    site.lower.with(|world| {
        world.drop_table(DB, "events", true).expect("it is dropped");
        world.drop_table(DB, "recent", true).expect("it is dropped");
    });
    site.run(Stage::Storage).expect(0);
    let left = |name| site.upper.table(DB, name).is_some();
    assert_eq!([left("events"), left("recent"), left("orders")], [false, false, true]);
    assert_eq!(site.upper_rows(), site.lower_rows());
    site.assert_lower_only_read();
}

#[test]
fn a_database_that_lower_dropped_goes_after_its_last_table() {
    let mut site = Site::new();
    site.scope = ", database-regex: web, waves: [[\"web[.]first\"]]".to_owned();
    site.more = "  on-drop: drop\n".to_owned();
    site.beside = "policy: {max-delete: 100%}\n".to_owned();
    database(&site);
    filled(&site, &table("orders"));
    site.lower.create_database(&Database::new("web"));
    for name in ["first", "second"] {
        let mut of_web = table(name);
        of_web.set_database("web");
        site.lower.create_table(&of_web);
    }
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.with(|world| world.tables().len()), 3);
    site.lower.with(|world| {
        for name in ["first", "second"] {
            world.drop_table("web", name, true).expect("it is dropped");
        }
        world.drop_database("web", true).expect("it is dropped");
    });
    let plan = Ran::of(&mut site.verb("plan", Stage::Metadata)).expect(0);
    let gone = plan.stdout.lines().filter(|line| line.starts_with("gone "));
    let gone: Vec<&str> = gone.filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(gone, ["1", "2"], "the database counts once: {}", plan.stdout);
    site.run(Stage::Metadata).expect(0);
    let left = site.upper.with(|world| world.databases());
    assert!(left.iter().all(|database| database.name() != "web"));
    assert_eq!(site.upper.with(|world| world.tables().len()), 1);
}

#[test]
fn a_broken_expression_is_refused_where_it_stands() {
    let mut site = site();
    site.scope = ", waves: [[\"sales[.]a\"], [\"sales[.](\"]]".to_owned();
    let ran = Ran::of(&mut site.command(Stage::Metadata)).expect(2);
    let ran = ran.says("move.yaml:8:55: `sales[.](` is no regular expression: unclosed group");
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    for (scope, why) in [
        (", waves: [[]]", "scope.waves: wave 1 has no expression"),
        (", waves: [sales]", "move.yaml:8:"),
    ] {
        scope.clone_into(&mut site.scope);
        Ran::of(&mut site.command(Stage::Metadata)).expect(2).says(why);
    }
}
