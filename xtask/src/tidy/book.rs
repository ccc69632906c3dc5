//! Rules on what is written for people: every page can be reached, every link leads
//! somewhere, every command of the README exists.

use super::{Files, Finding};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

const SUMMARY: &str = "docs/SUMMARY.md";
const VERBS_PAGE: &str = "docs/operations/verbs.md";
/// How the table of verbs marks one that this version does not have.
const ABSENT: &str = "not in this version";

/// Checks the book, and the pages at the top of the checkout. `verbs` are those of `xtask`.
pub(super) fn check(files: &Files, verbs: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| is_page(path)) {
        for link in links(text).filter(|link| is_relative(link)) {
            let target = resolve(path, link);
            if !files.contains_key(&target) {
                findings.push(Finding::new(path.display(), format!("`{link}` leads nowhere")));
            }
        }
    }
    findings.extend(unreachable(files));
    findings.extend(commands(files, verbs));
    findings
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

fn is_relative(link: &str) -> bool {
    !link.contains("://") && !link.starts_with('#') && !link.starts_with("mailto:")
}

/// The targets of all inline links, outside of code blocks, without their anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines()
        .filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            in_code ^= fence;
            !in_code && !fence
        })
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
}

/// The file that `link` on the page `from` means, relative to the checkout.
fn resolve(from: &Path, link: &str) -> PathBuf {
    let link = link.split('#').next().unwrap_or(link);
    let mut target = from.parent().map(Path::to_path_buf).unwrap_or_default();
    for component in Path::new(link).components() {
        match component {
            Component::ParentDir => drop(target.pop()),
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    target
}

/// Pages of the book that neither the summary nor a page listed there leads to.
fn unreachable(files: &Files) -> Vec<Finding> {
    let targets = |page: &Path| -> BTreeSet<PathBuf> {
        let text = files.get(page).map_or("", String::as_str);
        links(text).filter(|link| is_relative(link)).map(|link| resolve(page, link)).collect()
    };
    let listed = targets(Path::new(SUMMARY));
    let mut reached: BTreeSet<PathBuf> = listed.iter().flat_map(|page| targets(page)).collect();
    reached.extend(listed);
    reached.insert(SUMMARY.into());
    let pages = files.keys().filter(|path| path.starts_with("docs") && is_page(path));
    pages
        .filter(|page| !reached.contains(*page))
        .map(|page| Finding::new(page.display(), format!("{SUMMARY} does not lead here")))
        .collect()
}

/// Commands of the README that do not exist.
fn commands(files: &Files, verbs: &[&str]) -> Vec<Finding> {
    let present = present_verbs(files.get(Path::new(VERBS_PAGE)).map_or("", String::as_str));
    let readme = files.get(Path::new("README.md")).map_or("", String::as_str);
    let mut findings = Vec::new();
    for line in readme.lines().map(str::trim) {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let unknown = if let Some(rest) = line.strip_prefix("cargo xtask ") {
            word(rest).filter(|verb| !verbs.contains(verb))
        } else {
            let ours = ["cargo run --release -- ", "boatlift "];
            let rest = ours.iter().find_map(|start| line.strip_prefix(start));
            rest.and_then(word).filter(|verb| !present.contains(verb))
        };
        if let Some(verb) = unknown {
            findings.push(Finding::new("README.md", format!("there is no `{verb}` in `{line}`")));
        }
    }
    findings
}

fn word(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-').then_some(word)
}

/// The verbs of the table in the book that this version has: first cell in backquotes.
fn present_verbs(page: &str) -> BTreeSet<&str> {
    page.lines()
        .filter(|line| !line.contains(ABSENT))
        .filter_map(|line| line.strip_prefix("| `")?.split(['`', ' ']).next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(pages: &[(&str, &str)]) -> Vec<String> {
        let mut files: Files =
            pages.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        files.entry(SUMMARY.into()).or_default();
        check(&files, &["test"]).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        assert_eq!(
            findings(&[("README.md", "see [this](docs/none.md#part) and [that](https://x.y)")]),
            ["README.md: `docs/none.md#part` leads nowhere"]
        );
    }

    #[test]
    fn links_are_taken_from_the_page_they_stand_on() {
        let pages = [
            (SUMMARY, "- [A](guide/a.md)\n- [B](b.md)"),
            ("docs/guide/a.md", "[b](../b.md) [arch](../../ARCHITECTURE.md)"),
            ("docs/b.md", "```\n[not](a/link.md)\n```\n[a](guide/a.md)"),
            ("ARCHITECTURE.md", ""),
        ];
        assert_eq!(findings(&pages), [""; 0]);
    }

    #[test]
    fn a_page_off_the_summary_is_found_unless_a_listed_page_leads_there() {
        let pages = [
            (SUMMARY, "- [Errors](errors/index.md)"),
            ("docs/errors/index.md", "[one](one.md)"),
            ("docs/errors/one.md", ""),
            ("docs/errors/two.md", ""),
        ];
        assert_eq!(findings(&pages), ["docs/errors/two.md: docs/SUMMARY.md does not lead here"]);
    }

    #[test]
    fn commands_of_the_readme_exist() {
        let table =
            "| verb | does |\n|---|---|\n| `mirror` | x |\n| `cutover` | not in this version |";
        let readme = "    cargo xtask test\n    cargo xtask fly\n    boatlift mirror A B\n    \
                      cargo run --release -- cutover\n";
        let pages = [
            (SUMMARY, "- [Verbs](operations/verbs.md)"),
            (VERBS_PAGE, table),
            ("README.md", readme),
        ];
        assert_eq!(
            findings(&pages),
            [
                "README.md: there is no `fly` in `cargo xtask fly`",
                "README.md: there is no `cutover` in `cargo run --release -- cutover`",
            ]
        );
    }
}
