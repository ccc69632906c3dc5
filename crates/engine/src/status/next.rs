//! What a person should do next, and why. Never a command that removes something from
//! UPPER without saying how much.

use super::{Next, Status};
use crate::journal::PlanState;
use crate::wording::counted;
use boatlift_core::Phase;
use boatlift_core::policy::Held;

/// The next step of a move.
pub(super) fn after(status: &Status, plan: Option<&PlanState>) -> Next {
    let name = quoted(&status.name);
    let ask = |verb: &str, reason: String| Next {
        command: Some(format!("boatlift {verb} {name}")),
        reason,
    };
    let wait = |reason: &str| Next { command: None, reason: reason.to_owned() };
    if status.phase.is_closed() {
        return wait(&format!("the move has ended: {}", status.phase));
    }
    if let Some(next) = of_cutover(status, &ask, &wait) {
        return next;
    }
    if let Some(by) = &status.paused_by {
        return ask("resume", format!("paused by {by}"));
    }
    if !status.held.is_empty() {
        return ask("explain", approval(status, plan, &name));
    }
    if status.running.is_some() {
        return match status.open_items {
            0 => wait("it runs"),
            open => {
                ask("items", format!("it runs; {} so far came out badly", counted(open, "item")))
            }
        };
    }
    match status.phase {
        Phase::New => ask("run", "nothing was done yet".to_owned()),
        Phase::Failed => ask(
            "run",
            format!("mend what the last run met; running again goes on{}", removing(plan)),
        ),
        _ if status.died() => {
            ask("run", format!("the last run was killed; running again goes on{}", removing(plan)))
        }
        Phase::Agreed => agreed(status, ask, wait),
        Phase::Waiting => ask("explain", "a person must decide".to_owned()),
        Phase::Cutover => wait("users are being handed over"),
        _ => ask("run", format!("goes on where the last run stopped{}", removing(plan))),
    }
}

/// Who follows which side goes before everything else.
fn of_cutover(
    status: &Status,
    ask: &impl Fn(&str, String) -> Next,
    wait: &impl Fn(&str) -> Next,
) -> Option<Next> {
    let handed = status.cutover.as_ref()?;
    match (handed.state.as_str(), handed.users_follow.as_deref(), &handed.reverse_until) {
        ("open", ..) if status.running.is_some() => Some(wait("users are being handed over")),
        ("open", ..) => Some(ask("run", "a cutover was left open; running ends it".to_owned())),
        (_, Some("UPPER"), Some(until)) => Some(ask(
            "finish",
            format!("users follow UPPER; that ends the move. `cutover --reverse` until {until}"),
        )),
        _ => None,
    }
}

fn agreed(
    status: &Status,
    ask: impl Fn(&str, String) -> Next,
    wait: impl Fn(&str) -> Next,
) -> Next {
    match (status.open_items, status.holes) {
        (0, 0) => wait("both sides agreed when last compared; run again for what changed since"),
        (0, holes) => ask("report", format!("{} could not be listed", counted(holes, "part"))),
        (open, _) => ask("items", format!("{} came out badly", counted(open, "item"))),
    }
}

/// Approving is for the person who has read what it removes.
fn approval(status: &Status, plan: Option<&PlanState>, name: &str) -> String {
    let removals = counted(status.removals, "entry");
    match plan.filter(|plan| plan.plan.held.iter().all(Held::can_be_approved)) {
        Some(plan) => format!(
            "removals wait; `boatlift run {name} --approve {}` would remove {removals} from UPPER",
            plan.plan.number
        ),
        None => format!("until that is mended {removals} on UPPER cannot be removed"),
    }
}

/// What carrying on with an open plan takes away.
fn removing(plan: Option<&PlanState>) -> String {
    let removals = plan.filter(|plan| plan.is_open()).map_or(0, |plan| plan.plan.totals().removals);
    match removals {
        0 => String::new(),
        removals => format!(", and removes {} from UPPER", counted(removals, "entry")),
    }
}

/// A name as a shell reads it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    match !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn names_reach_the_shell_whole() {
        assert_eq!(quoted("sales-hive"), "sales-hive");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted("-rf"), "'-rf'");
    }
}
