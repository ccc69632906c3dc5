//! What cannot go well is told before anything is changed.

use crate::scene::{Scene, Who};
use boatlift_testkit::services::kerberos::{Lifetimes, Realm};

/// UPPER has nothing of the database.
#[track_caller]
fn assert_untouched(scene: &Scene, database: &str) {
    let databases = scene.clusters.upper.hql("alice", &["SHOW DATABASES"]).expect("UPPER tells");
    assert!(databases.contains("default") && !databases.contains(database), "{databases}");
}

#[test]
fn an_upper_without_kerberos_is_refused() {
    let mut scene = Scene::new("kn");
    scene.fill(&["CREATE DATABASE kn", "CREATE TABLE kn.t (v INT)"]);
    scene.upper = None;
    let said = scene.says("check", "metadata", 2);
    assert!(said.contains("✗ UPPER has Kerberos if LOWER has: LOWER has Kerberos"), "{said}");
    let said = scene.says("run", "metadata", 2);
    assert!(said.contains("BL-HIVE-006") && said.contains("make UPPER a Kerberos"), "{said}");
    assert_untouched(&scene, "kn");
}

#[test]
fn a_realm_that_lower_does_not_trust_is_refused() {
    let stranger = Realm::start(Lifetimes::LONG).expect("a realm");
    let mut scene = Scene::new("kt");
    scene.fill(&["CREATE DATABASE kt", "CREATE TABLE kt.t (v INT)"]);
    let principal = stranger.user_principal("alice");
    scene.upper = Some(Who { principal, keytab: stranger.keytab() });
    scene.realms = format!("{}:{}", scene.realms, stranger.configuration().display());
    let said = scene.says("check", "metadata", 2);
    assert!(said.contains("✗ LOWER's realm trusts UPPER's: alice@BOATLIFT.TEST gets no"), "{said}");
    assert!(said.contains("krbtgt/LOWER.TEST@BOATLIFT.TEST"), "{said}");
    let said = scene.says("run", "metadata", 2);
    assert!(said.contains("BL-HIVE-006") && said.contains("krbtgt/LOWER.TEST"), "{said}");
    assert_untouched(&scene, "kt");
}

#[test]
fn a_principal_of_another_realm_is_named() {
    let mut scene = Scene::new("kw");
    scene.fill(&["CREATE DATABASE kw", "CREATE TABLE kw.t (v INT)"]);
    let keytab = scene.clusters.realms.upper.keytab();
    scene.upper = Some(Who { principal: "hdfs@ELSEWHERE.TEST".into(), keytab });
    for (verb, code) in [("check", 2), ("run", 2)] {
        let said = scene.says(verb, "metadata", code);
        assert!(said.contains("cannot log in to the realm of UPPER"), "{said}");
        assert!(said.contains("ELSEWHERE.TEST"), "{said}");
    }
    assert_untouched(&scene, "kw");
}
