//! The command of a job: its arguments, its tags, and the same as lines of a script.

use super::filter::all_but;
use super::shares::Share;
use crate::config::DistCp;
use std::path::Path;

/// Threads that list the source, which is walked whole.
const LISTING_THREADS: &str = "8";

/// The names by which YARN knows the jobs of a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tags {
    /// The move and the table or database: jobs with it write to the same directories.
    pub(super) unit: String,
    /// The move and these very files.
    pub(super) files: String,
}

impl Tags {
    pub(super) fn of(name: &str, share: &Share) -> Tags {
        let unit = [name, share.unit.as_str()];
        let own = [share.source.as_str(), share.target.as_str()].into_iter();
        let files = share.files.iter().map(String::as_str);
        Tags { unit: tag(unit.into_iter()), files: tag(unit.into_iter().chain(own).chain(files)) }
    }
}

fn tag<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    format!("boatlift-{}", &hasher.finalize().to_hex()[..16])
}

/// What the `hadoop` command is given. It compares checksums before it skips a file and after
/// it copied one, which can be compared because block size and kind of checksum are kept.
pub(super) fn arguments(
    settings: &DistCp,
    (share, tags): (&Share, &Tags),
    filters: &str,
) -> Vec<String> {
    let (generic, others): (Vec<String>, Vec<String>) =
        settings.arguments.iter().cloned().partition(|argument| argument.starts_with("-D"));
    let mut arguments = vec![
        "distcp".to_owned(),
        format!("-Dmapreduce.job.tags={},{}", tags.unit, tags.files),
        format!("-Dmapreduce.job.name=boatlift {}", share.unit),
    ];
    arguments.extend(generic);
    arguments.extend(["-update", "-pbct"].map(str::to_owned));
    arguments.extend(["-numListstatusThreads", LISTING_THREADS].map(str::to_owned));
    arguments.extend(["-filters", filters].map(str::to_owned));
    arguments.extend(others);
    arguments.extend([glob_of(&share.source), share.target.clone()]);
    arguments
}

/// The contents of the file of filters.
pub(super) fn filters(share: &Share) -> String {
    format!("{}\n", all_but(&share.source, &share.files))
}

/// A path as a glob that nothing else matches.
pub(super) fn glob_of(path: &str) -> String {
    let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
    path.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// The jobs of the move `name` that would be run for `shares`, as lines of a shell script:
/// for each the file of its filters, then the command.
#[must_use]
pub fn commands(
    name: &str,
    settings: &DistCp,
    configuration: Option<&Path>,
    shares: &[Share],
) -> Vec<String> {
    let mut lines = Vec::with_capacity(2 * shares.len());
    for share in shares {
        let tags = Tags::of(name, share);
        let file = format!("{}.filters", tags.files);
        let filters = quoted(filters(share).trim_end());
        lines.push(format!("printf '%s\\n' {filters} > {file}"));
        let arguments = arguments(settings, (share, &tags), &file);
        let command = settings.command.to_string_lossy().into_owned();
        let words = [command].into_iter().chain(arguments).map(|word| quoted(&word));
        let mut line = words.collect::<Vec<_>>().join(" ");
        if let Some(directory) = configuration {
            line = format!("HADOOP_CONF_DIR={} {line}", quoted(&directory.to_string_lossy()));
        }
        lines.push(line);
    }
    lines
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(files: &[&str]) -> Share {
        Share {
            unit: "d/t".into(),
            source: "hdfs://l/w/d.db/[t]".into(),
            target: "hdfs://u/x/d.db/[t]".into(),
            files: files.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn jobs_of_one_table_share_a_tag_and_those_of_the_same_files_both() {
        let (one, other) = (Tags::of("m", &share(&["a"])), Tags::of("m", &share(&["b"])));
        assert_eq!(one, Tags::of("m", &share(&["a"])));
        assert_eq!(one.unit, other.unit);
        assert_ne!(one.files, other.files);
        assert_ne!(one.unit, Tags::of("n", &share(&["a"])).unit);
        assert_ne!(Tags::of("m", &share(&["a", "b"])).files, Tags::of("m", &share(&["ab"])).files);
    }

    #[test]
    fn a_script_says_what_would_be_run() {
        let settings = DistCp {
            arguments: ["-m", "4", "-Dmapreduce.job.queuename=it's"].map(str::to_owned).into(),
            ..DistCp::default()
        };
        let (share, conf) = (share(&["f"]), Path::new("/etc/hadoop conf"));
        let Tags { unit, files } = Tags::of("m", &share);
        let lines = commands("m", &settings, Some(conf), &[share]);
        let filter = r"(?s)(?![a-z]+://[^/]*/w/d\x{2e}db/\x{5b}t\x{5d}(?:/(?:f))?\z).*";
        let expected = [
            format!("printf '%s\\n' '{filter}' > {files}.filters"),
            format!(
                "HADOOP_CONF_DIR='/etc/hadoop conf' hadoop distcp \
                 -Dmapreduce.job.tags={unit},{files} '-Dmapreduce.job.name=boatlift d/t' \
                 '-Dmapreduce.job.queuename=it'\\''s' -update -pbct -numListstatusThreads 8 \
                 -filters {files}.filters -m 4 'hdfs://l/w/d.db/\\[t\\]' 'hdfs://u/x/d.db/[t]'"
            ),
        ];
        assert_eq!(lines, expected);
    }
}
