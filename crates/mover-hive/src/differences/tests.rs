//! Tests of differences: what a translating metastore does to what it is given.

use super::*;
use crate::classify::Class;
use crate::samples;
use crate::translate::{OwnsFiles, Translator};
use boatlift_clients::metastore::{Column, Stored};

fn translator() -> Translator {
    Translator::new(&samples::config(), "m").expect("a translator")
}

fn between(change: impl Fn(&mut Table)) -> Vec<(String, DifferenceClass)> {
    let translator = translator();
    let intended = translator.table(&samples::table(), Class::LegacyManaged).expect("translated");
    let mut found = intended.clone();
    change(&mut found);
    let differences = Differences::new(translator.locations(), &Carry::default());
    let all = differences.table(&intended, &found);
    all.into_iter().map(|difference| (difference.path, difference.class)).collect()
}

#[test]
fn a_table_as_it_was_written_has_no_difference() {
    assert_eq!(between(|_| ()), []);
    let by_server = between(|table| {
        table.set_parameter("transient_lastDdlTime", "1");
        table.set_parameter("numFiles", "0");
        table.as_raw_mut().set(4, 1);
        table.as_raw_mut().set(25, 9_i64);
        table.set_catalog(Some("hive"));
        table.set_owner(Some("hive"));
        table.set_location(Some("hdfs://lower/wh/sales.db/orders"));
    });
    assert_eq!(by_server, []);
}

#[test]
fn additions_and_losses_are_told_apart() {
    use DifferenceClass::{Addition, Loss};
    type Case = (fn(&mut Table), &'static str, DifferenceClass);
    let cases: &[Case] = &[
        (
            |t| t.set_parameter("TRANSLATED_TO_EXTERNAL", "TRUE"),
            "parameters[TRANSLATED_TO_EXTERNAL]",
            Addition,
        ),
        (|t| t.set_parameter("added", "1"), "parameters[added]", Addition),
        (|t| t.set_serde_parameter("added", Some("1")), "serde-properties[added]", Addition),
        (
            |t| t.set_parameter("external.table.purge", "TRUE"),
            "parameters[external.table.purge]",
            Loss,
        ),
        (|t| t.set_parameter("transactional", "true"), "parameters[transactional]", Loss),
        (|t| t.set_parameter("bucketing_version", "2"), "parameters[bucketing_version]", Loss),
        (|t| assert!(t.remove_parameter("team.key")), "parameters[team.key]", Loss),
        (|t| assert!(t.remove_parameter("boatlift.source")), "parameters[boatlift.source]", Loss),
        (|t| t.set_location(Some("hdfs://upper/external/sales.db/orders")), "location", Loss),
        (|t| t.set_serde_library(None), "serde", Loss),
        (|t| t.set_view_expanded_text(Some("select 1")), "view.expanded", Loss),
        (
            |t| {
                t.set_table_type(Some("MANAGED_TABLE"));
                t.remove_parameter("EXTERNAL");
            },
            "type",
            Loss,
        ),
    ];
    for (change, path, class) in cases {
        assert_eq!(between(change), [((*path).to_owned(), *class)], "{path}");
    }
}

#[test]
fn a_column_more_is_no_addition() {
    let all = between(|table| {
        let columns =
            [table.columns(), vec![Column { name: "x", type_name: "int", comment: None }]];
        let columns: Vec<(String, String, Option<String>)> = columns
            .concat()
            .iter()
            .map(|c| (c.name.into(), c.type_name.into(), c.comment.map(Into::into)))
            .collect();
        let columns: Vec<Column<'_>> = columns
            .iter()
            .map(|(name, type_name, comment)| Column {
                name,
                type_name,
                comment: comment.as_deref(),
            })
            .collect();
        table.set_columns(&columns);
    });
    let paths: Vec<_> = all.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["columns[3].name", "columns[3].type"]);
    assert!(all.iter().all(|(_, class)| *class == DifferenceClass::Loss));
}

#[test]
fn a_flip_that_did_not_happen_is_a_loss() {
    let translator = translator();
    let linked = translator.partition(&samples::partition()).expect("translated");
    let adopted = translator.adopt_partition(&linked).expect("adopted");
    let differences = Differences::new(translator.locations(), &Carry::default());
    let all = differences.partition(&adopted, &linked);
    let shown: Vec<_> = all.iter().map(ToString::to_string).collect();
    let expected = "location: `hdfs://lower/elsewhere/2020-01-01` instead of \
                    `hdfs://upper/elsewhere/2020-01-01`";
    assert_eq!(shown, [expected]);
    let table = translator.table(&samples::table(), Class::LegacyManaged).expect("translated");
    let owner = translator.adopt_table(&table, OwnsFiles::Yes).expect("adopted");
    let paths: Vec<_> = differences.table(&owner, &table).into_iter().map(|d| d.path).collect();
    assert!(paths.contains(&"parameters[external.table.purge]".to_owned()), "{paths:?}");
}

#[test]
fn the_place_that_a_server_gives_a_database_is_an_addition() {
    let translator = translator();
    let intended = translator.database(&Database::new("sales"));
    let mut found = intended.clone();
    found.set_location(Some("hdfs://upper/external/old_sales.db"));
    let differences = Differences::new(translator.locations(), &Carry::default());
    let classes: Vec<_> = differences.database(&intended, &found).iter().map(|d| d.class).collect();
    assert_eq!(classes, [DifferenceClass::Addition]);
}
