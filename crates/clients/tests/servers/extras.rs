//! Functions, constraints, statistics, grants and events, on every version.

use boatlift_clients::metastore::{
    Column, ColumnStatistics, ConstraintKind, Constraints, Event, Existing, Function, Grant,
    MetastoreError, ObjectReference, PrincipalKind, StatisticsOf, Stored,
};
use boatlift_clients::thrift::{Struct, Value};

use crate::scratch::Scratch;

#[test]
fn functions_carry_their_resources() {
    for mut scratch in Scratch::all() {
        let name = scratch.name.clone();
        let mut function = Function::new(&name, "f1", "org.example.F", "root");
        let resource = Struct::new().with(1, 1).with(2, "hdfs:///old/f.jar");
        function.as_raw_mut().set(8, Value::structs([resource]));
        function.move_resources(|uri| uri.replace("old", "new"));
        let metastore = &mut scratch.metastore;
        metastore.create_function(&function).expect("creates");
        let found = metastore.function(&name, "f1").expect("reads");
        let found = found.expect("is there");
        assert_eq!(found.resources(), ["hdfs:///new/f.jar"]);
        assert_eq!(found.class(), Some("org.example.F"));
        assert!(metastore.functions().expect("reads").contains(&found));
        assert_eq!(metastore.function_names(&name).expect("names"), ["f1"]);
        assert!(metastore.drop_function(&name, "f1").expect("drops"));
        assert!(!metastore.drop_function(&name, "f1").expect("none"));
        assert_eq!(metastore.function(&name, "f1").expect("reads"), None);
    }
}

/// One column of a constraint on `id` of the table `old.keys`, named `name`; a foreign key is
/// on `old.child` and points there.
fn constraint(kind: ConstraintKind, name: &str) -> Struct {
    let of = |table: &str, first: i16| {
        Struct::new().with(first, "old").with(first + 1, table).with(first + 2, "id")
    };
    let keyed = |first| of("keys", first);
    let mut column = match kind {
        ConstraintKind::PrimaryKey => keyed(1).with(4, 1).with(5, name),
        ConstraintKind::Unique => keyed(2).with(1, "hive").with(5, 1).with(6, name),
        ConstraintKind::NotNull => keyed(2).with(1, "hive").with(5, name),
        ConstraintKind::Default => keyed(2).with(1, "hive").with(5, "7").with(6, name),
        ConstraintKind::Check => keyed(2).with(1, "hive").with(5, "id > 0").with(6, name),
        ConstraintKind::ForeignKey => {
            let mut both = keyed(1);
            both.fields.extend(of("child", 4).fields);
            both.with(7, 1).with(8, 0).with(9, 0).with(10, name)
        }
    };
    let flags = match kind {
        ConstraintKind::PrimaryKey => 6,
        ConstraintKind::ForeignKey => 12,
        ConstraintKind::NotNull => 6,
        ConstraintKind::Unique | ConstraintKind::Default | ConstraintKind::Check => 7,
    };
    for (id, flag) in (flags..).zip([false, false, true]) {
        column.set(id, flag);
    }
    column
}

#[test]
fn constraints_are_read_or_known_to_be_lacking() {
    for mut scratch in Scratch::all() {
        let tables = ["keys", "child"].map(|table| scratch.table(table));
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        for table in &tables {
            metastore.create_table(table).expect("creates");
        }
        let none = metastore.constraints(&name, "keys").expect("reads");
        assert!(none.is_empty());
        for (number, kind) in ConstraintKind::ALL.into_iter().enumerate() {
            let mut constraints = Constraints::default();
            constraints.push(kind, constraint(kind, &format!("c{number}_{name}")));
            constraints.rename(|_, table| (name.clone(), table.to_owned()));
            let on = match kind {
                ConstraintKind::ForeignKey => "child",
                _ => "keys",
            };
            match metastore.add_constraints(&constraints) {
                Ok(()) => {
                    let found = metastore.constraints(&name, on).expect("reads");
                    let columns: Vec<_> = found.of(kind).collect();
                    let named = |value: &Value| value.as_str() == Some("id");
                    assert_eq!(columns.len(), 1, "{kind:?}");
                    assert!(columns[0].fields.iter().any(|(_, value)| named(value)));
                }
                Err(MetastoreError::Lacks { call, .. }) => {
                    assert!(metastore.capabilities().lacks(call), "{call}");
                    assert!(call.starts_with("add_"), "{call}");
                }
                Err(error) => panic!("{kind:?}: {error}"),
            }
        }
    }
}

#[test]
fn a_table_comes_with_its_constraints_or_not_at_all() {
    for mut scratch in Scratch::all() {
        let mut table = scratch.table("child");
        table.set_columns(&["id", "parent"].map(|name| Column {
            name,
            type_name: "bigint",
            comment: None,
        }));
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        let mut keys = Constraints::default();
        for kind in [ConstraintKind::PrimaryKey, ConstraintKind::ForeignKey] {
            let mut column = constraint(kind, &format!("{kind:?}_{name}"));
            if kind == ConstraintKind::ForeignKey {
                column.set(6, "parent");
            }
            keys.push(kind, column);
        }
        keys.rename(|_, _| (name.clone(), "child".to_owned()));
        let mut all = keys.clone();
        let not_null = constraint(ConstraintKind::NotNull, &format!("nn_{name}"));
        all.push(ConstraintKind::NotNull, not_null);
        all.rename(|_, _| (name.clone(), "child".to_owned()));
        for constraints in [all, keys] {
            match metastore.create_table_with(&table, &constraints) {
                Ok(()) => {
                    let found = metastore.constraints(&name, "child").expect("reads");
                    for kind in ConstraintKind::ALL {
                        let made = constraints.of(kind).count();
                        assert_eq!(found.of(kind).count(), made, "{kind:?}");
                    }
                    break;
                }
                Err(MetastoreError::Lacks { .. }) => {
                    assert_eq!(metastore.table(&name, "child").expect("reads"), None);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// The statistics of a column of `bigint`.
fn long_statistics() -> Struct {
    let long = Struct::new().with(1, 1_i64).with(2, 9_i64).with(3, 0_i64).with(4, 8_i64);
    Struct::new().with(1, "id").with(2, "bigint").with(3, Struct::new().with(2, long))
}

#[test]
fn statistics_of_columns_travel() {
    for mut scratch in Scratch::all() {
        let plain = scratch.table("s1");
        let table = scratch.partitioned("s2");
        let part = scratch.partition(&table, ["a", "1"]);
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&plain).expect("creates");
        metastore.add_partitions(&name, "s2", &[part], Existing::Refuse).expect("adds");
        let none = metastore.table_statistics(&name, "s1", &["id"]);
        assert_eq!(none.expect("reads"), None);
        let columns = || vec![long_statistics()];
        let of = StatisticsOf::Table;
        let of_table = ColumnStatistics::new(&name, "s1", of, columns());
        metastore.set_statistics(&[of_table]).expect("sets");
        let found = metastore.table_statistics(&name, "s1", &["id"]);
        let found = found.expect("reads").expect("there are some");
        assert_eq!(found.columns(), ["id"]);

        let of = StatisticsOf::Partition("ds=a/h=1");
        let of_part = ColumnStatistics::new(&name, "s2", of, columns());
        metastore.set_statistics(&[of_part]).expect("sets");
        let names = ["ds=a/h=1"];
        let found = metastore.partition_statistics(&name, "s2", &names, &["id"]).expect("reads");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].of(), of);
        metastore.set_statistics(&found).expect("sets what was read");
    }
}

#[test]
fn grants_are_listed_by_object() {
    for mut scratch in Scratch::all() {
        let table = scratch.table("g1");
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&table).expect("creates");
        let on = ObjectReference::Table(&name, "g1");
        let mut grant = Grant::new(on, "SELECT", PrincipalKind::User, "someone", "root");
        grant.set_authorizer(Some("SQL"));
        metastore.grant(&[grant]).expect("grants");
        let found = metastore.grants(on).expect("lists");
        let select = found.iter().find(|grant| grant.principal() == "someone");
        let select = select.expect("the grant");
        assert_eq!(select.privilege(), Some("SELECT"));
        assert_eq!(select.principal_kind(), Some(PrincipalKind::User));
        assert_eq!(select.object(), (Some(&*name), Some("g1")));
        assert!(!select.has_grant_option());
        assert!(metastore.role_names().expect("roles").contains(&"public".to_owned()));
    }
}

#[test]
fn events_follow_each_other() {
    for mut scratch in Scratch::all() {
        let metastore = &mut scratch.metastore;
        let newest = metastore.newest_event().expect("asks").expect("knows");
        let events = metastore.events_after((newest - 3).max(0), 2).expect("reads");
        assert!(events.len() <= 2);
        for pair in events.windows(2) {
            assert_eq!(pair[0].id() + 1, pair[1].id());
        }
    }
}

#[test]
fn a_change_is_seen_in_the_events_after_it() {
    let mut seen = 0;
    for mut scratch in Scratch::all() {
        let table = scratch.table("e1");
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        let before = metastore.newest_event().expect("asks").expect("knows");
        metastore.create_table(&table).expect("creates");
        let events = metastore.events_after(before, 1000).expect("reads");
        let mine = |event: &&Event| {
            event.event_type() == "CREATE_TABLE"
                && (event.database(), event.table()) == (Some(&*name), Some("e1"))
        };
        if let Some(event) = events.iter().find(mine) {
            assert!(event.id() > before && event.seconds() > 1_500_000_000);
            assert!(event.message().contains("e1") || event.message_format().is_some());
            seen += 1;
        }
    }
    assert!(seen > 0, "no metastore keeps events");
}
