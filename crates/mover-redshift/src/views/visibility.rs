//! Whose statements a user sees. Redshift's views hide those of others from everybody but
//! superusers and users with `SYSLOG ACCESS UNRESTRICTED`, and do not say so.

use super::Presence;
use crate::wire::{Sql, Warehouse};
use boatlift_core::{Code, Result, Retry};

/// The user that the views are read as, when they show no statement of anybody else. What
/// others loaded may then be hidden; that nobody else did anything cannot be told from it.
///
/// # Errors
/// Errors of the warehouse. One that does not tell its users is taken to hide nothing.
pub fn sees_only(warehouse: &mut dyn Warehouse, presence: &Presence) -> Result<Option<String>> {
    let Some((number, name)) = plain_user(warehouse)? else { return Ok(None) };
    let histories = [
        (presence.stl(), "select userid from stl_query where userid > 1 and userid <> "),
        (presence.sys(), "select user_id from sys_query_history where user_id > 1 and user_id <> "),
    ];
    for (_, history) in histories.into_iter().filter(|(is_there, _)| *is_there) {
        let mut others = false;
        let sql = Sql::new(history).number(number).then(" limit 1");
        warehouse.query(&sql, &mut |_| {
            others = true;
            Ok(())
        })?;
        if others {
            return Ok(None);
        }
    }
    Ok(Some(name))
}

/// Number and name of the user, unless it is a superuser.
fn plain_user(warehouse: &mut dyn Warehouse) -> Result<Option<(i64, String)>> {
    let sql = Sql::new("select usesysid, usename, usesuper from pg_user where usename = user");
    let mut user = None;
    let asked = warehouse.query(&sql, &mut |row| {
        let is_super = matches!(row.text(2), Some("t" | "true"));
        user = (!is_super).then_some((row.needed_number(0)?, row.needed(1)?.to_owned()));
        Ok(())
    });
    match asked {
        Err(error) if error.code == Code::ServerFailed && error.retry == Retry::Never => Ok(None),
        asked => asked.map(|()| user),
    }
}
