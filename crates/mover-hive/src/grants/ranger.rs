//! Ranger's form of grants: a policy for each object, an item for each set of rights.
//!
//! The same grants give the same bytes, in whatever order they come. No server is asked.
//! Source: Apache Ranger, `RangerPolicy` and the Hive service definition.

use boatlift_clients::metastore::{Grant, PrincipalKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The service of the policies; Ranger asks for the real one when it imports.
const SERVICE: &str = "hive";
/// What Ranger calls the kind of service.
const SERVICE_TYPE: &str = "hive";
/// Stands for all tables or columns.
const ALL: &str = "*";

/// What Ranger imports, and what it cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Export {
    policies: Vec<Policy>,
    /// Grants for which Ranger has no words.
    #[serde(skip)]
    pub left: Vec<Left>,
}

/// A grant that is not among the policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// The object, by its name on UPPER.
    pub object: String,
    /// Who has it.
    pub principal: String,
    /// The privilege as the metastore names it.
    pub privilege: String,
}

impl Export {
    /// How many policies there are.
    #[must_use]
    pub fn policies(&self) -> usize {
        self.policies.len()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    service: &'static str,
    service_type: &'static str,
    name: String,
    description: &'static str,
    policy_type: u8,
    is_enabled: bool,
    is_audit_enabled: bool,
    resources: Resources,
    policy_items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Resources {
    database: Resource,
    table: Resource,
    column: Resource,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    values: [String; 1],
    is_excludes: bool,
    is_recursive: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    accesses: Vec<Access>,
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    roles: BTreeSet<String>,
    delegate_admin: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    r#type: &'static str,
    is_allowed: bool,
}

/// A database, and a table of it or all.
type Object = (String, String);
/// Who has rights: ordered as Ranger shows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Principal {
    User(String),
    Group(String),
    Role(String),
}
/// Rights of one principal on one object: those to pass on, and those not.
type Rights = BTreeMap<(bool, Principal), BTreeSet<&'static str>>;

/// Makes policies of grants. `upper_name` is the name on UPPER of a database of LOWER.
#[must_use]
pub fn export(grants: &[Grant], upper_name: impl Fn(&str) -> String) -> Export {
    let mut objects: BTreeMap<Object, Rights> = BTreeMap::new();
    let mut left = BTreeSet::new();
    for grant in grants {
        let (Some(database), table) = grant.object() else { continue };
        let object = (upper_name(database), table.unwrap_or(ALL).to_owned());
        let (principal, access) = (principal(grant), grant.privilege().and_then(access));
        match (principal, access) {
            (Some(principal), Some(access)) => {
                let rights = objects.entry(object).or_default();
                let key = (grant.has_grant_option(), principal);
                rights.entry(key).or_default().insert(access);
            }
            _ => {
                left.insert(Left {
                    object: format!("{}.{}", object.0, object.1),
                    principal: grant.principal().to_owned(),
                    privilege: grant.privilege().unwrap_or("none").to_owned(),
                });
            }
        }
    }
    let policies = objects.into_iter().map(|(object, rights)| policy(object, &rights)).collect();
    Export { policies, left: left.into_iter().collect() }
}

fn policy((database, table): Object, rights: &Rights) -> Policy {
    Policy {
        service: SERVICE,
        service_type: SERVICE_TYPE,
        name: format!("boatlift: {database}.{table}"),
        description: "grants of the old cluster's Hive metastore",
        policy_type: 0,
        is_enabled: true,
        is_audit_enabled: true,
        resources: Resources {
            database: resource(database),
            table: resource(table),
            column: resource(ALL.to_owned()),
        },
        policy_items: items(rights),
    }
}

/// Principals with the same rights share an item.
fn items(rights: &Rights) -> Vec<Item> {
    let mut items: BTreeMap<(bool, &BTreeSet<&'static str>), Item> = BTreeMap::new();
    for ((delegate_admin, principal), accesses) in rights {
        let item = items.entry((*delegate_admin, accesses)).or_insert_with(|| Item {
            accesses: accesses.iter().map(|r#type| Access { r#type, is_allowed: true }).collect(),
            users: BTreeSet::new(),
            groups: BTreeSet::new(),
            roles: BTreeSet::new(),
            delegate_admin: *delegate_admin,
        });
        match principal {
            Principal::User(name) => item.users.insert(name.clone()),
            Principal::Group(name) => item.groups.insert(name.clone()),
            Principal::Role(name) => item.roles.insert(name.clone()),
        };
    }
    items.into_values().collect()
}

fn resource(value: String) -> Resource {
    Resource { values: [value], is_excludes: false, is_recursive: false }
}

/// Everybody is a role in Hive and a group in Ranger.
fn principal(grant: &Grant) -> Option<Principal> {
    let name = grant.principal().to_owned();
    match grant.principal_kind()? {
        PrincipalKind::User => Some(Principal::User(name)),
        PrincipalKind::Group => Some(Principal::Group(name)),
        PrincipalKind::Role if name.eq_ignore_ascii_case("public") => {
            Some(Principal::Group("public".to_owned()))
        }
        PrincipalKind::Role => Some(Principal::Role(name)),
    }
}

/// Ranger's word for a privilege of Hive's.
fn access(privilege: &str) -> Option<&'static str> {
    Some(match privilege.to_ascii_uppercase().as_str() {
        "ALL" => "all",
        "SELECT" => "select",
        "INSERT" | "UPDATE" | "DELETE" => "update",
        "CREATE" => "create",
        "DROP" => "drop",
        "ALTER" => "alter",
        "INDEX" => "index",
        "LOCK" => "lock",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_clients::metastore::ObjectReference::{self, Database, Global, Table};
    use boatlift_clients::thrift::Value;

    fn grant(on: ObjectReference<'_>, what: &str, kind: PrincipalKind, who: &str) -> Grant {
        Grant::new(on, what, kind, who, "hive")
    }

    fn with_option(mut grant: Grant) -> Grant {
        if let Some(granted) = grant.as_raw_mut().structure_mut(4) {
            granted.set(5, Value::from(true));
        }
        grant
    }

    fn some() -> Vec<Grant> {
        use PrincipalKind::{Group, Role, User};
        vec![
            grant(Table("shop", "sales"), "SELECT", User, "bob"),
            grant(Table("shop", "sales"), "SELECT", User, "alice"),
            grant(Table("shop", "sales"), "INSERT", Role, "loaders"),
            grant(Table("shop", "sales"), "UPDATE", Role, "loaders"),
            grant(Table("shop", "sales"), "delete", Role, "loaders"),
            with_option(grant(Table("shop", "sales"), "SELECT", User, "alice")),
            grant(Table("shop", "sales"), "SELECT", Role, "PUBLIC"),
            grant(Database("shop"), "ALL", Group, "staff"),
            grant(Database("shop"), "CREATE", User, "carol"),
            grant(Table("shop", "sales"), "SHOW_DATABASE", User, "bob"),
            grant(Global, "ALL", User, "root"),
        ]
    }

    fn json(grants: &[Grant]) -> String {
        let export = export(grants, |name| format!("old_{name}"));
        serde_json::to_string_pretty(&export).expect("JSON") + "\n"
    }

    #[test]
    fn policies_are_as_ranger_exports_them() {
        assert_eq!(json(&some()), include_str!("golden.json"));
    }

    #[test]
    fn the_order_of_grants_does_not_matter() {
        let mut reversed = some();
        reversed.reverse();
        assert_eq!(json(&reversed), json(&some()));
    }

    #[test]
    fn what_ranger_has_no_word_for_is_told() {
        let left = export(&some(), str::to_owned).left;
        let expected = Left {
            object: "shop.sales".into(),
            principal: "bob".into(),
            privilege: "SHOW_DATABASE".into(),
        };
        assert_eq!(left, [expected]);
    }

    #[test]
    fn every_privilege_of_hive_has_its_word() {
        let words = [("index", "index"), ("LOCK", "lock"), ("ALTER", "alter"), ("Drop", "drop")];
        for (privilege, word) in words {
            assert_eq!(access(privilege), Some(word));
        }
        assert_eq!(access("ALTER_METADATA"), None);
    }
}
