//! The fence: a variable of the table with which its servers refuse writes, each from its next
//! config sync on. What a server does is asked by a probe that changes nothing.

use super::in_time;
use crate::cluster::Clusters;
use crate::config::Mode;
use crate::duplication::DENY;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::positions;
use crate::safeguards::Safeguard;
use boatlift_clients::pegasus::structs::AppInfo;
use boatlift_clients::pegasus::wire::Address;
use boatlift_clients::pegasus::{Table, Writes};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::{CutoverContext, Evidence, SagaStep};
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Refuses writes, so that clients look again where the table is.
const REFUSE_WRITES: &str = "reconfig*write";
/// Refuses everything: also readers look again.
const REFUSE_ALL: &str = "reconfig*all";
/// Between two rounds of probes: each that is refused is a line in a server's log.
pub(super) const PROBE_EVERY: Duration = Duration::from_millis(50);
/// So long a request without an answer may still be carried out.
pub(super) const LATE: Duration = Duration::from_secs(3);
/// For how long a lifted fence is waited for, before the undo is tried again.
pub(super) const LIFT_PATIENCE: Duration = Duration::from_secs(90);

/// Who refused writes to a partition: as long as both stay, it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seal {
    /// The primary.
    #[serde(with = "address")]
    pub(super) primary: Address,
    /// Its term.
    pub(super) ballot: i64,
}

/// The seals of a table, by partition.
pub(super) type Seals = BTreeMap<u32, Seal>;

/// The name under which Precheck keeps what a table refused before.
fn former(table: &str) -> String {
    format!("deny:{table}")
}

/// Notes what a table refuses now: that comes back with the undo.
pub(super) fn note(app: &AppInfo, evidence: Evidence) -> Evidence {
    let value = app.envs.get(DENY).map_or("", String::as_str);
    evidence.with(&former(&app.app_name), value)
}

/// Whether a table refuses its writers as a cutover has it.
pub(super) fn is_raised(app: &AppInfo) -> bool {
    app.envs.get(DENY).is_some_and(|value| value == REFUSE_WRITES)
}

/// The seals that Fence left.
pub(super) fn seals(context: &CutoverContext<'_>, table: &str) -> Result<Seals> {
    let told = context.fact(SagaStep::Fence, table)?;
    serde_json::from_str(told)
        .map_err(|error| Error::new(Code::Bug, "cannot read seals of").on(table).because(error))
}

/// Refuses writes to every table, and waits until every partition does.
///
/// # Errors
/// [`Code::PegasusStuck`] when a partition still takes them after `patience`: it would as long be
/// in letting them in again.
pub(super) async fn raise(
    shared: &Shared,
    unused: &str,
    patience: Duration,
    context: &CutoverContext<'_>,
) -> Result<Evidence> {
    let tables = &shared.config.tables;
    let opened = tables.iter().map(|table| shared.clusters.lower.open(table));
    let opened = in_time(try_join_all(opened), context).await?;
    let set = in_time(set_all(&shared.clusters, tables, REFUSE_WRITES), context).await;
    // Whoever stood still until now must not leave a fence that nobody lifts any more.
    if (context.halted)() {
        restore_all(shared, context.evidence).await?;
        return Err(Error::new(Code::DeadlinePassed, "no time is left to fence"));
    }
    set?;
    let sealed = opened
        .iter()
        .zip(tables)
        .map(|(table, name)| seal(shared, (table, name), unused, patience));
    let mut evidence = Evidence::default();
    for (name, seals) in tables.iter().zip(in_time(try_join_all(sealed), context).await?) {
        let told = serde_json::to_string(&seals);
        let told = told.map_err(|error| Error::new(Code::Bug, "cannot tell").because(error))?;
        evidence = evidence.with(name, told);
    }
    Ok(evidence)
}

/// Waits until each partition's primary refuses, and is the one that it was when it did.
async fn seal(
    shared: &Shared,
    (table, name): (&Table, &str),
    unused: &str,
    patience: Duration,
) -> Result<Seals> {
    let (mode, safeguards) = (shared.config.mode, shared.config.cutover.safeguards);
    let mut sealed = Seals::new();
    let begun = Instant::now();
    loop {
        let before = places(table).await?;
        let open: Vec<u32> =
            before.keys().copied().filter(|partition| !sealed.contains_key(partition)).collect();
        let led = led_now(shared, table, &before).await;
        let asked = open.iter().map(|partition| table.probe_writes(*partition, unused));
        let answers = join_all(asked).await;
        let still_led = led_now(shared, table, &before).await;
        let is_led = |partition: &u32| led.contains(partition) && still_led.contains(partition);
        for (partition, answer) in open.iter().zip(answers) {
            match answer {
                _ if !safeguards.has(Safeguard::Probe) => {
                    sealed.insert(*partition, before[partition]);
                }
                Ok(Writes::Refused) if is_led(partition) => {
                    sealed.insert(*partition, before[partition]);
                }
                Ok(Writes::TakenAlone) if mode == Mode::Duplication => {
                    return Err(not_duplicated(*partition));
                }
                // A server that does not answer now may have moved its partition by the next look.
                Ok(_) | Err(_) => {}
            }
        }
        if sealed.len() == before.len() {
            if !safeguards.has(Safeguard::Ballot) {
                return Ok(sealed);
            }
            let after = places(table).await?;
            sealed.retain(|partition, seal| after.get(partition) == Some(seal));
            if sealed.len() == after.len() {
                return Ok(sealed);
            }
        }
        if begun.elapsed() >= patience {
            return Err(not_all_refuse(name, before.len() - sealed.len(), patience));
        }
        sleep(PROBE_EVERY).await;
    }
}

/// The partitions whose primary says of itself that it is, in the term that the meta server knows.
///
/// A table that is not duplicated is refused by a server that is not the primary in the same words
/// as by a fence. One that is duplicated has its probe answered before that is looked at.
async fn led_now(shared: &Shared, table: &Table, places: &Seals) -> BTreeSet<u32> {
    if shared.config.mode == Mode::Duplication {
        return places.keys().copied().collect();
    }
    let app_id = table.config().app_id;
    // Who does not answer leads nothing now, and is asked again.
    let said = positions::of_primaries(&shared.clusters.lower, app_id).await.unwrap_or_default();
    let led = places.iter().filter(|(partition, place)| {
        said.get(*partition)
            .is_some_and(|own| Seal { primary: own.primary, ballot: own.ballot } == **place)
    });
    led.map(|(partition, _)| *partition).collect()
}

fn not_all_refuse(table: &str, partitions: usize, waited: Duration) -> Error {
    Error::new(Code::PegasusStuck, "cannot fence").on(table).retry(Retry::Later).because(format!(
        "{partitions} partitions take writes {:.1} s after their servers should know better: is a \
         server down, or does one look for variables less often than it says?",
        waited.as_secs_f64()
    ))
}

/// Whether every partition still refuses writes, by the primary and in the term that first did.
pub(super) async fn stands(
    shared: &Shared,
    name: &str,
    unused: &str,
    seals: &Seals,
) -> Result<bool> {
    let app = shared.clusters.lower.table_there(name).await?;
    if app.envs.get(DENY).map(String::as_str) != Some(REFUSE_WRITES) {
        return Ok(false);
    }
    let table = shared.clusters.lower.open(name).await?;
    let asked = seals.keys().map(|partition| table.probe_writes(*partition, unused));
    let refuse = join_all(asked).await.iter().all(|told| matches!(told, Ok(Writes::Refused)));
    let stayed = places(&table).await? == *seals;
    let safeguards = shared.config.cutover.safeguards;
    Ok((refuse || !safeguards.has(Safeguard::Probe))
        && (stayed || !safeguards.has(Safeguard::Ballot)))
}

/// Where the partitions are, and in which terms. One without a primary is told with none.
pub(super) async fn places(table: &Table) -> Result<Seals> {
    let config = table.refresh().await.map_err(failed("cannot look a table up"))?;
    let places = config.partitions.iter().filter_map(|partition| {
        let number = u32::try_from(partition.pid.partition_index).ok()?;
        Some((number, Seal { primary: partition.primary, ballot: partition.ballot }))
    });
    Ok(places.collect())
}

fn not_duplicated(partition: u32) -> Error {
    Error::new(Code::SagaFailed, "cannot fence a table that is not duplicated")
        .because(format!("the primary of partition {partition} ships nothing"))
}

/// Lets writes in again as before, and waits until every partition takes them.
pub(super) async fn lift(
    shared: &Shared,
    unused: &str,
    evidence: &BTreeMap<SagaStep, Evidence>,
) -> Result<()> {
    restore_all(shared, evidence).await?;
    if !evidence.contains_key(&SagaStep::Fence) {
        // It may have been asked for without an answer, and be carried out behind our back.
        sleep(LATE).await;
        restore_all(shared, evidence).await?;
    }
    wait_until_all_open(shared, unused).await
}

/// Waits until every partition of every table takes writes.
pub(super) async fn wait_until_all_open(shared: &Shared, unused: &str) -> Result<()> {
    let waits = shared.config.tables.iter().map(|table| wait_until_open(shared, table, unused));
    try_join_all(waits).await.map(drop)
}

async fn wait_until_open(shared: &Shared, name: &str, unused: &str) -> Result<()> {
    if shared.clusters.lower.table(name).await?.is_none() {
        return Ok(());
    }
    let table = shared.clusters.lower.open(name).await?;
    let begun = Instant::now();
    loop {
        let partitions = places(&table).await?;
        let asked = partitions.keys().map(|partition| table.probe_writes(*partition, unused));
        let answers = join_all(asked).await;
        let refusing =
            answers.iter().filter(|answer| matches!(answer, Ok(Writes::Refused))).count();
        let silent = answers.iter().filter(|answer| answer.is_err()).count();
        let is_late = begun.elapsed() >= LIFT_PATIENCE;
        match (refusing, silent) {
            (0, 0) => return Ok(()),
            // What does not answer at all is down: that is no fence of ours.
            (0, _) if is_late => return Ok(()),
            (_, _) if is_late => return Err(still_refused(name, refusing)),
            _ => sleep(PROBE_EVERY).await,
        }
    }
}

pub(super) fn still_refused(table: &str, partitions: usize) -> Error {
    let waited = LIFT_PATIENCE.as_secs();
    Error::new(Code::SagaStuck, "clients are still refused on").on(table).because(format!(
        "{partitions} partitions refuse them {waited} s after {DENY} was taken back; in Pegasus' \
         shell: `use {table}`, `del_app_envs {DENY}`"
    ))
}

/// Refuses readers too, once clients are led to UPPER: whoever still asks LOWER looks again.
pub(super) async fn close(shared: &Shared) -> Result<Evidence> {
    set_all(&shared.clusters, &shared.config.tables, REFUSE_ALL).await?;
    Ok(Evidence::default().with("lower", REFUSE_ALL))
}

pub(super) async fn set_all(clusters: &Clusters, tables: &[String], value: &str) -> Result<()> {
    let meta = &clusters.lower.meta;
    let variables = [(DENY, value)];
    let set = tables.iter().map(|table| meta.set_envs(table, &variables));
    try_join_all(set).await.map(drop).map_err(failed("cannot refuse requests to a table"))
}

/// Every table refuses what it refused before.
pub(super) async fn restore_all(
    shared: &Shared,
    evidence: &BTreeMap<SagaStep, Evidence>,
) -> Result<()> {
    let noted = evidence.get(&SagaStep::Precheck);
    let restored = shared.config.tables.iter().map(|table| async move {
        let meta = &shared.clusters.lower.meta;
        let value = noted.and_then(|noted| noted.get(&former(table))).unwrap_or("");
        let asked = match value {
            "" => meta.delete_envs(table, &[DENY]).await,
            value => meta.set_envs(table, &[(DENY, value)]).await,
        };
        match asked {
            Err(error) if error.code().is_some() => {
                // A table that was dropped refuses nobody; versions say so in different words.
                match shared.clusters.lower.table(table).await? {
                    None => Ok(()),
                    Some(_) => Err(failed("cannot let a table's clients in again")(error)),
                }
            }
            asked => asked.map_err(failed("cannot let a table's clients in again")),
        }
    });
    try_join_all(restored).await.map(drop)
}

/// Addresses as the journal keeps them: `host:port`.
mod address {
    use boatlift_clients::pegasus::wire::Address;
    use serde::{Deserialize, Deserializer, Serializer, de};
    use std::net::SocketAddrV4;

    pub(super) fn serialize<S: Serializer>(address: &Address, to: S) -> Result<S::Ok, S::Error> {
        match address.target() {
            Some((ip, port)) => to.collect_str(&SocketAddrV4::new(ip, port)),
            None => to.serialize_str(""),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(Address::INVALID);
        }
        let address: SocketAddrV4 = text.parse().map_err(de::Error::custom)?;
        Ok(Address::new(*address.ip(), address.port()))
    }
}
