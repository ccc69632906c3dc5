//! How long a cutover refuses writes, foreseen from what the servers say of their timers.

use super::sync::{self, Looks};
use crate::cluster::Cluster;
use crate::config::CutoverSettings;
use crate::failures::failed;
use boatlift_clients::pegasus::Server;
use boatlift_core::error::{Error, Result};
use futures_util::future::{join_all, try_join_all};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The setting after which a server learns of a table's variables.
pub(crate) const CONFIG_SYNC: &str = "config_sync_interval_ms";
/// The setting after which a partition makes an empty mutation, which lets the one before go.
const GROUP_CHECK: &str = "group_check_interval_ms";
/// What is assumed where a server does not tell: the longest that Pegasus ships.
const CONFIG_SYNC_DEFAULT: Duration = Duration::from_secs(30);
const GROUP_CHECK_DEFAULT: Duration = Duration::from_secs(100);
/// And the shortest that it has without a word in its configuration.
const GROUP_CHECK_IN_CODE: Duration = Duration::from_secs(10);

/// Before 2.6 a server does not tell what is not in its log yet: so long after the fence nothing
/// of that kind is left, since a mutation is given up after 3 s.
pub(crate) const HOLD: Duration = Duration::from_secs(5);
/// What questions, answers and the shipping of the last mutations take.
const TALK: Duration = Duration::from_millis(400);

/// How long the parts of a cutover take, as foreseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Until every server knows of a table's variables.
    pub(crate) sync: Duration,
    /// From then until the last write is on UPPER.
    pub(crate) drain: Duration,
    /// Why the config sync is another than servers say, or may be.
    doubt: Option<String>,
    /// What would shorten it.
    advice: Vec<String>,
}

/// What counting came to, by server.
pub(crate) type LooksOf = BTreeMap<String, Looks>;

/// Counts how often LOWER's servers look for variables, of those whose word is worth nothing.
///
/// # Errors
/// When a server does not answer.
pub(crate) async fn looks_of(lower: &Cluster) -> Result<LooksOf> {
    let servers = lower.servers().await.map_err(failed("cannot list the replica servers"))?;
    let counted = servers.iter().map(|(_, server)| async move {
        if !tells_all(server).await? {
            return Ok(None);
        }
        let told = setting(server, CONFIG_SYNC).await;
        let told = told.map_or(CONFIG_SYNC_DEFAULT, |setting| setting.value);
        let looks = sync::count(server, told).await;
        let looks = looks.map_err(failed("cannot count how often a server looks for variables"))?;
        Ok::<_, Error>(Some((server.endpoint().to_string(), looks)))
    });
    Ok(try_join_all(counted).await?.into_iter().flatten().collect())
}

/// How often a partition of LOWER's makes an empty mutation at most.
///
/// # Errors
/// When the servers cannot be listed.
pub(crate) async fn shortest_group_check(lower: &Cluster) -> Result<Duration> {
    let servers = lower.servers().await.map_err(failed("cannot list the replica servers"))?;
    let told = servers.iter().map(|(_, server)| setting(server, GROUP_CHECK));
    let told = join_all(told).await.into_iter();
    Ok(told
        .map(|told| told.map_or(GROUP_CHECK_IN_CODE, |told| told.value))
        .min()
        .unwrap_or(GROUP_CHECK_IN_CODE))
}

/// What counting says against what servers tell.
fn doubt(looks: &LooksOf) -> Option<String> {
    let of = |wanted: Looks| {
        let found = looks.iter().filter(|(_, looks)| **looks == wanted);
        found.map(|(server, _)| server.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (of(Looks::Seldom), of(Looks::Uncounted)) {
        (seldom, _) if !seldom.is_empty() => Some(format!(
            "the looks of {seldom} for variables were counted: they come less often than every \
             10 s, or than {CONFIG_SYNC} says there, which 2.6 only heeds when it starts"
        )),
        (_, uncounted) if !uncounted.is_empty() => Some(format!(
            "{CONFIG_SYNC} is believed of {uncounted}, which count nothing (`[core] toollets = \
             profiler`, `[task..default] is_profile = true`)"
        )),
        _ => None,
    }
}

impl Window {
    /// What LOWER's servers say, as far as `looks` bears it out, and what they will be told for the
    /// time of the cutover.
    ///
    /// # Errors
    /// When a server does not answer.
    pub(crate) async fn of(
        lower: &Cluster,
        settings: &CutoverSettings,
        looks: &LooksOf,
    ) -> Result<Window> {
        let servers = lower.servers().await.map_err(failed("cannot list the replica servers"))?;
        let timers = servers.iter().map(|(_, server)| {
            let looks = looks.get(&server.endpoint().to_string()).copied();
            Timers::of(server, settings, looks)
        });
        let timers = try_join_all(timers).await?;
        let longest = |of: fn(&Timers) -> Duration| timers.iter().map(of).max().unwrap_or_default();
        let (sync, drain) = (longest(|t| t.sync), longest(|t| t.drain));
        let mut advice = Vec::new();
        if sync > settings.config_sync.0 {
            let wanted = settings.config_sync.as_millis();
            advice.push(format!(
                "`[replication] {CONFIG_SYNC} = {wanted}` on {}'s replica servers, and a restart",
                lower.side
            ));
        }
        if drain > HOLD + TALK {
            advice.push(format!("`[replication] {GROUP_CHECK} = 1000` there, and a restart"));
        }
        Ok(Window { sync, drain, doubt: doubt(looks), advice })
    }

    /// The same where rows are compared in so long, in place of a log that is shipped.
    pub(crate) fn comparing_for(mut self, time: Duration) -> Window {
        self.drain = time;
        self.advice.retain(|advice| !advice.contains(GROUP_CHECK));
        self
    }

    /// From the first refused write until clients may be switched.
    pub(crate) fn length(&self) -> Duration {
        self.sync + self.drain
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: Duration| time.as_secs_f64();
        write!(
            f,
            "about {:.1} s: up to {:.1} s until every server refuses, {:.1} s until nothing is \
             missing on the other side",
            seconds(self.length()),
            seconds(self.sync),
            seconds(self.drain)
        )?;
        if let Some(doubt) = &self.doubt {
            write!(f, "; {doubt}")?;
        }
        match self.advice.is_empty() {
            true => Ok(()),
            false => write!(f, "; shorter with {}", self.advice.join(", and ")),
        }
    }
}

/// The timers of one server.
struct Timers {
    sync: Duration,
    drain: Duration,
}

impl Timers {
    async fn of(
        server: &Arc<Server>,
        settings: &CutoverSettings,
        looks: Option<Looks>,
    ) -> Result<Timers> {
        let sync = setting(server, CONFIG_SYNC).await;
        let now = sync.as_ref().map_or(CONFIG_SYNC_DEFAULT, |setting| setting.value);
        if tells_all(server).await? {
            let sync = match looks {
                Some(Looks::Seldom) => now.max(CONFIG_SYNC_DEFAULT),
                Some(Looks::AsTold | Looks::Uncounted) | None => now,
            };
            return Ok(Timers { sync, drain: TALK });
        }
        let group_check = setting(server, GROUP_CHECK).await;
        let group_check = group_check.map_or(GROUP_CHECK_DEFAULT, |setting| setting.value);
        // The empty mutation that lets the last write go may need another behind it.
        let drain = HOLD.max(group_check * 2) + TALK;
        let shortened = sync.is_some_and(|setting| setting.is_mutable);
        let sync = if shortened { now.min(settings.config_sync.0) } else { now };
        Ok(Timers { sync, drain })
    }
}

/// Whether a server tells of everything that was begun, as from 2.6 on. Such a one also says yes
/// to a new config sync and goes on with the old.
pub(crate) async fn tells_all(server: &Server) -> Result<bool> {
    let version = server.version().await;
    let version = version.map_err(failed("cannot ask a replica server for its version"))?;
    let mut parts = version.version.split(['.', '-']).map(|part| part.parse::<u32>());
    let (major, minor) = (parts.next(), parts.next());
    Ok(match (major, minor) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (2, 6),
        _ => false,
    })
}

/// A setting of a server.
struct Setting {
    value: Duration,
    /// Whether it can be changed while the server runs.
    is_mutable: bool,
}

/// A setting in milliseconds; `None` where the server does not tell.
async fn setting(server: &Server, name: &str) -> Option<Setting> {
    let flag = server.flag(name).await.ok()?;
    let value = Duration::from_millis(flag.value.parse().ok()?);
    Some(Setting { value, is_mutable: flag.tags.contains("FT_MUTABLE") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_tells_its_parts_and_what_would_shorten_it() {
        let advice = vec!["`a`".to_owned(), "`b`".to_owned()];
        let (sync, drain) = (Duration::from_secs(30), Duration::from_millis(20_400));
        let doubt = Some("`s` counts nothing".to_owned());
        let window = Window { sync, drain, doubt, advice };
        assert_eq!(
            window.to_string(),
            "about 50.4 s: up to 30.0 s until every server refuses, 20.4 s until nothing is missing \
             on the other side; `s` counts nothing; shorter with `a`, and `b`"
        );
    }
}
