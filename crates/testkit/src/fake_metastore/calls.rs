//! Calls by name: arguments taken apart, answers put together.
//!
//! Field ids are those of `hive_metastore.thrift` of Hive 2.3. What that version does not
//! have is an unknown method here too.

use super::world::{Answered, Kind, Thrown, World};
use boatlift_clients::thrift::{Map, Struct, Value};

/// What goes back.
pub(super) enum Answer {
    /// A result struct.
    Reply(Struct),
    /// A `TApplicationException`: 1 is an unknown method, 6 an internal error.
    Unable { kind: i32, message: String },
}

/// Carries a call out.
pub(super) fn answer(world: &mut World, method: &str, arguments: &Struct) -> Answer {
    let done = read(world, method, arguments).or_else(|| write(world, method, arguments));
    match done {
        None => Answer::Unable { kind: 1, message: format!("Invalid method name: '{method}'") },
        Some(Ok(Some(value))) => Answer::Reply(Struct::new().with(0, value)),
        Some(Ok(None)) => Answer::Reply(Struct::new()),
        Some(Err(thrown)) => match field(method, thrown.kind) {
            Some(id) => {
                Answer::Reply(Struct::new().with(id, Struct::new().with(1, thrown.message)))
            }
            None => {
                let message = format!("Internal error processing {method}");
                Answer::Unable { kind: 6, message }
            }
        },
    }
}

type Done = Option<Answered<Option<Value>>>;

fn read(world: &World, method: &str, arguments: &Struct) -> Done {
    let text = |id| arguments.string(id).unwrap_or_default();
    let request = arguments.structure(1);
    let asked = |id| request.and_then(|request| request.string(id)).unwrap_or_default();
    let names =
        |all: Option<&Struct>, id| all.and_then(|s| s.items(id)).unwrap_or_default().to_vec();
    let value = match method {
        "getVersion" => Ok("2.3.7".into()),
        "set_ugi" => Ok(Value::strings(names(Some(arguments), 2).iter().filter_map(Value::as_str))),
        "get_config_value" => Ok(text(2).into()),
        "get_all_databases" => Ok(Value::strings(world.databases.keys())),
        "get_databases" => Ok(Value::strings(fitting(world.databases.keys(), text(1)))),
        "get_database" => world.database(text(1)).map(Value::from),
        "get_all_tables" => Ok(Value::strings(world.table_names(text(1)))),
        "get_tables" => Ok(Value::strings(fitting(world.table_names(text(1)), text(2)))),
        "get_table" => world.raw_table(text(1), text(2)).cloned().map(Value::from),
        "get_table_req" => world
            .raw_table(asked(1), asked(2))
            .map(|table| Struct::new().with(1, table.clone()).into()),
        "get_table_objects_by_name" => {
            world.raw_tables(text(1), &names(Some(arguments), 2)).map(Value::structs)
        }
        "get_table_objects_by_name_req" => world
            .raw_tables(asked(1), &names(request, 2))
            .map(|tables| Struct::new().with(1, Value::structs(tables)).into()),
        "get_partition_names" => match world.partition_names(text(1), text(2)) {
            Some(names) => Ok(Value::strings(names)),
            // Hive 2.3 has nothing declared for a table that is not there.
            None => Err(Thrown { kind: Kind::UnknownDatabase, message: String::new() }),
        },
        "get_partitions_by_names" => {
            world.raw_partitions(text(1), text(2), &names(Some(arguments), 3)).map(Value::structs)
        }
        "get_functions" => Ok(Value::strings(world.function_names(text(1)))),
        "get_function" => world.function(text(1), text(2)).map(Value::from),
        "get_all_functions" => {
            let all = Value::structs(world.functions.values().cloned());
            Ok(Struct::new().with(1, all).into())
        }
        "get_primary_keys" | "get_foreign_keys" => {
            Ok(Struct::new().with(1, Value::structs([])).into())
        }
        "list_privileges" => Ok(Value::structs([])),
        "get_role_names" => Ok(Value::strings(["admin", "public"])),
        "get_table_statistics_req" => Ok(Struct::new().with(1, Value::structs([])).into()),
        "get_partitions_statistics_req" => {
            Ok(Struct::new().with(1, Map { kinds: None, entries: Vec::new() }).into())
        }
        "get_current_notificationEventId" => Ok(Struct::new().with(1, world.newest_event()).into()),
        "get_next_notification" => {
            let after = request.and_then(|request| request.i64(1)).unwrap_or_default();
            let most = request.and_then(|request| request.i32(2)).unwrap_or(i32::MAX);
            let is_later = |event: &&Struct| event.i64(1).is_some_and(|id| id > after);
            let later = world.events.iter().filter(is_later).take(most.max(0) as usize);
            Ok(Struct::new().with(1, Value::structs(later.cloned())).into())
        }
        _ => return None,
    };
    Some(value.map(Some))
}

fn write(world: &mut World, method: &str, arguments: &Struct) -> Done {
    let text = |id| arguments.string(id).unwrap_or_default();
    let flag = |id| arguments.bool(id) == Some(true);
    let object = |id| arguments.structure(id).cloned().unwrap_or_default();
    let list = |id| structs(arguments.items(id));
    let request = object(1);
    let done = match method {
        "create_database" => world.create_database(object(1)),
        "alter_database" => world.alter_database(text(1), object(2)),
        "drop_database" => world.drop_database(text(1), flag(2)),
        "create_table" | "create_table_with_environment_context" => world.create_table(object(1)),
        "alter_table" | "alter_table_with_environment_context" => {
            world.alter_table(text(1), text(2), object(3))
        }
        "drop_table" | "drop_table_with_environment_context" => {
            world.drop_table(text(1), text(2), flag(3))
        }
        "alter_partitions" | "alter_partitions_with_environment_context" => {
            world.alter_partitions(text(1), text(2), list(3))
        }
        "create_function" => world.create_function(object(1)),
        "drop_function" => world.drop_function(text(1), text(2)),
        "add_partitions_req" => {
            let all = structs(request.items(3));
            let (database, table) = database_and_table(&request);
            let added = world.add_partitions(database, table, all, request.bool(4) == Some(true));
            return Some(added.map(|()| Some(Struct::new().into())));
        }
        "drop_partitions_req" => {
            let (database, table) = database_and_table(&request);
            let names = request.structure(3).and_then(|by| by.items(1)).unwrap_or_default();
            let deletes = request.bool(4) == Some(true);
            let dropped = world.drop_partitions(database, table, names, deletes);
            return Some(dropped.map(|()| Some(Struct::new().into())));
        }
        _ => return None,
    };
    Some(done.map(|()| None))
}

fn database_and_table(request: &Struct) -> (&str, &str) {
    (request.string(1).unwrap_or_default(), request.string(2).unwrap_or_default())
}

fn structs(items: Option<&[Value]>) -> Vec<Struct> {
    items.unwrap_or_default().iter().filter_map(Value::as_struct).cloned().collect()
}

/// Names that fit a pattern with `*` at its end or nowhere.
fn fitting<T: AsRef<str>>(names: impl IntoIterator<Item = T>, pattern: &str) -> Vec<T> {
    let fits = |name: &T| match pattern.strip_suffix('*') {
        Some(lead) => name.as_ref().starts_with(lead),
        None => name.as_ref() == pattern,
    };
    names.into_iter().filter(fits).collect()
}

/// The field of a method's result struct that an exception takes, if the method declares it.
fn field(method: &str, kind: Kind) -> Option<i16> {
    use Kind::{
        AlreadyExists, InvalidObject, InvalidOperation, Meta, NoSuchObject, UnknownDatabase,
    };
    let declared: &[Kind] = match method {
        "create_database" => &[AlreadyExists, InvalidObject, Meta],
        "drop_database" => &[NoSuchObject, InvalidOperation, Meta],
        "get_database" | "drop_function" | "drop_partitions_req" => &[NoSuchObject, Meta],
        "drop_table" | "drop_table_with_environment_context" => &[NoSuchObject, Meta],
        "get_table_objects_by_name" | "get_table_objects_by_name_req" => {
            &[Meta, InvalidOperation, UnknownDatabase]
        }
        "create_table" | "create_table_with_environment_context" | "create_function" => {
            &[AlreadyExists, InvalidObject, Meta, NoSuchObject]
        }
        "add_partitions_req" => &[InvalidObject, AlreadyExists, Meta],
        method if method.starts_with("alter_table") || method.starts_with("alter_part") => {
            &[InvalidOperation, Meta]
        }
        _ => &[Meta, NoSuchObject],
    };
    let at = declared.iter().position(|found| *found == kind)?;
    i16::try_from(at + 1).ok()
}
