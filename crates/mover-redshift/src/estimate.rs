//! What a plan will ask of S3, as far as it is paid for.

use crate::config::RedshiftConfig;
use crate::harvest::{Extent, Role, Row, Standing};
use crate::prices::Usage;
use boatlift_aws::s3::{Encryption, Tags};

/// Requests and bytes of a plan, object by object.
#[derive(Debug)]
pub struct Estimate {
    usage: Usage,
    parts_above: u64,
    part: u64,
    /// The bytes pass through this process.
    is_streamed: bool,
    /// Tags are read one by one, where bytes pass.
    reads_tags: bool,
    stream_part: u64,
    items: u64,
    partitions: u64,
    /// Both sides are in one region; unknown regions are taken for one.
    is_one_region: bool,
    keys: u64,
}

const MIB: u64 = 1 << 20;
/// Keys of a page of a listing.
const PAGE: u64 = 1_000;
/// Partitions of one call to Glue.
const BATCH: u64 = 100;

impl Estimate {
    /// Nothing yet, of a move that `config` describes.
    #[must_use]
    pub fn new(config: &RedshiftConfig) -> Estimate {
        let objects = config.upper.objects();
        let region = |options: &Option<String>| options.clone();
        let (lower, upper) = (config.lower.account().region, region(&config.upper.aws.region));
        let encrypts = matches!(objects.encryption, Some(Encryption::Kms(_)));
        Estimate {
            usage: Usage::default(),
            is_streamed: config.lower.objects().session.endpoint_url
                != objects.session.endpoint_url,
            reads_tags: objects.tags == Tags::Copy,
            stream_part: (objects.part_mib * MIB).max(1),
            items: 0,
            partitions: 0,
            parts_above: objects.copy_parts_above_mib * MIB,
            part: (objects.copy_part_mib * MIB).max(1),
            is_one_region: lower.is_none() || upper.is_none() || lower == upper,
            keys: u64::from(encrypts),
        }
    }

    /// Adds an object that the plan carries, and how many objects it names. What cannot be
    /// cloned costs a look, as each run looks again: at a prefix, by listing it.
    pub fn add(&mut self, row: &Row, named: u64) {
        self.items += 1;
        let usage = &mut self.usage;
        let Some(Standing::There(kept)) = &row.standing else {
            match row.candidate.extent {
                Extent::Object => usage.gets += 1,
                _ => usage.copies += 1,
            }
            return;
        };
        // Found by a look, and looked at in the end.
        usage.gets += 1;
        match (row.candidate.role, kept.size > self.parts_above) {
            // Read, written, and read back; the clones that it names are looked at before.
            (Role::Manifest, _) => {
                usage.gets += 3 + named;
                usage.copies += 1;
            }
            // Read, written in one request or by parts, and looked at.
            (_, _) if self.is_streamed => {
                let parts = kept.size.div_ceil(self.stream_part).max(1);
                usage.gets += parts + 1 + u64::from(self.reads_tags);
                usage.copies += if parts > 1 { 2 + parts } else { 1 };
            }
            // Begun, each part, completed; looked at before and after.
            (_, true) => {
                usage.copies += 2 + kept.size.div_ceil(self.part);
                usage.gets += 2;
            }
            (_, false) => usage.copies += 1,
        }
        usage.kms += self.keys;
        usage.retrieve(kept.class.as_deref(), kept.size);
        if !self.is_one_region {
            usage.between_regions = usage.between_regions.saturating_add(kept.size);
        }
    }

    /// Adds an item of the Data Catalog, by its key: a database or a table is read on both sides
    /// and written, partitions are in batches.
    pub fn add_catalogued(&mut self, key: &[u8]) {
        match key.ends_with(b"/") {
            true => self.usage.glue += 3,
            false => self.partitions += 1,
        }
    }

    /// The sums, with the listings of UPPER before and after.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let lists = 2 * self.items.div_ceil(PAGE);
        let batches = 3 * self.partitions.div_ceil(BATCH);
        let Usage { copies, glue, .. } = self.usage;
        Usage { copies: copies + lists, glue: glue + batches, ..self.usage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::{Candidate, Kept, Pin};
    use crate::layout::Family;
    use crate::place::Place;
    use std::path::Path;

    fn row(role: Role, size: u64) -> Row {
        let place = Place::new("b", "k");
        let (family, extent, at) = (Family::Copy, Extent::Object, jiff::Timestamp::UNIX_EPOCH);
        let candidate = Candidate { family, role, place, extent, at, known: None };
        let class = Some("STANDARD_IA".to_owned());
        let (etag, version, modified, pin) = ("e".to_owned(), None, None, Pin::Exact);
        let standing = Standing::There(Kept { size, etag, version, modified, class, pin });
        Row { candidate, below: "copyfiles/b/k".into(), standing: Some(standing) }
    }

    #[test]
    fn large_objects_go_by_parts_and_regions_and_classes_count() {
        let text = crate::config::EXAMPLE.replacen(
            "  location: s3://clones/shop\n",
            "  location: s3://clones/shop\n  s3: {session: {region: eu-west-1}}\n",
            1,
        );
        let mut config = RedshiftConfig::parse(&text, Path::new("x")).expect("a part");
        config.upper.aws.region = Some("eu-west-1".into());
        let mut estimate = Estimate::new(&config);
        estimate.add(&row(Role::Data, 10), 0);
        estimate.add(&row(Role::Data, 6 << 30), 0);
        estimate.add(&row(Role::Manifest, 10), 7);
        let missing = Row { standing: Some(Standing::Missing), ..row(Role::Data, 0) };
        estimate.add(&missing, 0);
        let usage = estimate.usage();
        // Each was looked at; listings of UPPER come before and after.
        assert_eq!((usage.copies, usage.gets), (1 + 2 + 24 + 1 + 2, 4 + 2 + 3 + 7));
        assert_eq!(usage.between_regions, (6 << 30) + 20);
        assert_eq!(usage.standard_ia, usage.between_regions);
    }

    #[test]
    fn what_passes_through_here_is_read_too_and_a_question_is_asked_again() {
        let mut config =
            RedshiftConfig::parse(crate::config::EXAMPLE, Path::new("x")).expect("a part");
        config.upper.aws.endpoint_url = Some("http://elsewhere".into());
        let mut estimate = Estimate::new(&config);
        estimate.add(&row(Role::Data, 10), 0);
        estimate.add(&row(Role::Data, 33 * MIB), 0);
        let usage = estimate.usage();
        // A look at each, its content and its tags, and a look at the clone.
        assert_eq!((usage.copies, usage.gets), (1 + 2 + 3 + 2, 2 + (1 + 3) + 2 + 2));
        let mut denied = row(Role::Data, 0);
        denied.candidate.extent = Extent::DeepPrefix;
        denied.standing = Some(Standing::Denied("no".into()));
        estimate.add(&denied, 0);
        assert_eq!(estimate.usage().copies, usage.copies + 1);
        let keys: [&[u8]; 4] = [b"d/", b"d/t/", b"d/t/ds=1", b"d/t/ds=2"];
        keys.iter().for_each(|key| estimate.add_catalogued(key));
        assert_eq!(estimate.usage().glue, 3 + 3 + 3);
    }
}
