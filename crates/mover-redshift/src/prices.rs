//! What a plan costs at the list prices of a file: requests and bytes, no storage.

use boatlift_core::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The prices that come with the program.
const SHIPPED: &str = include_str!("prices.toml");
const THOUSAND: f64 = 1_000.0;
const GIGABYTE: f64 = 1e9;

/// A table of prices, in US dollars.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The day on which they were looked up: `2026-11-01`.
    pub date: String,
    /// The region that they are of.
    pub region: String,
    requests: PerThousand,
    bytes: PerGigabyte,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerThousand {
    copy: f64,
    get: f64,
    kms: f64,
    glue: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PerGigabyte {
    between_regions: f64,
    standard_ia: f64,
    one_zone_ia: f64,
    glacier_instant: f64,
}

/// The requests and bytes of a plan, as far as they are paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// COPY, PUT, POST and LIST requests.
    pub copies: u64,
    /// GET and HEAD requests.
    pub gets: u64,
    /// Uses of keys of KMS.
    pub kms: u64,
    /// Requests to Glue.
    pub glue: u64,
    /// Bytes that leave their region.
    pub between_regions: u64,
    /// Bytes read from STANDARD_IA.
    pub standard_ia: u64,
    /// Bytes read from ONEZONE_IA.
    pub one_zone_ia: u64,
    /// Bytes read from GLACIER_IR.
    pub glacier_instant: u64,
}

impl Usage {
    /// Adds what reading `bytes` from a storage class costs beyond the request.
    pub fn retrieve(&mut self, class: Option<&str>, bytes: u64) {
        let sum = match class {
            Some("STANDARD_IA") => &mut self.standard_ia,
            Some("ONEZONE_IA") => &mut self.one_zone_ia,
            Some("GLACIER_IR") => &mut self.glacier_instant,
            _ => return,
        };
        *sum = sum.saturating_add(bytes);
    }
}

impl Prices {
    /// The prices that come with the program.
    #[must_use]
    pub fn shipped() -> Prices {
        toml::from_str(SHIPPED).expect("a test reads it")
    }

    /// The prices of a file.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when it cannot be read, or is no table of prices.
    pub fn read(path: &Path) -> Result<Prices> {
        let refuse = |why: String| {
            Error::new(Code::ConfigValue, "cannot use prices").on(path.display()).because(why)
        };
        let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
        let prices: Prices = toml::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        match prices.all().iter().all(|price| price.is_finite() && *price >= 0.0) {
            true => Ok(prices),
            false => Err(refuse("a price is less than nothing".into())),
        }
    }

    /// What a usage costs, in dollars.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> f64 {
        let [copy, get, kms, glue, between_regions, standard_ia, one_zone_ia, glacier] = self.all();
        let requests =
            [(usage.copies, copy), (usage.gets, get), (usage.kms, kms), (usage.glue, glue)];
        let bytes = [
            (usage.between_regions, between_regions),
            (usage.standard_ia, standard_ia),
            (usage.one_zone_ia, one_zone_ia),
            (usage.glacier_instant, glacier),
        ];
        let sum = |of: &[(u64, f64)], unit: f64| -> f64 {
            of.iter().map(|(count, price)| *count as f64 / unit * price).sum()
        };
        sum(&requests, THOUSAND) + sum(&bytes, GIGABYTE)
    }

    fn all(&self) -> [f64; 8] {
        let PerThousand { copy, get, kms, glue } = self.requests;
        let PerGigabyte { between_regions, standard_ia, one_zone_ia, glacier_instant } = self.bytes;
        [copy, get, kms, glue, between_regions, standard_ia, one_zone_ia, glacier_instant]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_copies_and_their_looks_cost_what_the_table_says() {
        let prices = Prices::shipped();
        let usage = Usage { copies: 1_000_000, gets: 1_000_000, ..Usage::default() };
        assert!((prices.cost(&usage) - 5.4).abs() < 1e-9, "{}", prices.cost(&usage));
        assert_eq!(prices.cost(&Usage::default()), 0.0);
    }

    #[test]
    fn cold_classes_and_other_regions_cost_by_the_byte() {
        let mut usage = Usage { between_regions: 1_000_000_000, ..Usage::default() };
        for class in [Some("STANDARD"), None, Some("INTELLIGENT_TIERING")] {
            usage.retrieve(class, 1 << 40);
        }
        for class in ["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"] {
            usage.retrieve(Some(class), 1_000_000_000);
        }
        assert!((Prices::shipped().cost(&usage) - 0.07).abs() < 1e-9);
    }

    #[test]
    fn a_table_with_a_mistake_is_refused_with_its_place() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("prices.toml");
        for (from, to, why) in [
            ("get = 0.0004", "get = \"x\"", "line 9"),
            ("get = 0.0004", "", "get"),
            ("get = 0.0004", "get = -1.0", "less than nothing"),
        ] {
            std::fs::write(&path, SHIPPED.replacen(from, to, 1)).expect("a file");
            let error = Prices::read(&path).expect_err(to).to_string();
            assert!(error.contains(why), "{error}");
        }
        std::fs::write(&path, SHIPPED).expect("a file");
        assert_eq!(Prices::read(&path).expect("prices"), Prices::shipped());
    }
}
