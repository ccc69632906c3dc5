//! What a program of the test kit measured, read from its JSON.

use crate::Result;
use crate::bench::measure::median;
use serde_json::Value;

/// Everything that was measured.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The servers and their versions.
    pub(super) versions: Vec<(String, String)>,
    pub(super) cases: Vec<Case>,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    /// What is done, with sizes.
    pub(super) title: String,
    /// What is counted.
    pub(super) unit: String,
    /// Whether how times are spread is what counts.
    pub(super) shown: Shown,
    /// The ways that it is done, ours first.
    pub(super) rows: Vec<Row>,
    /// What was counted, by name.
    pub(super) figures: Vec<(String, f64)>,
    pub(super) notes: Vec<String>,
}

/// What is shown of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Medians, and what is done in a second.
    Rates,
    /// How the times of many attempts are spread.
    Distribution,
}

/// One way to do the work of a case.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// What it does, in words.
    pub(super) what: String,
    /// How many objects one run does.
    objects: f64,
    walls: Vec<f64>,
    processors: Vec<f64>,
    peaks_kib: Vec<f64>,
}

impl Results {
    /// Reads them.
    ///
    /// # Errors
    /// When something is missing.
    pub(super) fn read(text: &str) -> Result<Results> {
        let all: Value = serde_json::from_str(text)?;
        let versions = all["versions"].as_object().ok_or("no versions")?.iter();
        let versions = versions.map(|(name, value)| Ok((name.clone(), word(value)?)));
        Ok(Results {
            versions: versions.collect::<Result<_>>()?,
            cases: list(&all["cases"])?.iter().map(Case::read).collect::<Result<_>>()?,
        })
    }

    /// Adds what another case came to.
    pub(super) fn add(&mut self, other: Results) {
        for version in other.versions {
            if !self.versions.contains(&version) {
                self.versions.push(version);
            }
        }
        self.cases.extend(other.cases);
    }

    /// The case of this name.
    pub(super) fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }
}

impl Case {
    fn read(value: &Value) -> Result<Case> {
        Ok(Case {
            name: word(&value["name"])?,
            title: word(&value["title"])?,
            unit: word(&value["unit"])?,
            shown: match value["shown"].as_str() {
                Some("distribution") => Shown::Distribution,
                _ => Shown::Rates,
            },
            rows: list(&value["rows"])?.iter().map(Row::read).collect::<Result<_>>()?,
            figures: figures(&value["figures"])?,
            notes: list(&value["notes"])?.iter().map(word).collect::<Result<_>>()?,
        })
    }

    /// What was counted under this name.
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(known, _)| known == name).map(|(_, figure)| *figure)
    }

    /// The way of this name.
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

impl Row {
    fn read(value: &Value) -> Result<Row> {
        let taken = list(&value["taken"])?;
        let all = |name: &str| taken.iter().filter_map(|one| one[name].as_f64()).collect();
        let walls: Vec<f64> = all("wall_seconds");
        if walls.is_empty() || walls.len() != taken.len() {
            return Err(format!("{} has a run without a time", value["name"]).into());
        }
        Ok(Row {
            name: word(&value["name"])?,
            what: word(&value["what"])?,
            objects: value["objects"].as_f64().ok_or("a way counts nothing")?,
            walls,
            processors: all("processor_seconds"),
            peaks_kib: all("peak_kib"),
        })
    }

    /// The median of the wall times.
    pub(super) fn seconds(&self) -> f64 {
        median(self.walls.clone())
    }

    /// How often it was timed.
    pub(super) fn count(&self) -> usize {
        self.walls.len()
    }

    /// The wall time that so many in a hundred do not exceed.
    pub(super) fn seconds_of(&self, in_hundred: usize) -> f64 {
        let mut walls = self.walls.clone();
        walls.sort_by(f64::total_cmp);
        let at = (walls.len() * in_hundred).div_ceil(100).saturating_sub(1);
        walls.get(at).copied().unwrap_or_default()
    }

    /// The shortest and the longest wall time.
    pub(super) fn spread(&self) -> (f64, f64) {
        let walls = self.walls.iter();
        walls.fold((f64::INFINITY, 0.0), |(min, max), wall| (wall.min(min), wall.max(max)))
    }

    /// Objects per second, by the median.
    pub(super) fn rate(&self) -> f64 {
        self.objects / self.seconds()
    }

    /// The median of the processor times, where they are known.
    pub(super) fn processor_seconds(&self) -> Option<f64> {
        (!self.processors.is_empty()).then(|| median(self.processors.clone()))
    }

    /// The median of the processor times for one object, in seconds.
    pub(super) fn processor_per_object(&self) -> Option<f64> {
        self.processor_seconds().map(|seconds| seconds / self.objects)
    }

    /// The largest resident set of all runs in MiB, where it is known.
    pub(super) fn peak_mib(&self) -> Option<f64> {
        self.peaks_kib.iter().copied().reduce(f64::max).map(|kib| kib / 1024.0)
    }
}

fn figures(value: &Value) -> Result<Vec<(String, f64)>> {
    let all = value.as_object().ok_or("a case without figures")?.iter();
    all.map(|(name, figure)| {
        let figure = figure.as_f64().ok_or_else(|| format!("{name} is no number"))?;
        Ok((name.clone(), figure))
    })
    .collect()
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().ok_or_else(|| format!("`{value}` is no list").into())
}

fn word(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("`{value}` is no text").into())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// A case with ways of so many seconds for 100 objects.
    pub(in super::super) fn case(name: &str, rows: &[(&str, f64)]) -> Value {
        let row = |(name, wall): &(&str, f64)| {
            json!({ "name": name, "what": format!("does {name}"), "objects": 100, "taken": [
                { "wall_seconds": wall, "processor_seconds": wall, "peak_kib": 300 << 10 },
            ] })
        };
        json!({ "name": name, "title": "many", "unit": "tables", "notes": ["A note."],
                "figures": { "requests": 1.5 },
                "rows": rows.iter().map(row).collect::<Vec<_>>() })
    }

    /// Results of these cases.
    pub(in super::super) fn results(cases: &[Value]) -> Results {
        let all = json!({ "versions": { "LOWER": "Hive 1.2.1" }, "cases": cases });
        Results::read(&all.to_string()).expect("results")
    }

    #[test]
    fn figures_are_read_and_what_is_not_known_is_missing() {
        let results = results(&[case("metadata", &[("boatlift run", 4.0)])]);
        let row = results.case("metadata").and_then(|case| case.row("boatlift run"));
        let row = row.expect("a row");
        assert_eq!((row.seconds(), row.rate(), row.spread()), (4.0, 25.0, (4.0, 4.0)));
        assert_eq!((row.count(), row.seconds_of(50), row.seconds_of(100)), (1, 4.0, 4.0));
        assert_eq!((row.processor_seconds(), row.peak_mib()), (Some(4.0), Some(300.0)));
    }

    #[test]
    fn a_run_without_a_time_is_refused() {
        let mut broken = case("metadata", &[("boatlift run", 1.0)]);
        broken["rows"][0]["taken"][0]["wall_seconds"] = Value::Null;
        let all = json!({ "versions": {}, "cases": [broken] });
        assert!(Results::read(&all.to_string()).is_err());
    }
}
