//! The move file: what a person writes to describe a move. Unknown keys are refused with
//! line and column. Nothing here opens a root.

use boatlift_aws::s3::S3Options;
use boatlift_core::filter::Filter;
use boatlift_core::limits::Limits;
use boatlift_core::{Code, Error, Policy, Result, reading};
use boatlift_mover_hive::HiveConfig;
use boatlift_mover_pegasus::PegasusConfig;
use boatlift_mover_redshift::config::RedshiftConfig;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

/// The name of the move file in a state directory.
pub(crate) const FILE_NAME: &str = "boatlift.yaml";

/// A move file of the tree mover, with every key at its default and explained.
pub(crate) const TREE_EXAMPLE: &str = include_str!("example-tree.yaml");

/// A move file of the Hive mover: the mover's own example, as a part of the whole.
pub(crate) fn hive_example() -> String {
    example_of("hive", boatlift_mover_hive::config::EXAMPLE)
}

/// A move file of the Pegasus mover, in the same way.
pub(crate) fn pegasus_example() -> String {
    example_of("pegasus", boatlift_mover_pegasus::config::EXAMPLE)
}

/// A move file of the Redshift mover, in the same way.
pub(crate) fn redshift_example() -> String {
    example_of("redshift", boatlift_mover_redshift::config::EXAMPLE)
}

fn example_of(mover: &str, part: &str) -> String {
    let indent = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("  {line}\n"),
    };
    let part: String = part.lines().map(indent).collect();
    format!(
        "# The name of the move, and of its state directory.\nmove: {mover}-example\n\
         mover: {mover}\n{mover}:\n{part}"
    )
}

/// The longest name of a move.
const NAME_LENGTH: usize = 100;

/// A move: what goes where, how, and how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "boatlift.yaml")]
pub(crate) struct MoveFile {
    /// The move's name: letters, digits, `.`, `_` and `-`. Its state directory has it too.
    #[serde(rename = "move")]
    #[schemars(regex(pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$"))]
    pub(crate) name: String,
    /// What kind of thing is moved.
    #[serde(default)]
    pub(crate) mover: MoverName,
    /// Of a tree, the directory that feeds: an absolute path, or a URL that begins with
    /// `file://`, `hdfs://` or `s3://`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) lower: String,
    /// Of a tree, the directory that is made like it: written the same way.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) upper: String,
    /// How the buckets of `s3://` roots, and of Hive's `s3a://` locations, are reached, read and
    /// written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) s3: Option<Box<S3Sides>>,
    /// Of Hive, the two clusters, what of them is moved, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hive: Option<Box<HiveConfig>>,
    /// Of Pegasus, the two clusters, the tables, and what their clients follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pegasus: Option<Box<PegasusConfig>>,
    /// Of Redshift, the warehouse whose workload is looked at, and where the clones go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) redshift: Option<Box<RedshiftConfig>>,
    /// What may be done to UPPER, and how sure to be of the result.
    #[serde(default)]
    pub(crate) policy: Policy,
    /// How fast to go, on each side and by time of day.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// Keep both sides in step until stopped, looking again after this time: `60s`, `1h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<Interval>,
}

/// How each side's bucket is reached, read and written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct S3Sides {
    /// Of LOWER.
    pub(crate) lower: S3Options,
    /// Of UPPER.
    pub(crate) upper: S3Options,
}

/// The movers of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MoverName {
    /// A directory tree.
    #[default]
    Tree,
    /// Hive databases, tables and partitions.
    Hive,
    /// Tables of Apache Pegasus.
    Pegasus,
    /// What a Redshift workload touched in S3.
    Redshift,
}

/// A span of time as people write it: `60s`, `5min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval(pub(crate) Duration);

impl MoverName {
    /// The key of its part of the file.
    fn key(self) -> &'static str {
        match self {
            MoverName::Tree => "tree",
            MoverName::Hive => "hive",
            MoverName::Pegasus => "pegasus",
            MoverName::Redshift => "redshift",
        }
    }
}

impl MoveFile {
    /// Reads a move file.
    ///
    /// # Errors
    /// [`Code::ConfigSyntax`] with line and column, or [`Code::ConfigValue`] with the key.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<MoveFile> {
        let file: MoveFile = reading::read(text, path)?;
        file.checked(path.display())?;
        Ok(file)
    }

    /// Reads a move file from a disk.
    ///
    /// # Errors
    /// The same, and [`Code::MoveUnknown`] when it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<MoveFile> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(Code::MoveUnknown, "cannot read move file").on(path.display()).because(error)
        })?;
        MoveFile::parse(&text, path)
    }

    /// Looks at what the types cannot tell: names, rules, roots. `source` is where the
    /// values come from.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] with the key.
    pub(crate) fn checked(&self, source: impl Display) -> Result<()> {
        self.check()
            .map_err(|why| Error::new(Code::ConfigValue, "cannot use").on(source).because(why))
    }

    /// How the buckets of both sides are reached; by default as Amazon's own tools do.
    pub(crate) fn s3_sides(&self) -> S3Sides {
        self.s3.as_deref().cloned().unwrap_or_default()
    }

    /// The file as YAML, with every key written out.
    pub(crate) fn to_yaml(&self) -> Result<String> {
        serde_saphyr::to_string(self)
            .map_err(|reason| Error::new(Code::Bug, "cannot write a move file").because(reason))
    }

    /// The JSON schema of move files.
    pub(crate) fn schema() -> Schema {
        schemars::schema_for!(MoveFile)
    }

    /// Whether this describes the same move between the same roots.
    pub(crate) fn is_same_move(&self, other: &MoveFile) -> bool {
        self.mover == other.mover && self.name == other.name && self.has_same_ends(other)
    }

    /// Each mover has its own part of the file, and no other's.
    fn check_mover(&self) -> Result<(), String> {
        let parts = [
            (MoverName::Hive, self.hive.as_ref().map(|part| part.check()), "which clusters?"),
            (MoverName::Pegasus, self.pegasus.as_ref().map(|part| part.check()), "which tables?"),
            (
                MoverName::Redshift,
                self.redshift.as_ref().map(|part| part.check()),
                "which warehouse?",
            ),
        ];
        let mut others = parts.iter().filter(|(mover, ..)| *mover != self.mover);
        if let Some((mover, ..)) = others.find(|(_, checked, _)| checked.is_some()) {
            let key = mover.key();
            return Err(format!("{key}: it goes with `mover: {key}`"));
        }
        let roots = [("lower", &self.lower), ("upper", &self.upper)];
        let own = self.mover.key();
        let Some((_, checked, lacks)) = parts.into_iter().find(|(mover, ..)| *mover == self.mover)
        else {
            return match roots.iter().find(|(_, root)| root.is_empty()) {
                Some((key, _)) => Err(format!("{key}: the root is empty")),
                None => Ok(()),
            };
        };
        if let Some((key, _)) = roots.iter().find(|(_, root)| !root.is_empty()) {
            return Err(format!("{key}: with `mover: {own}` it stands under `{own}`"));
        }
        match checked {
            Some(checked) => checked.map_err(|why| format!("{own}.{why}")),
            None => Err(format!("{own}: it is missing: {lacks}")),
        }
    }

    /// Whether this and `other` are between the same two places.
    fn has_same_ends(&self, other: &MoveFile) -> bool {
        self.ends() == other.ends()
    }

    /// The two places, in words.
    pub(crate) fn ends(&self) -> (String, String) {
        if let Some(hive) = &self.hive {
            return (hive.lower.metastore.uris.join(","), hive.upper.metastore.uris.join(","));
        }
        if let Some(pegasus) = &self.pegasus {
            return (pegasus.lower.metas_in_line(), pegasus.upper.metas_in_line());
        }
        match &self.redshift {
            Some(redshift) => {
                (redshift.lower.endpoint.to_string(), redshift.upper.location.clone())
            }
            None => (self.lower.clone(), self.upper.clone()),
        }
    }

    fn check(&self) -> Result<(), String> {
        check_name(&self.name).map_err(|why| format!("move: {why}"))?;
        Filter::new(&self.policy.filter).map_err(|why| format!("policy.filter: {why}"))?;
        self.check_mover()?;
        if let Some(sides) = &self.s3 {
            sides.lower.check().map_err(|why| format!("s3.lower.{why}"))?;
            sides.upper.check().map_err(|why| format!("s3.upper.{why}"))?;
        }
        match self.limits.jobs {
            Some(0) => Err("limits.jobs: 0 threads do nothing; `pause` stops a move".into()),
            _ => Ok(()),
        }
    }
}

/// Whether `name` can be the name of a move.
///
/// # Errors
/// Says why not.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > NAME_LENGTH {
        return Err(format!("a name has 1 to {NAME_LENGTH} characters"));
    }
    if !name.chars().all(plain) || name.starts_with(['.', '-']) {
        return Err(format!(
            "`{name}` is no name: letters, digits, `.`, `_` and `-`, not led by `.` or `-`"
        ));
    }
    Ok(())
}

impl Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::args::values::interval(&text).map(Interval).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Interval {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Interval".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "a span of time: 30s, 5min, 1h",
            "pattern": "^([0-9]+ ?[a-z]+ ?)+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::limits::Limits;

    fn parse(text: &str) -> Result<MoveFile> {
        MoveFile::parse(text, Path::new("boatlift.yaml"))
    }

    #[test]
    fn the_example_is_valid_and_has_every_key_at_its_default() {
        let example = parse(TREE_EXAMPLE).expect("the example is a move file");
        assert_eq!(example.policy, Policy::default());
        assert_eq!(example.limits, Limits::default());
        assert_eq!((example.mover, example.follow), (MoverName::Tree, None));
    }

    #[test]
    fn the_redshift_example_is_valid() {
        let example = parse(&redshift_example()).expect("the example is a move file");
        assert_eq!(example.mover, MoverName::Redshift);
    }

    #[test]
    fn the_pegasus_example_is_valid() {
        let example = parse(&pegasus_example()).expect("the example is a move file");
        assert_eq!(example.mover, MoverName::Pegasus);
    }

    #[test]
    fn the_hive_example_is_valid() {
        let example = parse(&hive_example()).expect("the example is a move file");
        assert_eq!(example.mover, MoverName::Hive);
    }

    #[test]
    fn the_example_names_every_key_of_the_schema() {
        let schema = serde_json::to_value(MoveFile::schema()).expect("JSON");
        for object in [&schema, &schema["$defs"]["Policy"], &schema["$defs"]["Limits"]] {
            let keys = object["properties"].as_object().expect("an object").keys();
            // The Hive mover's part has an example and a test of its own; that of buckets has
            // a page of the guide.
            for key in keys.filter(|key| !["hive", "pegasus", "redshift", "s3"].contains(&&***key))
            {
                assert!(TREE_EXAMPLE.contains(&format!("{key}:")), "{key} is missing");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_line_and_column() {
        let error =
            parse("move: a\nlower: /a\nupper: /b\npolicy:\n  delte: gone\n").expect_err("refused");
        assert_eq!(error.code, Code::ConfigSyntax);
        assert_eq!(error.subject.as_deref(), Some("boatlift.yaml:5:3"));
        assert!(error.because.is_some_and(|why| why.contains("delte")));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut file = parse(TREE_EXAMPLE).expect("valid");
        file.follow = Some(Interval(Duration::from_secs(90)));
        file.policy.filter = vec!["+ a: b #".into(), "- *.o".into()];
        file.limits.upper.ops = "08:00,100 19:00,off".parse().expect("a timetable");
        file.policy.max_delete = "7".parse().expect("a number");
        let yaml = file.to_yaml().expect("YAML");
        assert_eq!(parse(&yaml), Ok(file), "{yaml}");
    }

    #[test]
    fn values_that_mean_nothing_are_refused_by_name() {
        let with = |rest: &str| format!("move: a\nlower: /a\nupper: /b\n{rest}");
        for (text, word) in [
            ("move: ../a\nlower: /a\nupper: /b\n".to_owned(), "move:"),
            ("move: a\nlower: ''\nupper: /b\n".to_owned(), "lower:"),
            (with("policy: {filter: ['*.o']}"), "policy.filter"),
            (with("limits: {jobs: 0}"), "limits.jobs"),
        ] {
            let error = parse(&text).expect_err("refused");
            assert_eq!(error.code, Code::ConfigValue, "{text}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
