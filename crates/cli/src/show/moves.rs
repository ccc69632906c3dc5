//! All moves, a line each.

use boatlift_engine::status::Status;

/// Name, health, phase, process and age of each move.
pub(crate) fn moves(all: &[Status]) -> String {
    let widest = all.iter().map(|status| status.name.len()).max().unwrap_or_default();
    let lines = all.iter().map(|status| {
        let runs = match &status.running {
            Some(running) => format!("process {} on {}", running.pid, running.host),
            None => format!("as of {}", status.updated_at),
        };
        let health = status.health.word().to_uppercase();
        format!("{:<widest$}  {health:<8}  {:<9}  {runs}\n", status.name, status.phase)
    });
    lines.collect()
}
