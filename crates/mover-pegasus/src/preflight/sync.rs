//! How often servers really look for a table's variables. 2.6 says yes to another interval and
//! goes on with the old one, so what it says is not believed: its looks are counted.
//!
//! Counting changes nothing. It needs the profiler that the shipped configuration switches on; where
//! it is off, a server can only be believed, and the plan says so.

use boatlift_clients::pegasus::{PegasusError, Server};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The task that looks for variables, as servers of 2.6 count it.
const LOOKS: &str = "types=profiler&attributes=task_name,LPC_QUERY_CONFIGURATION_ALL\
    &metrics=profiler_executed_tasks";
const METRIC: &str = "profiler_executed_tasks";
/// An interval above this is not counted out: it is taken for the longest.
pub(super) const LONGEST_COUNTED: Duration = Duration::from_secs(10);
/// Two looks may be late by so much together.
const SLACK: Duration = Duration::from_secs(1);

/// What counting a server's looks came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// It looked as often as it says, twice.
    AsTold,
    /// It looks less often than it says, or says so long an interval that nobody waited for it.
    Seldom,
    /// It does not count them.
    Uncounted,
}

/// Counts a server's looks until it looked twice, or should have.
///
/// # Errors
/// When it does not answer.
pub(crate) async fn count(server: &Server, told: Duration) -> Result<Looks, PegasusError> {
    let Some(first) = looks(server).await? else { return Ok(Looks::Uncounted) };
    if told > LONGEST_COUNTED {
        return Ok(Looks::Seldom);
    }
    let begun = Instant::now();
    let every = (told / 10).clamp(Duration::from_millis(20), Duration::from_millis(500));
    loop {
        sleep(every).await;
        // What was counted before the question counts.
        let passed = begun.elapsed();
        match looks(server).await? {
            Some(now) if now >= first + 2 => return Ok(Looks::AsTold),
            Some(now) if now >= first && passed < told * 2 + SLACK => {}
            // It restarted: whatever it says now, it was not counted.
            Some(_) | None => return Ok(Looks::Seldom),
        }
    }
}

/// How often it has looked since it started.
async fn looks(server: &Server) -> Result<Option<u64>, PegasusError> {
    let metrics = server.metrics(LOOKS).await?;
    Ok(metrics.as_ref().and_then(read))
}

fn read(metrics: &Value) -> Option<u64> {
    let entities = metrics["entities"].as_array()?.iter();
    let all = entities.filter_map(|entity| entity["metrics"].as_array()).flatten();
    let mut named = all.filter(|metric| metric["name"] == METRIC);
    named.next()?["value"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_server_without_a_profiler_counts_nothing() {
        assert_eq!(read(&json!({ "entities": [] })), None);
        let metrics = json!([{ "name": METRIC, "value": 12 }]);
        let entity = json!({ "type": "profiler", "id": "task@X", "metrics": metrics });
        assert_eq!(read(&json!({ "entities": [entity] })), Some(12));
    }
}
