//! What must hold before a table is duplicated, as far as it can be seen beforehand. Nothing here
//! changes anything.

mod counters;
mod data;
mod sync;
mod window;

pub(crate) use counters::losses;
pub(crate) use data::room;
pub(crate) use sync::Looks;
pub(crate) use window::{CONFIG_SYNC, HOLD, Window, looks_of, shortest_group_check, tells_all};

use crate::cluster::Cluster;
use crate::config::{Authority, Mode};
use crate::copy;
use crate::duplication::{self, DENY, objection};
use crate::inventory::Shared;
use boatlift_clients::pegasus::structs::AppInfo;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::Condition;
use boatlift_core::side::Side;

/// With it a table takes conditional writes although it is duplicated, and its probe is a mutation.
const ATOMIC_IDEMPOTENT: &str = "replica.atomic_idempotent";
/// With it, records expire that have no expiry of their own.
const DEFAULT_TTL: &str = "default_ttl";

/// Refuses to go on when a condition does not hold.
///
/// # Errors
/// [`Code::PegasusNotReady`] with every such condition.
pub(crate) fn demand(conditions: &[Condition]) -> Result<()> {
    let unmet: Vec<String> = conditions
        .iter()
        .filter(|condition| !condition.holds)
        .map(|condition| format!("{}: {}", condition.what, condition.seen))
        .collect();
    match unmet.is_empty() {
        true => Ok(()),
        false => {
            Err(Error::new(Code::PegasusNotReady, "not everything holds that this move needs")
                .because(unmet.join("; ")))
        }
    }
}

/// What must hold before the tables of a move are brought to UPPER as the move file says.
///
/// # Errors
/// When a cluster does not answer, or has no such table.
pub(crate) async fn of_mode(shared: &Shared) -> Result<Vec<Condition>> {
    match shared.config.mode {
        Mode::Duplication => of_tables(shared).await,
        Mode::Copy => copy::conditions(shared).await,
    }
}

/// What must hold before the tables of a move are duplicated, or go on being.
///
/// # Errors
/// When a cluster does not answer, or has no such table.
async fn of_tables(shared: &Shared) -> Result<Vec<Condition>> {
    let (lower, upper) = (&shared.clusters.lower, &shared.clusters.upper);
    let lower_name = lower.name().await?;
    let mut all = vec![two_clusters(shared).await?];
    let nodes = data::Nodes::of(lower).await?;
    for table in &shared.config.tables {
        let app = lower.table_there(table).await?;
        all.push(data::version(lower, &app, &nodes).await?);
        all.push(data::whole(lower, &app).await?);
        all.push(no_bulk_load(&app));
        all.push(data::no_backup(lower, &app).await?);
        all.push(not_atomic_idempotent(&app));
        all.push(not_fenced(&app, Side::Lower));
        all.extend(target(shared, &app, &lower_name, upper).await?);
    }
    Ok(all)
}

/// LOWER and UPPER have different names.
pub(crate) async fn two_clusters(shared: &Shared) -> Result<Condition> {
    let (lower, upper) = (shared.clusters.lower.name().await?, shared.clusters.upper.name().await?);
    Ok(Condition {
        what: "LOWER and UPPER are two clusters".to_owned(),
        holds: lower != upper,
        seen: match lower == upper {
            true => format!("both are `{lower}`: Pegasus tells clusters apart by name"),
            false => format!("`{lower}` and `{upper}`"),
        },
    })
}

pub(crate) fn no_bulk_load(app: &AppInfo) -> Condition {
    let is_loading = app.is_bulk_loading == Some(true);
    Condition {
        what: format!("`{}` is not being bulk loaded", app.app_name),
        holds: !is_loading,
        seen: match is_loading {
            true => "it is, and what is loaded so is never duplicated: wait for its end".to_owned(),
            false => "it is not".to_owned(),
        },
    }
}

/// The fence could not be proved on such a table: what asks whether writes are refused would be a
/// write.
fn not_atomic_idempotent(app: &AppInfo) -> Condition {
    let is_set = app.atomic_idempotent == Some(true)
        || app.envs.get(ATOMIC_IDEMPOTENT).is_some_and(|value| value == "true");
    Condition {
        what: format!("`{}` is not atomic_idempotent", app.app_name),
        holds: !is_set,
        seen: match is_set {
            true => format!(
                "it is: no probe could tell there whether writes are refused; switch \
                 {ATOMIC_IDEMPOTENT} off for the move"
            ),
            false => "it is not".to_owned(),
        },
    }
}

/// A table that refuses its clients: its variable would be copied to UPPER, and refuse what is
/// shipped there.
pub(crate) fn not_fenced(app: &AppInfo, side: Side) -> Condition {
    let value = app.envs.get(DENY);
    Condition {
        what: format!("`{}` takes its clients' requests on {side}", app.app_name),
        holds: value.is_none(),
        seen: match value {
            Some(value) => format!("{DENY} is `{value}`: who set it? delete it if nobody needs it"),
            None => format!("{DENY} is not set"),
        },
    }
}

/// Without names of meta-proxies, none is asked whether it follows: that has to be known.
pub(crate) fn no_proxy_is_asked(authority: &Authority) -> Option<Condition> {
    authority.proxies.is_empty().then(|| Condition {
        what: "which meta-proxies are asked whether they follow is known".to_owned(),
        holds: true,
        seen: "none: `authority.proxies` names none, so that one that lost its session with \
               ZooKeeper would lead its clients on as before"
            .to_owned(),
    })
}

/// What UPPER has under the table's name, and whether it could take it.
async fn target(
    shared: &Shared,
    app: &AppInfo,
    lower_name: &str,
    upper: &Cluster,
) -> Result<Vec<Condition>> {
    let table = &app.app_name;
    let found = upper.table(table).await?;
    let entry = duplication::find(&shared.clusters, table).await?;
    if let Some(entry) = entry {
        let why = objection(&entry, found.as_ref(), lower_name);
        let mut all = vec![Condition {
            what: format!("the duplication of `{table}` that is there is one to build on"),
            holds: why.is_none(),
            seen: why.unwrap_or_else(|| format!("{}, {:?}", entry.dupid, entry.status)),
        }];
        all.push(losses(&shared.clusters.lower, table, app.app_id).await?);
        if let Some(found) = &found {
            all.push(not_fenced(found, Side::Upper));
            all.push(data::whole(upper, found).await?);
            let nodes = data::Nodes::of(upper).await?;
            all.push(data::version(upper, found, &nodes).await?);
        }
        return Ok(all);
    }
    let accepted = shared.config.duplication.accept_atomic_writes;
    let lower = &shared.clusters.lower;
    let mut all = vec![Condition {
        what: format!("UPPER has no table `{table}`"),
        holds: found.is_none(),
        seen: match &found {
            Some(found) => format!(
                "it has one, number {}, that LOWER does not feed: drop or rename it there",
                found.app_id
            ),
            None => "it has none".to_owned(),
        },
    }];
    all.push(counters::no_atomic_writes(lower, table, app.app_id, accepted).await?);
    let wanted = shared.config.duplication.upper_replicas;
    all.push(data::replicas(lower, app, wanted).await?);
    all.push(data::room(upper, app, wanted).await?);
    all.push(no_default_ttl(app, shared.config.duplication.accept_default_ttl));
    Ok(all)
}

/// UPPER's servers end themselves when they open a new table with it.
fn no_default_ttl(app: &AppInfo, accepted: bool) -> Condition {
    let value = app.envs.get(DEFAULT_TTL);
    Condition {
        what: format!("UPPER's servers can open a table like `{}`", app.app_name),
        holds: value.is_none() || accepted,
        seen: match (value, accepted) {
            (None, _) => format!("it has no {DEFAULT_TTL}"),
            (Some(_), true) => format!("its {DEFAULT_TTL} was said to be accepted"),
            (Some(value), false) => format!(
                "it has {DEFAULT_TTL}={value}, with which servers of 2.5.0 and 2.6 as released end \
                 themselves; delete it on LOWER until UPPER has the table, or say \
                 `duplication.accept-default-ttl: true` when yours are mended"
            ),
        },
    }
}
