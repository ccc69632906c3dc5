//! The real `boatlift` binary between two real clusters with Kerberos: LOWER and UPPER, each in a
//! realm of its own that trusts the other. Our tickets last a minute, HDFS' delegation tokens a
//! third of that. Both clusters are started once; each test has a database of its own.

mod refused;
mod scene;
mod stages;

use boatlift_testkit::services::kerberos::{Realms, Security, Trust};
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{Part, UpperOptions, UpperStack};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Our tickets end in the middle of a test.
const TICKET: Duration = Duration::from_secs(60);

/// HDFS' tokens end unless somebody renews them.
const BRIEF_TOKENS: &[(&str, &str)] = &[("dfs.namenode.delegation.token.renew-interval", "20000")];
/// How soon a Hadoop client takes another ticket, in seconds.
const OFTEN: &[(&str, &str)] = &[("hadoop.kerberos.min.seconds.before.relogin", "5")];

struct Clusters {
    realms: Realms,
    lower: LowerStack,
    upper: UpperStack,
}

fn clusters() -> &'static Clusters {
    static CLUSTERS: OnceLock<Clusters> = OnceLock::new();
    CLUSTERS.get_or_init(|| {
        let realms = Realms::start(TICKET, Trust::Mutual).expect("two realms");
        let lower = LowerOptions {
            security: Security::Kerberos(Arc::clone(&realms.lower)),
            hdfs_site: owned(BRIEF_TOKENS),
            ..LowerOptions::new().expect("ports")
        };
        let lower = std::thread::spawn(|| LowerStack::start(lower).expect("LOWER starts"));
        let upper = UpperOptions {
            yarn: Part::Running,
            security: Security::Kerberos(Arc::clone(&realms.upper)),
            core_site: owned(OFTEN),
            hdfs_site: owned(BRIEF_TOKENS),
            ..UpperOptions::new().expect("ports")
        };
        let upper = UpperStack::start(upper).expect("UPPER starts");
        Clusters { realms, lower: lower.join().expect("LOWER starts"), upper }
    })
}

fn owned(properties: &[(&str, &str)]) -> Vec<(String, String)> {
    properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
