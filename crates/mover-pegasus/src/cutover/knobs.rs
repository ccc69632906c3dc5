//! Settings of LOWER that a cutover turns and turns back: how often servers look for a table's
//! variables, and whether the meta server moves partitions about.

use super::in_time;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::preflight::{CONFIG_SYNC, tells_all};
use boatlift_clients::pegasus::Server;
use boatlift_clients::pegasus::structs::MetaLevel;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::{CutoverContext, Evidence, SagaStep};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

/// What Precheck keeps of the balancer: whether it was at work.
const BALANCER: &str = "balancer";
const LIVELY: &str = "lively";
/// Leads the names under which it keeps the servers' config sync.
const SYNC: &str = "sync:";

/// Notes what will be turned, as it is now.
pub(super) async fn note(shared: &Shared, mut evidence: Evidence) -> Result<Evidence> {
    let lower = &shared.clusters.lower;
    let level = lower.meta.control(MetaLevel::Read).await;
    let level = level.map_err(failed("cannot ask whether a cluster moves partitions about"))?;
    if level == MetaLevel::Lively {
        evidence = evidence.with(BALANCER, LIVELY);
    }
    let wanted = shared.config.cutover.config_sync.as_millis();
    for (_, server) in lower.servers().await.map_err(failed("cannot list the replica servers"))? {
        // From 2.6 on a server says yes to another value and keeps its timer.
        if tells_all(&server).await? {
            continue;
        }
        let Ok(flag) = server.flag(CONFIG_SYNC).await else { continue };
        if flag.value.parse::<u64>().is_ok_and(|now| now > wanted) {
            evidence = evidence.with(&format!("{SYNC}{}", server.endpoint()), flag.value);
        }
    }
    Ok(evidence)
}

/// Turns what was noted, and waits until it is in force: a server first lets the time run out that
/// it waits for now.
pub(super) async fn turn(shared: &Shared, context: &CutoverContext<'_>) -> Result<Evidence> {
    let wanted = shared.config.cutover.config_sync.as_millis().to_string();
    let turned = set(shared, context.evidence, MetaLevel::Steady, |_| wanted.clone()).await;
    turned?.demand("cannot have LOWER look for variables more often:")?;
    let noted = context.evidence.get(&SagaStep::Precheck);
    let noted = noted.into_iter().flat_map(Evidence::iter);
    let former = noted.filter(|(name, _)| name.starts_with(SYNC));
    let former = former.filter_map(|(_, value)| value.parse().ok()).max();
    let wait = former.map_or(Duration::ZERO, Duration::from_millis);
    let waited = async {
        sleep(wait).await;
        Ok(())
    };
    in_time(waited, context).await?;
    // A server that restarted meanwhile has forgotten it.
    in_time(demand_in_force(shared, context.evidence, &wanted), context).await?;
    Ok(Evidence::default().with("waited_ms", wait.as_millis()))
}

/// Turns it back. A server that restarted meanwhile has forgotten what it was told, and is told
/// what it reads in its configuration.
pub(super) async fn restore(
    shared: &Shared,
    evidence: &BTreeMap<SagaStep, Evidence>,
) -> Result<()> {
    let restored = set(shared, evidence, MetaLevel::Lively, str::to_owned).await?;
    restored.demand("LOWER's servers were not told to look for variables as before:")
}

/// What servers did not answer to, as it can be asked for by hand.
struct Unheard(Vec<String>);

impl Unheard {
    fn demand(self, tried: &str) -> Result<()> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Error::new(Code::ServerUnreachable, tried)
                .because(format!("no answer to {}", self.0.join(", ")))
                .retry(Retry::Later)),
        }
    }
}

/// Refuses to go on while a server that was told to look more often does not say so.
async fn demand_in_force(
    shared: &Shared,
    evidence: &BTreeMap<SagaStep, Evidence>,
    wanted: &str,
) -> Result<()> {
    let noted = evidence.get(&SagaStep::Precheck).into_iter().flat_map(Evidence::iter);
    for endpoint in noted.filter_map(|(name, _)| name.strip_prefix(SYNC)?.parse().ok()) {
        let server = Server::new(endpoint, shared.clusters.lower.options().clone());
        let flag = match server.flag(CONFIG_SYNC).await {
            // It is the primary of nothing.
            Err(_) if shared.clusters.lower.has_lost(server.endpoint()).await? => continue,
            flag => flag.map_err(failed("cannot ask how often a server looks for variables"))?,
        };
        if flag.value != wanted {
            return Err(Error::new(Code::SagaFailed, "cannot have LOWER look for variables:")
                .on(server.endpoint())
                .because(format!("{CONFIG_SYNC} is {} again: did it restart?", flag.value))
                .retry(Retry::Later));
        }
    }
    Ok(())
}

async fn set(
    shared: &Shared,
    evidence: &BTreeMap<SagaStep, Evidence>,
    level: MetaLevel,
    sync: impl Fn(&str) -> String,
) -> Result<Unheard> {
    let mut unheard = Vec::new();
    let Some(noted) = evidence.get(&SagaStep::Precheck) else { return Ok(Unheard(unheard)) };
    let lower = &shared.clusters.lower;
    if noted.get(BALANCER) == Some(LIVELY) {
        let asked = lower.meta.control(level).await;
        asked.map_err(failed("cannot tell a cluster whether to move partitions about"))?;
    }
    // Also of servers that are not alive at the moment: they may only be cut off.
    for (name, former) in noted.iter() {
        let Some(place) = name.strip_prefix(SYNC) else { continue };
        let Ok(endpoint) = place.parse() else { continue };
        let server = Server::new(endpoint, lower.options().clone());
        let value = sync(former);
        if let Err(error) = server.update_flag(CONFIG_SYNC, &value).await {
            // What it was told ended with it; one that is started again reads its configuration.
            if lower.has_lost(server.endpoint()).await? {
                tracing::warn!(server = place, %error, "a server that is not alive is left out");
                continue;
            }
            unheard.push(format!("http://{place}/updateConfig?{CONFIG_SYNC}={value} ({error})"));
        }
    }
    Ok(Unheard(unheard))
}
