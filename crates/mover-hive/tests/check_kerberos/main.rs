//! Check against a real key distribution centre: whether LOWER's NameNode would take UPPER's
//! login. No cluster is there: everything else of the check fails, and says so.
//!
//! The library reads `KRB5_CONFIG` of its own process, so that the test starts a centre and
//! then this program once more, with the `inner` test.

use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Lane;
use boatlift_core::store::{Opener, Store};
use boatlift_mover_hive::check::{Condition, Standing, examine};
use boatlift_mover_hive::{HiveConfig, Logins};
use boatlift_testkit::services::kerberos::{Lifetimes, Realm};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// A cluster without file systems.
struct Nothing;

impl Opener for Nothing {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        Err(Error::new(Code::RootMissing, "cannot open").on(url))
    }

    fn make(&self, url: &str) -> Result<()> {
        self.open(url).map(drop)
    }

    fn lane(&self, _: Arc<dyn Store>, _: Arc<dyn Store>) -> Arc<dyn Lane> {
        unreachable!("a check carries nothing")
    }
}

#[test]
fn a_ticket_for_lowers_name_node_is_the_proof_of_trust() {
    let realm = Realm::start(Lifetimes::LONG).expect("a realm");
    let mut inner = Command::new(std::env::current_exe().expect("this program"));
    inner.args(["--ignored", "--exact", "--nocapture", "inner"]);
    inner.env("KRB5_CONFIG", realm.configuration()).env_remove("KRB5CCNAME");
    inner.env("BOATLIFT_TEST_KEYTAB", realm.keytab());
    inner.env("BOATLIFT_TEST_REALM", realm.name());
    let output = inner.output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no such test: {said}");
}

#[test]
#[ignore = "run by a_ticket_for_lowers_name_node_is_the_proof_of_trust"]
fn inner() {
    let realm = std::env::var("BOATLIFT_TEST_REALM").expect("the realm's name");
    let trusted = check(&format!("hdfs/_HOST@{realm}"), "alice");
    assert_eq!(trusted.standing, Standing::Holds, "{trusted:?}");
    assert!(trusted.seen.contains(&format!("hdfs/localhost@{realm}")), "{trusted:?}");

    let stranger = check(&format!("absent/_HOST@{realm}"), "alice");
    assert_eq!(stranger.standing, Standing::Fails, "{stranger:?}");
    let elsewhere = check("hdfs/_HOST@ELSEWHERE.TEST", "alice");
    assert_eq!(elsewhere.standing, Standing::Fails, "{elsewhere:?}");
    let hint = elsewhere.hint.expect("a hint");
    assert!(hint.contains(&format!("krbtgt/ELSEWHERE.TEST@{realm}")), "{hint}");
}

/// The condition of trust, with this principal of LOWER's NameNode and this user of UPPER.
fn check(name_node: &str, user: &str) -> Condition {
    let keytab = std::env::var("BOATLIFT_TEST_KEYTAB").expect("a keytab");
    let realm = std::env::var("BOATLIFT_TEST_REALM").expect("the realm's name");
    let hadoop = tempfile::tempdir().expect("a directory");
    let property = format!(
        "<configuration><property><name>dfs.namenode.kerberos.principal</name>\
         <value>{name_node}</value></property></configuration>"
    );
    std::fs::write(hadoop.path().join("hdfs-site.xml"), property).expect("written");
    let side = |name: &str| {
        format!(
            "{name}:\n  metastore: {{uris: [\"thrift://localhost:1\"]}}\n  \
             namespace: hdfs://localhost:8020\n  hadoop-conf: {}\n  \
             kerberos: {{principal: {user}@{realm}, keytab: {keytab}}}\n",
            hadoop.path().display()
        )
    };
    let text = format!("{}{}", side("lower"), side("upper"));
    let config = HiveConfig::parse(&text, Path::new("test")).expect("a configuration");
    let logins = Arc::new(Logins::new(&config));
    let conditions = examine(&config, "test", &logins, Arc::new(Nothing)).expect("a check");
    let mut conditions = conditions.into_iter();
    conditions.find(|condition| condition.about.contains("trusts")).expect("a condition of trust")
}
