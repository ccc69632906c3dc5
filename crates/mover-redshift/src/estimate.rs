//! What a plan will ask of S3, as far as it is paid for.

use crate::config::RedshiftConfig;
use crate::harvest::{Role, Row, Standing};
use crate::prices::Usage;
use boatlift_aws::s3::Encryption;

/// Requests and bytes of a plan, object by object.
#[derive(Debug)]
pub struct Estimate {
    usage: Usage,
    parts_above: u64,
    part: u64,
    /// Both sides are in one region; unknown regions are taken for one.
    is_one_region: bool,
    keys: u64,
}

const MIB: u64 = 1 << 20;

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
            parts_above: objects.copy_parts_above_mib * MIB,
            part: (objects.copy_part_mib * MIB).max(1),
            is_one_region: lower.is_none() || upper.is_none() || lower == upper,
            keys: u64::from(encrypts),
        }
    }

    /// Adds an object that the plan carries, and how many objects it names. What cannot be
    /// cloned costs a look at most.
    pub fn add(&mut self, row: &Row, named: u64) {
        let Some(Standing::There(kept)) = &row.standing else { return };
        let usage = &mut self.usage;
        match (row.candidate.role, kept.size > self.parts_above) {
            // Read, written, and read back; the clones that it names are looked at before.
            (Role::Manifest, _) => {
                usage.gets += 3 + named;
                usage.copies += 1;
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

    /// The sums.
    #[must_use]
    pub fn usage(&self) -> &Usage {
        &self.usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::{Candidate, Extent, Kept, Pin};
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
        assert_eq!((usage.copies, usage.gets), (1 + 2 + 24 + 1, 2 + 3 + 7));
        assert_eq!(usage.between_regions, (6 << 30) + 20);
        assert_eq!(usage.standard_ia, usage.between_regions);
    }
}
