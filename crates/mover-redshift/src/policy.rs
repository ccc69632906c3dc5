//! The least rights that a plan needs, as IAM policies: one for LOWER's role, one for UPPER's.
//!
//! Objects are named by as long prefixes as fit into a policy; nothing beside them is opened
//! but what lies under the same prefix.

use crate::glue::MARKS;
use crate::place::Place;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a policy that IAM takes, without white space.
pub const LONGEST_POLICY: usize = 6_144;
/// Prefixes of one bucket that are told apart.
const MOST_PREFIXES: usize = 64;

/// The prefixes of a plan's objects, by bucket, in bounded memory.
#[derive(Debug, Clone, Default)]
pub struct Prefixes {
    by_bucket: BTreeMap<String, BTreeSet<String>>,
}

impl Prefixes {
    /// Takes an object in.
    pub fn add(&mut self, object: &Place) {
        let prefixes = self.by_bucket.entry(object.bucket.clone()).or_default();
        let folder = object.key.rfind('/').map_or("", |slash| &object.key[..=slash]);
        let covered = |known: &String| folder.starts_with(known.as_str());
        if prefixes.iter().any(covered) {
            return;
        }
        prefixes.retain(|known| !known.starts_with(folder));
        prefixes.insert(folder.to_owned());
        while prefixes.len() > MOST_PREFIXES {
            shorten(prefixes);
        }
    }

    /// Makes the longest prefix shorter, of whatever bucket; whether there was one to shorten.
    fn widen(&mut self) -> bool {
        let longest = |prefixes: &BTreeSet<String>| prefixes.iter().map(String::len).max();
        let widest = self.by_bucket.values_mut().max_by_key(|prefixes| longest(prefixes));
        let Some(prefixes) = widest.filter(|prefixes| longest(prefixes) > Some(0)) else {
            return false;
        };
        shorten(prefixes);
        true
    }

    fn objects(&self, of: Partition) -> Vec<String> {
        let all = self.by_bucket.iter();
        let arn = |(bucket, prefixes): (&String, &BTreeSet<String>)| -> Vec<String> {
            let bucket = of.bucket(bucket);
            prefixes.iter().map(|p| format!("{bucket}/{}*", literal(p))).collect()
        };
        all.flat_map(arn).collect()
    }

    fn buckets(&self, of: Partition) -> Vec<String> {
        self.by_bucket.keys().map(|bucket| of.bucket(bucket)).collect()
    }
}

/// Replaces the longest prefix by the folder above it.
fn shorten(prefixes: &mut BTreeSet<String>) {
    let Some(longest) = prefixes.iter().max_by_key(|prefix| prefix.len()).cloned() else { return };
    let above = longest.trim_end_matches('/').rfind('/').map_or("", |slash| &longest[..=slash]);
    prefixes.retain(|known| !known.starts_with(above));
    prefixes.insert(above.to_owned());
}

/// A part of Amazon's cloud with names of its own
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Partition {
    /// All regions but those below.
    #[default]
    Commercial,
    /// China.
    China,
    /// The government of the United States.
    UsGov,
}

impl Partition {
    /// The part that a region is in; the commercial one where none is told.
    #[must_use]
    pub fn of(region: Option<&str>) -> Partition {
        match region.unwrap_or_default() {
            region if region.starts_with("cn-") => Partition::China,
            region if region.starts_with("us-gov-") => Partition::UsGov,
            _ => Partition::Commercial,
        }
    }

    /// What names a resource of this part: `arn:aws-cn:glue:*:*:catalog`.
    #[must_use]
    pub fn arn(self, rest: &str) -> String {
        let part = match self {
            Partition::Commercial => "aws",
            Partition::China => "aws-cn",
            Partition::UsGov => "aws-us-gov",
        };
        format!("arn:{part}:{rest}")
    }

    /// A bucket; one that is named by an ARN is an access point, and has it already.
    fn bucket(self, name: &str) -> String {
        match name.starts_with("arn:") {
            true => name.to_owned(),
            false => self.arn(&format!("s3:::{name}")),
        }
    }
}

/// What else than objects the rights are about.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Objects that are read.
    pub sources: Prefixes,
    /// Where clones are written: bucket, and prefix that ends in `/` or is empty.
    pub target: Place,
    /// Where LOWER and UPPER are.
    pub partitions: [Partition; 2],
    /// Clones are granted to the owner of their bucket.
    pub grants: bool,
    /// Versions are pinned.
    pub versions: bool,
    /// Tags are carried.
    pub tags: bool,
    /// The key that clones are encrypted with, by its ARN.
    pub target_key: Option<String>,
    /// Databases of Glue on LOWER, by name; on UPPER each has the name beside it.
    pub databases: Vec<(String, String)>,
    /// What asks Redshift, as actions with the resources that they are on.
    pub redshift: Vec<(String, Vec<String>)>,
}

/// The policy of the role that reads LOWER.
#[must_use]
pub fn lower(wanted: &Wanted) -> Value {
    let of = wanted.partitions[0];
    fitting(wanted, |wanted| {
        let reads = reads(wanted);
        let mut lists = vec!["s3:ListBucket", "s3:GetBucketLocation"];
        lists.extend(wanted.versions.then_some("s3:ListBucketVersions"));
        let mut statements = Vec::new();
        if !wanted.sources.by_bucket.is_empty() {
            statements.push(allow("ReadWhatWasTouched", &reads, wanted.sources.objects(of)));
            statements.push(allow("FindWhatWasTouched", &lists, wanted.sources.buckets(of)));
        }
        let databases = wanted.databases.iter().map(|(lower, _)| lower.as_str());
        statements.extend(glue(of, "ReadGlue", READS_GLUE, databases));
        statements.extend(redshift(&wanted.redshift));
        statements
    })
}

/// The policy of the role that writes UPPER. With server-side copies it also reads LOWER.
#[must_use]
pub fn upper(wanted: &Wanted) -> Value {
    let of = wanted.partitions[1];
    fitting(wanted, |wanted| {
        let Place { bucket, key } = &wanted.target;
        let bucket = of.bucket(bucket);
        let objects = vec![format!("{bucket}/{}*", literal(key))];
        let mut writes = vec!["s3:PutObject", "s3:GetObject", "s3:DeleteObject"];
        writes.extend(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]);
        writes.extend(wanted.tags.then_some("s3:PutObjectTagging"));
        writes.extend(wanted.grants.then_some("s3:PutObjectAcl"));
        let lists = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"];
        let mut statements =
            vec![allow("WriteClones", &writes, objects), allow("ListClones", &lists, vec![bucket])];
        let reads = reads(wanted);
        if !wanted.sources.by_bucket.is_empty() {
            statements.push(allow("CopyWhatWasTouched", &reads, wanted.sources.objects(of)));
        }
        if let Some(key) = &wanted.target_key {
            let uses = ["kms:GenerateDataKey", "kms:Decrypt"];
            statements.push(allow("EncryptClones", &uses, vec![key.clone()]));
        }
        let databases = wanted.databases.iter().map(|(_, upper)| upper.as_str());
        statements.extend(glue(of, "WriteGlue", WRITES_GLUE, databases));
        let marks = (!wanted.databases.is_empty()).then_some(MARKS);
        statements.extend(glue(of, "MarkGlue", MARKS_GLUE, marks.into_iter()));
        statements
    })
}

/// What reading the objects needs, on either side.
fn reads(wanted: &Wanted) -> Vec<&'static str> {
    let mut reads = vec!["s3:GetObject"];
    reads.extend(wanted.versions.then_some("s3:GetObjectVersion"));
    reads.extend(wanted.tags.then_some("s3:GetObjectTagging"));
    reads.extend((wanted.tags && wanted.versions).then_some("s3:GetObjectVersionTagging"));
    reads
}

const READS_GLUE: &[&str] = &[
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:GetPartitions",
    "glue:BatchGetPartition",
    "glue:GetPartitionIndexes",
    "glue:GetColumnStatisticsForTable",
    "glue:GetColumnStatisticsForPartition",
];

const WRITES_GLUE: &[&str] = &[
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:GetPartitions",
    "glue:BatchGetPartition",
    "glue:GetPartitionIndexes",
    "glue:CreateDatabase",
    "glue:UpdateDatabase",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:DeleteTable",
    "glue:BatchCreatePartition",
    "glue:BatchUpdatePartition",
    "glue:BatchDeletePartition",
    "glue:CreatePartitionIndex",
    "glue:UpdateColumnStatisticsForTable",
    "glue:UpdateColumnStatisticsForPartition",
];

/// On the database of marks, which comes and goes with runs.
const MARKS_GLUE: &[&str] =
    &["glue:GetDatabase", "glue:CreateDatabase", "glue:UpdateDatabase", "glue:DeleteDatabase"];

fn glue<'d>(
    of: Partition,
    id: &str,
    actions: &[&str],
    databases: impl Iterator<Item = &'d str>,
) -> Option<Value> {
    let mut resources: Vec<String> = databases
        .flat_map(|name| {
            ["database", "table"].map(|kind| match kind {
                "database" => of.arn(&format!("glue:*:*:database/{}", literal(name))),
                _ => of.arn(&format!("glue:*:*:table/{}/*", literal(name))),
            })
        })
        .collect();
    if resources.is_empty() {
        return None;
    }
    resources.insert(0, of.arn("glue:*:*:catalog"));
    Some(allow(id, actions, resources))
}

/// A statement for each set of resources: no action is allowed on another's.
fn redshift(asked: &[(String, Vec<String>)]) -> Vec<Value> {
    let mut by_resources: BTreeMap<&Vec<String>, Vec<&str>> = BTreeMap::new();
    for (action, on) in asked {
        by_resources.entry(on).or_default().push(action);
    }
    let statements = by_resources.into_iter().enumerate();
    let allow = |(number, (on, actions)): (usize, (&Vec<String>, Vec<&str>))| {
        allow(&format!("AskRedshift{}", number + 1), &actions, on.clone())
    };
    statements.map(allow).collect()
}

fn allow(id: &str, actions: &[&str], resources: Vec<String>) -> Value {
    json!({ "Sid": id, "Effect": "Allow", "Action": actions, "Resource": resources })
}

/// Builds a policy, with prefixes as long as it may be.
fn fitting(wanted: &Wanted, statements: impl Fn(&Wanted) -> Vec<Value>) -> Value {
    let mut wanted = wanted.clone();
    loop {
        let policy = json!({ "Version": "2012-10-17", "Statement": statements(&wanted) });
        if policy.to_string().len() <= LONGEST_POLICY || !wanted.sources.widen() {
            return policy;
        }
    }
}

/// A text as IAM matches it literally: its own wildcards have an escape.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => out.extend(["${", character.encode_utf8(&mut [0; 4]), "}"]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(objects: &[(&str, &str)]) -> Prefixes {
        let mut prefixes = Prefixes::default();
        for (bucket, key) in objects {
            prefixes.add(&Place::new(*bucket, *key));
        }
        prefixes
    }

    #[test]
    fn a_folder_stands_for_what_is_in_it() {
        let prefixes = of(&[("a", "x/1"), ("a", "x/2"), ("a", "x/y/3"), ("b", "top"), ("a", "z/")]);
        let expected = ["arn:aws:s3:::a/x/*", "arn:aws:s3:::a/z/*", "arn:aws:s3:::b/*"];
        assert_eq!(prefixes.objects(Partition::Commercial), expected);
        let reversed = of(&[("a", "x/y/3"), ("a", "x/2")]);
        assert_eq!(reversed.objects(Partition::Commercial), ["arn:aws:s3:::a/x/*"]);
    }

    #[test]
    fn a_policy_fits_however_many_folders_there_are() {
        let mut wanted = Wanted { target: Place::new("t", "p/"), ..Wanted::default() };
        for number in 0..2_000 {
            let key = format!("lake/year={}/{}/{number}/f", number % 7, "long".repeat(20));
            wanted.sources.add(&Place::new(format!("bucket-{}", number % 3), key));
        }
        for policy in [lower(&wanted), upper(&wanted)] {
            let text = policy.to_string();
            assert!(text.len() <= LONGEST_POLICY, "{}", text.len());
            assert!(text.contains("arn:aws:s3:::bucket-2/lake/"), "{text}");
        }
    }

    #[test]
    fn only_what_is_done_is_allowed() {
        let sources = of(&[("s", "in/a?b")]);
        let target = Place::new("t", "p/");
        let wanted = Wanted { sources, target, ..Wanted::default() };
        let texts = [lower(&wanted), upper(&wanted)].map(|policy| policy.to_string());
        for (text, absent) in texts.iter().flat_map(|text| {
            ["Version\"]", "Tagging", "glue:", "kms:", "redshift"].map(|absent| (text, absent))
        }) {
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        assert!(texts[1].contains("arn:aws:s3:::t/p/*"));
        let all = Wanted {
            tags: true,
            versions: true,
            target_key: Some("arn:aws:kms:r:1:key/k".into()),
            databases: vec![("sales".into(), "sales_clone".into())],
            redshift: vec![("redshift:GetClusterCredentials".into(), vec!["*".into()])],
            ..wanted
        };
        let texts = [lower(&all), upper(&all)].map(|policy| policy.to_string());
        assert!(
            texts[0].contains("s3:GetObjectVersionTagging")
                && texts[0].contains("database/sales\"")
        );
        assert!(
            texts[1].contains("kms:GenerateDataKey") && texts[1].contains("table/sales_clone/*")
        );
        assert!(texts[1].contains("GetObjectVersionTagging"), "it copies versions with their tags");
        assert!(!texts[1].contains("PutObjectAcl"));
        let granting = Wanted { grants: true, ..all.clone() };
        assert!(upper(&granting).to_string().contains("s3:PutObjectAcl"));
        assert!(texts[1].contains("database/boatlift_marks") && !texts[0].contains("marks"));
        assert!(texts[0].contains("GetClusterCredentials") && !texts[1].contains("redshift:"));
    }

    #[test]
    fn wildcards_of_a_key_match_only_themselves() {
        assert_eq!(literal("a*b?c$d"), "a${*}b${?}c${$}d");
    }

    #[test]
    fn other_parts_of_the_cloud_have_names_of_their_own() {
        let wanted = Wanted {
            sources: of(&[("s", "in/a")]),
            target: Place::new("t", "p/"),
            partitions: [Partition::of(Some("cn-north-1")), Partition::of(Some("us-gov-west-1"))],
            databases: vec![("d".into(), "d_clone".into())],
            ..Wanted::default()
        };
        let [below, above] = [lower(&wanted), upper(&wanted)].map(|policy| policy.to_string());
        assert!(below.contains("arn:aws-cn:s3:::s/in/*") && below.contains("arn:aws-cn:glue"));
        assert!(above.contains("arn:aws-us-gov:s3:::t/p/*") && !above.contains("arn:aws:"));
        assert_eq!(Partition::of(None).arn("x"), "arn:aws:x");
    }
}
