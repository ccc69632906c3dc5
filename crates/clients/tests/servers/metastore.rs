//! Databases, tables and views, on every version.

use boatlift_clients::metastore::{
    Data, Database, Exception, Guard, PARTITIONS_PER_CALL, PrincipalKind, Stored, TABLES_PER_CALL,
};
use boatlift_clients::thrift::Effect;

use crate::scratch::{Scratch, connect, endpoints};

#[test]
fn databases_live_and_go() {
    for mut scratch in Scratch::all() {
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        assert!(!metastore.version().expect("version").is_empty());
        let setting = metastore.setting("hive.no.such.setting", "otherwise");
        assert_eq!(setting.expect("a setting"), "otherwise");
        assert!(metastore.database_names().expect("names").contains(&name));
        let like = metastore.database_names_like(&format!("{name}*"));
        assert_eq!(like.expect("names"), [name.as_str()]);
        assert_eq!(metastore.database("ms_nothing").expect("reads"), None);

        let mut database = metastore.database(&name).expect("reads").expect("there");
        database.set_parameter("boatlift", "är");
        database.set_owner(Some("someone"));
        database.set_owner_kind(Some(PrincipalKind::User));
        metastore.alter_database(&name, &database).expect("alters");
        let changed = metastore.database(&name).expect("reads").expect("there");
        assert_eq!(changed.parameter("boatlift"), Some("är"));
        assert_eq!(changed.owner(), Some("someone"));

        let again = metastore.create_database(&Database::new(&name));
        let again = again.expect_err("exists");
        assert_eq!(again.exception(), Some(Exception::AlreadyExists));
        assert_eq!(again.effect(), Effect::None);
    }
}

#[test]
fn a_database_goes_only_when_it_is_empty() {
    for mut scratch in Scratch::all() {
        let table = scratch.table("t1");
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&table).expect("creates");
        let full = metastore.drop_database(&name, Data::Keep);
        let full = full.expect_err("there is a table");
        assert_eq!(full.exception(), Some(Exception::InvalidOperation));
        assert!(!metastore.drop_database("ms_nothing", Data::Keep).expect("none"));
        assert!(metastore.table(&name, "t1").expect("reads").is_some());
    }
}

#[test]
fn tables_keep_all_that_was_said() {
    for mut scratch in Scratch::all() {
        let made = scratch.table("t1");
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&made).expect("creates");
        let found = metastore.table(&name, "t1").expect("reads").expect("there");
        assert_eq!(found.columns(), made.columns());
        assert_eq!(found.location(), made.location());
        assert_eq!(found.parameter("comment"), made.parameter("comment"));
        assert_eq!(found.serde_parameters(), made.serde_parameters());
        assert_eq!(found.table_type(), Some("EXTERNAL_TABLE"));
        assert!(!found.is_partitioned() && !found.is_temporary());
        assert!(found.created_seconds() > 1_500_000_000);
        let access = found.as_raw().get(22);
        assert_eq!(access, None, "the server gave a translation");

        let by_name = metastore.tables(&name, &["t1", "nothing"]).expect("reads");
        assert_eq!(by_name, std::slice::from_ref(&found));
        assert_eq!(metastore.table(&name, "nothing").expect("reads"), None);
        assert_eq!(metastore.table("ms_nothing", "t1").expect("reads"), None);
        let nowhere = metastore.tables("ms_nothing", &["t1"]);
        let nowhere = nowhere.expect_err("no database");
        assert_eq!(nowhere.exception(), Some(Exception::UnknownDatabase));
        assert_eq!(metastore.table_names(&name).expect("names"), ["t1"]);
        let like = metastore.table_names_like(&name, "t*|u*").expect("names");
        assert_eq!(like, ["t1"]);
        let exists = metastore.create_table(&made).expect_err("exists");
        assert_eq!(exists.exception(), Some(Exception::AlreadyExists));
    }
}

#[test]
fn tables_are_altered_renamed_and_dropped() {
    for mut scratch in Scratch::all() {
        let made = scratch.table("t1");
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&made).expect("creates");
        let mut table = metastore.table(&name, "t1").expect("reads").expect("there");
        table.set_parameter("boatlift.run", "7");
        table.remove_parameter("comment");
        table.set_name("t2");
        metastore.alter_table(&name, "t1", &table, None).expect("alters");
        assert_eq!(metastore.table(&name, "t1").expect("reads"), None);
        let table = metastore.table(&name, "t2").expect("reads").expect("there");
        assert_eq!(table.parameter("boatlift.run"), Some("7"));
        assert_eq!(table.parameter("comment"), None);
        assert_eq!(table.location(), made.location());
        let guard = Guard { key: "boatlift.run", value: "7" };
        // Derby cannot compare texts of unbounded length, see `Guard`.
        match metastore.alter_table(&name, "t2", &table, Some(guard)) {
            Ok(()) => {}
            Err(error) => assert!(error.to_string().contains("ERROR 42818"), "{error}"),
        }

        let gone = metastore.alter_table(&name, "nothing", &table, None);
        let gone = gone.expect_err("there is none");
        assert_eq!(gone.exception(), Some(Exception::InvalidOperation), "{gone}");
        assert!(metastore.drop_table(&name, "t2", Data::Keep).expect("drops"));
        assert!(!metastore.drop_table(&name, "t2", Data::Keep).expect("none"));
    }
}

#[test]
fn views_are_tables_without_a_location() {
    for mut scratch in Scratch::all() {
        let mut view = scratch.table("v1");
        view.remove_parameter("EXTERNAL");
        view.set_table_type(Some("VIRTUAL_VIEW"));
        view.set_view_original_text(Some("select 'ü' as name"));
        view.set_view_expanded_text(Some("select 'ü' as `name`"));
        view.set_location(None);
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&view).expect("creates");
        let found = metastore.table(&name, "v1").expect("reads").expect("there");
        assert_eq!(found.table_type(), Some("VIRTUAL_VIEW"));
        assert_eq!(found.view_original_text(), view.view_original_text());
        assert_eq!(found.view_expanded_text(), view.view_expanded_text());
        assert_eq!(found.location(), None);
    }
}

#[test]
fn what_became_of_a_managed_table_is_read_back() {
    for mut scratch in Scratch::all() {
        let mut made = scratch.table("m1");
        made.remove_parameter("EXTERNAL");
        made.set_table_type(Some("MANAGED_TABLE"));
        made.set_location(None);
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.create_table(&made).expect("creates");
        let found = metastore.table(&name, "m1").expect("reads").expect("there");
        let translated = found.parameter("TRANSLATED_TO_EXTERNAL");
        match found.table_type() {
            Some("MANAGED_TABLE") => assert_eq!(translated, None),
            Some("EXTERNAL_TABLE") => assert_eq!(translated, Some("TRUE")),
            other => panic!("{other:?}"),
        }
        assert!(found.location().expect("a location").ends_with("/m1"));
    }
}

#[test]
fn everything_there_is_can_be_read() {
    for uri in endpoints() {
        let mut metastore = connect(&uri);
        let databases = metastore.database_names().expect("names");
        for database in databases.iter().filter(|name| !name.starts_with("ms_")) {
            let names = metastore.table_names(database).expect("names");
            for chunk in names.chunks(TABLES_PER_CALL) {
                let tables = metastore.tables(database, chunk).expect("reads");
                assert_eq!(tables.len(), chunk.len(), "{database}");
                for table in tables.iter().filter(|table| table.is_partitioned()) {
                    let names = metastore.partition_names(database, table.name()).expect("names");
                    for chunk in names.chunks(PARTITIONS_PER_CALL) {
                        let parts =
                            metastore.partitions(database, table.name(), chunk).expect("reads");
                        assert_eq!(parts.len(), chunk.len(), "{database}.{}", table.name());
                    }
                }
            }
        }
    }
}
