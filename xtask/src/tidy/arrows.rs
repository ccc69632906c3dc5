//! The arrows between crates: who may depend on whom.
//!
//! The map is in `ARCHITECTURE.md`; this table is its letter. A new crate is refused
//! until it stands here, so that nobody adds a room without a place on the map.

use super::Finding;
use serde_json::Value;

/// Every crate of ours with the crates of ours that it may use. What is needed only by
/// tests ([`DEVELOPMENT`]) is free.
const ARROWS: &[(&str, &[&str])] = &[
    ("boatlift-core", &[]),
    ("boatlift-aws", &["boatlift-core"]),
    ("boatlift-engine", &["boatlift-core"]),
    ("boatlift-clients", &["boatlift-core"]),
    ("boatlift-stores", &["boatlift-core", "boatlift-clients"]),
    ("boatlift-mover-hive", &["boatlift-core", "boatlift-clients"]),
    ("boatlift-mover-pegasus", &["boatlift-core", "boatlift-clients"]),
    ("boatlift-mover-redshift", &["boatlift-core", "boatlift-clients", "boatlift-aws"]),
    ("boatlift-mover-tree", &["boatlift-core"]),
    ("boatlift-shim", &[]),
    ("boatlift-web", &["boatlift-core", "boatlift-engine"]),
    (
        "boatlift-cli",
        &[
            "boatlift-core",
            "boatlift-aws",
            "boatlift-clients",
            "boatlift-engine",
            "boatlift-mover-hive",
            "boatlift-mover-pegasus",
            "boatlift-mover-redshift",
            "boatlift-mover-tree",
            "boatlift-shim",
            "boatlift-stores",
            "boatlift-web",
        ],
    ),
    (
        "boatlift-testkit",
        &[
            "boatlift-core",
            "boatlift-clients",
            "boatlift-engine",
            "boatlift-mover-pegasus",
            "boatlift-mover-tree",
            "boatlift-stores",
        ],
    ),
    ("xtask", &[]),
];

/// The crate that serves tests: used by any of them, shipped in nothing.
const DEVELOPMENT: &str = "boatlift-testkit";

/// Checks every dependency between our crates in what `cargo metadata --no-deps` tells.
pub(super) fn check(metadata: &Value) -> Vec<Finding> {
    let packages = list(&metadata["packages"]);
    let ours: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let Some(name) = package["name"].as_str() else { continue };
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            findings.push(Finding::new(name, "this crate has no place on the map of arrows"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let Some(target) = dependency["name"].as_str() else { continue };
            let for_tests = dependency["kind"].as_str() == Some("dev");
            let free = allowed.contains(&target) || (for_tests && target == DEVELOPMENT);
            if ours.contains(&target) && !free {
                findings.push(Finding::new(name, format!("must not depend on {target}")));
            }
        }
    }
    findings
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Metadata of a workspace with `from` depending on `to` in the way of `kind`.
    fn arrow(from: &str, to: &str, kind: Value) -> Vec<Finding> {
        check(&json!({ "packages": [
            { "name": from, "dependencies": [
                { "name": to, "kind": kind },
                { "name": "serde", "kind": null },
            ] },
            { "name": to, "dependencies": [] },
        ] }))
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        assert_eq!(arrow("boatlift-engine", "boatlift-core", Value::Null), []);
        assert_eq!(arrow("boatlift-cli", "boatlift-stores", Value::Null), []);
    }

    #[test]
    fn arrows_that_point_up_or_sideways_are_found() {
        for (from, to) in [
            ("boatlift-core", "boatlift-engine"),
            ("boatlift-engine", "boatlift-stores"),
            ("boatlift-mover-tree", "boatlift-engine"),
            ("xtask", "boatlift-core"),
        ] {
            let expected = Finding::new(from, format!("must not depend on {to}"));
            assert_eq!(arrow(from, to, Value::Null), [expected]);
        }
    }

    #[test]
    fn the_test_kit_is_for_tests_only() {
        assert_eq!(arrow("boatlift-engine", "boatlift-testkit", json!("dev")), []);
        assert_eq!(arrow("boatlift-engine", "boatlift-testkit", Value::Null).len(), 1);
        assert_eq!(arrow("boatlift-cli", "boatlift-testkit", json!("build")).len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        let found = arrow("boatlift-utilities", "boatlift-core", Value::Null);
        assert_eq!(found[0].place, "boatlift-utilities");
    }
}
