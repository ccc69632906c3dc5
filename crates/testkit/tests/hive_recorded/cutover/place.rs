//! A site whose users can be handed over: commands that fence each side write down that they
//! were run, and set a flag that says whether that side refuses writes.

use crate::fixtures::{DB, fill};
use crate::harness::{Ran, Site, Stage};
use boatlift_testkit::fake_metastore::World;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The parameter that fences carry.
pub(super) const READ_ONLY: &str = "boatlift.read-only";

/// A site that can be cut over, and what its users see.
pub(super) struct Place {
    pub(super) site: Site,
}

impl Place {
    /// A filled LOWER and commands for both fences. The window is an hour.
    pub(super) fn new() -> Place {
        let mut place = Place { site: Site::new() };
        fill(&place.site);
        place.script("raise", "touch $TOP/lower.refuses");
        place.script("lift", "rm -f $TOP/lower.refuses");
        place.script("announce", "echo UPPER > $TOP/users");
        place.script("raise-upper", "touch $TOP/upper.refuses");
        place.script("lift-upper", "rm -f $TOP/upper.refuses");
        place.script("announce-back", "echo LOWER > $TOP/users");
        place.site.more = place.settings("1h");
        place
    }

    /// The part of the move file that says how.
    pub(super) fn settings(&self, window: &str) -> String {
        let top = self.site.top.path().display();
        format!(
            "  cutover:\n    fence: {{raise: [{top}/raise], lower: [{top}/lift], seconds: 5}}\n    \
             announce: [{top}/announce]\n    reverse-window: {window}\n    reverse: {{fence: \
             {{raise: [{top}/raise-upper], lower: [{top}/lift-upper], seconds: 5}}, announce: \
             [{top}/announce-back]}}\n"
        )
    }

    /// Writes a command of the site. `$TOP` is the site's directory.
    pub(super) fn script(&self, name: &str, text: &str) {
        let top = self.site.top.path();
        let path = top.join(name);
        let text =
            format!("#!/bin/sh\nTOP={}\necho {name} >> $TOP/commands\n{text}\n", top.display());
        // In place of the old one, which may be running.
        let new = top.join(format!("{name}.new"));
        fs::write(&new, text).expect("a script");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).expect("a mode");
        fs::rename(new, path).expect("in place");
    }

    pub(super) fn run(&self) -> Ran {
        self.site.run(Stage::Storage)
    }

    /// `boatlift VERB` on the move.
    pub(super) fn verb(&self, verb: &str, arguments: &[&str]) -> Ran {
        Ran::of(self.site.verb(verb, Stage::Storage).args(arguments))
    }

    pub(super) fn cut_over(&self) -> Ran {
        self.verb("cutover", &[])
    }

    /// Whether the file that a command makes is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.site.top.path().join(name)
    }

    /// A parameter of the database on LOWER.
    pub(super) fn lower_parameter(&self, key: &str) -> Option<String> {
        self.site.lower.with(|world| parameter(world, DB, key))
    }

    /// A parameter of the database on UPPER.
    pub(super) fn upper_parameter(&self, key: &str) -> Option<String> {
        self.site.upper.with(|world| parameter(world, DB, key))
    }

    /// The side that the authority names.
    pub(super) fn authority(&self) -> String {
        let (_, word) = self.site.upper.with(|world| authority(world)).unwrap_or_default();
        word.split(' ').next().unwrap_or_default().to_owned()
    }

    /// Asserts that nothing of a cutover is left: users are on LOWER, and it accepts writes.
    #[track_caller]
    pub(super) fn assert_on_lower(&self, context: &str) {
        assert!(!self.has("lower.refuses"), "{context}: LOWER refuses writes");
        assert_eq!(self.lower_parameter(READ_ONLY), None, "{context}");
        assert_ne!(self.authority(), "UPPER", "{context}");
        assert_eq!(self.upper_parameter("boatlift.adopted"), None, "{context}");
    }

    /// Asserts that users follow UPPER, and LOWER refuses writes.
    #[track_caller]
    pub(super) fn assert_on_upper(&self, context: &str) {
        assert!(self.has("lower.refuses"), "{context}: LOWER accepts writes");
        assert!(self.lower_parameter(READ_ONLY).is_some(), "{context}");
        assert!(!self.has("upper.refuses"), "{context}: UPPER refuses writes");
        assert_eq!(self.upper_parameter(READ_ONLY), None, "{context}");
        assert_eq!(self.authority(), "UPPER", "{context}");
        assert!(self.upper_parameter("boatlift.adopted").is_some(), "{context}");
        assert_eq!(fs::read_to_string(self.path("users")).expect("announced").trim(), "UPPER");
    }
}

/// Under what name the authority is kept on UPPER, and what it says: a side and a term.
pub(super) fn authority(world: &World) -> Option<(String, String)> {
    let all = world.databases();
    let marks = all.iter().find(|database| database.name() == "boatlift_marks")?;
    let lead = "boatlift.authority.";
    let mut words = marks.parameters();
    words.find_map(|(key, word)| Some((key.strip_prefix(lead)?.to_owned(), word.to_owned())))
}

fn parameter(world: &World, database: &str, key: &str) -> Option<String> {
    let all = world.databases();
    let found = all.iter().find(|found| found.name() == database)?;
    found.parameter(key).map(str::to_owned)
}
