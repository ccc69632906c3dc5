//! `--include` and `--exclude`: two options whose common order on the command line
//! matters, since the first rule that matches a name decides.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// Filter rules, `+ PATTERN` and `- PATTERN`, in the order in which they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FilterArgs {
    pub(crate) rules: Vec<String>,
}

impl Args for FilterArgs {
    fn augment_args(command: Command) -> Command {
        let pattern = |name: &'static str| {
            Arg::new(name).long(name).value_name("PATTERN").action(ArgAction::Append)
        };
        command
            .arg(
                pattern("include")
                    .help("Take names in that match, before a later --exclude can leave them out"),
            )
            .arg(pattern("exclude").help(
                "Leave names out that match (`*.o`, `/top/only`, `cache/`); \
                 they are never removed from UPPER either",
            ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for FilterArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed: Vec<(usize, String)> = Vec::new();
        for (name, sign) in [("include", '+'), ("exclude", '-')] {
            let places = matches.indices_of(name).into_iter().flatten();
            let patterns = matches.get_many::<String>(name).into_iter().flatten();
            typed.extend(places.zip(patterns.map(|pattern| format!("{sign} {pattern}"))));
        }
        typed.sort_unstable_by_key(|(place, _)| *place);
        Ok(FilterArgs { rules: typed.into_iter().map(|(_, rule)| rule).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(words: &[&str]) -> Vec<String> {
        let command = FilterArgs::augment_args(Command::new("x").no_binary_name(true));
        let matches = command.try_get_matches_from(words).expect("well typed");
        FilterArgs::from_arg_matches(&matches).expect("rules").rules
    }

    #[test]
    fn rules_keep_the_order_in_which_they_were_typed() {
        let typed = ["--exclude=a", "--include", "b", "--exclude", "c", "--include=d"];
        assert_eq!(rules(&typed), ["- a", "+ b", "- c", "+ d"]);
        assert!(rules(&[]).is_empty());
    }
}
