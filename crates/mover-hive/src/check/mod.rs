//! Whether a move can go well, asked before it begins, mostly from the servers' side.
//!
//! The answer is a list of conditions. Nothing is changed on either side, but for a name that
//! is made and removed on UPPER to prove that we may write there. No state is kept.

mod condition;
mod databases;
mod hadoop;
mod link;
mod listing;
mod metastores;
mod reaching;
mod reading;
mod realms;
mod roots;
mod servers;
mod snapshots;
mod targets;

pub use condition::{Condition, Setting, Standing};

use crate::catalog::Presence;
use crate::config::{Cluster, HiveConfig, Stage};
use crate::connect::metastores as pool;
use crate::locations::Locations;
use crate::logins::Logins;
use crate::scope::Scope;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use hadoop::Properties;
use reading::Evidence;
use roots::Roots;
use servers::Server;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Connections to a metastore: the check asks one thing after the other.
const CONNECTIONS: usize = 1;
/// How far clocks may be apart before Kerberos refuses tickets: `clockskew` of krb5.conf.
const CLOCK_SKEW_SECONDS: u64 = 300;

/// Everything that a check asks with.
struct Examination<'a> {
    config: &'a HiveConfig,
    user: &'a str,
    logins: &'a Arc<Logins>,
    stores: Arc<dyn Opener>,
    scope: Scope,
    locations: Locations,
    lower: Properties,
    upper: Properties,
}

/// Looks at all conditions of a move. Unsecured servers are told that `user` asks; `stores`
/// opens what locations name.
///
/// # Errors
/// [`Code::ConfigValue`] when the configuration itself cannot be used. What a server does not
/// answer is a condition that fails.
pub fn examine(
    config: &HiveConfig,
    user: &str,
    logins: &Arc<Logins>,
    stores: Arc<dyn Opener>,
) -> Result<Vec<Condition>> {
    let unusable = |why: String| Error::new(Code::ConfigValue, "cannot use").because(why);
    let examination = Examination {
        config,
        user,
        logins,
        stores,
        scope: Scope::new(&config.scope, &config.databases).map_err(unusable)?,
        locations: Locations::new(config).map_err(unusable)?,
        lower: properties(&config.lower)?,
        upper: properties(&config.upper)?,
    };
    examination.conditions()
}

/// Refuses a move whose UPPER could never read LOWER: it has no Kerberos where LOWER has, or a
/// realm that LOWER's does not trust. Besides the KDCs nobody is asked.
///
/// # Errors
/// [`Code::HiveNotLinked`] with what was seen and what to do; [`Code::ServerRefused`] when there
/// is no login.
pub(crate) fn refuse_unlinked(config: &HiveConfig, logins: &Logins) -> Result<()> {
    let (lower, upper) = (properties(&config.lower)?, properties(&config.upper)?);
    let security = realms::security(config, &lower, &upper);
    if security.standing == Standing::Fails {
        return Err(unlinked(security));
    }
    for side in [Side::Lower, Side::Upper] {
        logins.of(side)?;
    }
    let trust = realms::trust(config, logins, &lower);
    let failed = trust.into_iter().find(|condition| condition.standing == Standing::Fails);
    failed.map_or(Ok(()), |condition| Err(unlinked(condition)))
}

fn unlinked(condition: Condition) -> Error {
    let Condition { seen, hint, .. } = condition;
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    Error::new(Code::HiveNotLinked, "cannot bring tables to UPPER").because(format!("{seen}{hint}"))
}

impl Examination<'_> {
    fn conditions(&self) -> Result<Vec<Condition>> {
        let mut conditions = vec![realms::security(self.config, &self.lower, &self.upper)];
        conditions.extend(realms::trust(self.config, self.logins, &self.lower));
        let roots = self.catalogues(&mut conditions)?;
        self.server(Side::Lower, &mut conditions);
        let mut server = self.server(Side::Upper, &mut conditions);
        let presence = Presence::new(Arc::clone(&self.stores));
        let realm = realms::is_secure(&self.config.lower, &self.lower)
            .then(|| realms::lower_realm(self.logins, &self.lower))
            .flatten();
        let evidence = Evidence {
            presence: &presence,
            lower: &self.lower,
            upper: &self.upper,
            lower_realm: realm.as_deref(),
        };
        conditions.extend(reading::prove(&roots, server.as_mut(), &evidence));
        conditions.extend(reaching::prove(
            self.config,
            &self.locations,
            server.as_mut(),
            &*self.stores,
        ));
        for side in [Side::Lower, Side::Upper] {
            conditions.push(targets::reach(side, &self.locations, &*self.stores));
        }
        conditions.extend(targets::prove(self.config, &self.locations, &roots, &*self.stores));
        if self.config.stage == Stage::Storage {
            let (logins, locations) = (self.logins, &self.locations);
            let stores = &*self.stores;
            let proved = snapshots::prove(self.config, self.user, logins, locations, stores);
            conditions.extend(proved);
        }
        Ok(conditions)
    }

    fn sides(&self) -> [(Side, &Cluster); 2] {
        [(Side::Lower, &self.config.lower), (Side::Upper, &self.config.upper)]
    }

    /// Asks both metastores; of LOWER's also what is in scope, and where it lies.
    fn catalogues(&self, conditions: &mut Vec<Condition>) -> Result<Roots> {
        let mut roots = Roots::default();
        for (side, cluster) in self.sides() {
            let servers = pool(side, cluster, self.user, CONNECTIONS, self.logins)?;
            let asked = metastores::ask(side, &servers, cluster, self.user);
            conditions.extend(asked.conditions);
            if let (Side::Lower, Some(databases)) = (side, asked.databases) {
                let (scope, locations) = (&self.scope, &self.locations);
                let taken = databases::look(self.config, scope, locations, &servers, &databases);
                conditions.extend(taken.conditions);
                roots = taken.roots;
            }
        }
        Ok(roots)
    }

    /// Opens a session where there is a HiveServer2 to open it on.
    fn server(&self, side: Side, conditions: &mut Vec<Condition>) -> Option<Server> {
        let cluster = match side {
            Side::Lower => &self.config.lower,
            Side::Upper => &self.config.upper,
        };
        let configured = cluster.hive_server2.as_ref()?;
        let user = cluster.user.as_deref().unwrap_or(self.user);
        let about = format!("HiveServer2 of {side} answers");
        match Server::open(side, configured, user, self.logins) {
            Err(error) => {
                conditions.push(Condition::failed(about, &error));
                None
            }
            Ok(mut server) => {
                let reader = server.reader();
                let seen = format!(
                    "{}, session of {}; storage is read as {reader}",
                    server.endpoint(),
                    server.user()
                );
                conditions.push(Condition::new(about, Standing::Holds, seen));
                if side == Side::Upper {
                    conditions.extend(self.clock(&mut server));
                }
                Some(server)
            }
        }
    }

    /// How far UPPER's clock is from ours, where the server can say.
    fn clock(&self, server: &mut Server) -> Option<Condition> {
        let theirs = server.clock()?;
        let ours = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let apart = theirs.abs_diff(i64::try_from(ours).ok()?);
        let secure = realms::is_secure(&self.config.upper, &self.upper);
        let standing = match (apart > CLOCK_SKEW_SECONDS, secure) {
            (false, _) => Standing::Holds,
            (true, true) => Standing::Fails,
            (true, false) => Standing::Told,
        };
        let seen = format!("{apart} s from ours, by HiveServer2");
        let condition = Condition::new("UPPER's clock is right", standing, seen);
        Some(match standing {
            Standing::Holds => condition,
            _ => condition.hint("set the clocks by NTP: Kerberos takes 300 s at most"),
        })
    }
}

fn properties(cluster: &Cluster) -> Result<Properties> {
    match &cluster.hadoop_conf {
        Some(directory) => Properties::of(directory),
        None => Ok(Properties::default()),
    }
}
