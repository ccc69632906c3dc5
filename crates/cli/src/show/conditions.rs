//! What `check` found of a Hive move: condition by condition.

use super::SCHEMA;
use crate::output::Output;
use boatlift_core::Result;
use boatlift_mover_hive::check::{Condition, Standing};
use std::fmt::Write;

/// Tells all conditions, and whether the move can begin.
pub(crate) fn conditions(name: &str, conditions: &[Condition], output: &Output) -> Result<()> {
    match output.json {
        true => output.document(&serde_json::json!({
            "schema": SCHEMA,
            "name": name,
            "good": conditions.iter().all(|condition| condition.standing.is_good()),
            "conditions": conditions,
        })),
        false => output.result(screen(conditions)),
    }
}

fn screen(conditions: &[Condition]) -> String {
    let mut text = String::new();
    for condition in conditions {
        let sign = match condition.standing {
            Standing::Holds => "✓",
            Standing::Fails => "✗",
            Standing::Unproved => "?",
            Standing::Told => "·",
        };
        let _never_fails = writeln!(text, "{sign} {}: {}", condition.about, condition.seen);
        if let Some(hint) = &condition.hint {
            let _never_fails = writeln!(text, "  hint: {hint}");
        }
        let mut file = "";
        for line in &condition.lines {
            if line.file != file {
                file = line.file;
                let _never_fails = writeln!(text, "    {file}");
            }
            let _never_fails = writeln!(text, "      {line}");
        }
    }
    let bad = conditions.iter().filter(|condition| !condition.standing.is_good()).count();
    text += &match bad {
        0 => "check: all conditions hold\n".to_owned(),
        bad => format!("check: {bad} of {} conditions do not hold\n", conditions.len()),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_mover_hive::check::Setting;

    fn condition(standing: Standing) -> Condition {
        let (about, seen) = ("a".into(), "b".into());
        Condition { about, standing, seen, hint: None, lines: Vec::new() }
    }

    #[test]
    fn what_could_not_be_seen_is_not_good() {
        let text = screen(&[Standing::Holds, Standing::Told].map(condition));
        assert_eq!(text, "✓ a: b\n· a: b\ncheck: all conditions hold\n");
        let text = screen(&[Standing::Holds, Standing::Unproved].map(condition));
        assert!(text.ends_with("check: 1 of 2 conditions do not hold\n"), "{text}");
    }

    #[test]
    fn settings_stand_below_their_file() {
        let name = "dfs.nameservices".to_owned();
        let setting = Setting { file: "hdfs-site.xml", name, value: "a,b".into() };
        let lines = vec![setting.clone(), setting];
        let hint = Some("add".to_owned());
        let text = screen(&[Condition { lines, hint, ..condition(Standing::Fails) }]);
        assert_eq!(text.matches("hdfs-site.xml").count(), 1, "{text}");
        assert_eq!(text.matches("<value>a,b</value>").count(), 2, "{text}");
    }
}
