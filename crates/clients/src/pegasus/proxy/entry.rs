//! The JSON of a table's node: `{"cluster_name": "c", "meta_addrs": "host:port,host:port"}`.
//!
//! Only the two values are ever exchanged; what else stands there, and how, stays byte for byte.

use std::net::IpAddr;
use std::ops::Range;

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::wire::Endpoint;

/// With fewer a proxy refuses all clients.
const FEWEST_METAS: usize = 2;
/// The longest node that ZooKeeper takes, unless told otherwise.
const LONGEST: usize = 1 << 20;

/// Why the data of a node is no entry, or cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A proxy would not understand it.
    #[error("the node's data is no entry of a meta-proxy: {0}")]
    Unreadable(String),
    /// A proxy would refuse all clients.
    #[error(
        "an entry with {0} meta server is refused by meta-proxies: two are needed; the same may be given twice"
    )]
    TooFewMetas(usize),
    /// The entry has addresses, which need no name service.
    #[error("the entry names meta servers by address, and {0} is a name: give addresses")]
    NamedMeta(Endpoint),
}

/// Which cluster a table's clients are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyEntry {
    text: String,
    cluster_name: Member,
    meta_addrs: Member,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    value: String,
    /// Where it stands in the text, quotes included.
    place: Range<usize>,
}

impl ProxyEntry {
    /// Reads the data of a node.
    ///
    /// # Errors
    /// When it is no JSON object with both members as texts, once each. A proxy takes a member's
    /// name in any case.
    pub fn read(bytes: &[u8]) -> Result<Self, EntryError> {
        let unreadable = |reason: &str| EntryError::Unreadable(reason.to_owned());
        if bytes.len() > LONGEST {
            return Err(unreadable("it is longer than a node may be"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))?;
        let members = members(text).ok_or_else(|| unreadable("it is not one JSON object"))?;
        let find = |name: &str| {
            let mut found = members.iter().filter(|(there, _)| there.eq_ignore_ascii_case(name));
            let member = match (found.next(), found.next()) {
                (Some((_, place)), None) => place.clone(),
                (None, _) => return Err(EntryError::Unreadable(format!("it has no {name}"))),
                _ => return Err(EntryError::Unreadable(format!("it has {name} twice"))),
            };
            let value = serde_json::from_str(&text[member.clone()]);
            let value =
                value.map_err(|_| EntryError::Unreadable(format!("its {name} is not a text")))?;
            Ok(Member { value, place: member })
        };
        let (cluster_name, meta_addrs) = (find("cluster_name")?, find("meta_addrs")?);
        Ok(Self { text: text.to_owned(), cluster_name, meta_addrs })
    }

    /// The cluster, by the name that it has for itself.
    #[must_use]
    pub fn cluster_name(&self) -> &str {
        &self.cluster_name.value
    }

    /// Its meta servers, as they stand there.
    pub fn metas(&self) -> impl Iterator<Item = &str> {
        self.meta_addrs.value.split(',').map(str::trim).filter(|meta| !meta.is_empty())
    }

    /// The data of a node that sends clients to another cluster, and is otherwise the same.
    ///
    /// # Errors
    /// When proxies would refuse it, or could not find the meta servers by what they found the
    /// present ones by.
    pub fn pointing_to(&self, cluster: &str, metas: &[Endpoint]) -> Result<Vec<u8>, EntryError> {
        if metas.len() < FEWEST_METAS {
            return Err(EntryError::TooFewMetas(metas.len()));
        }
        let has_addresses =
            self.metas().all(|meta| meta.parse().is_ok_and(|meta: Endpoint| is_address(&meta)));
        if let Some(named) = metas.iter().find(|meta| has_addresses && !is_address(meta)) {
            return Err(EntryError::NamedMeta(named.clone()));
        }
        let metas: Vec<String> = metas.iter().map(ToString::to_string).collect();
        let mut values = [(&self.cluster_name, cluster), (&self.meta_addrs, &metas.join(","))];
        values.sort_by_key(|(member, _)| std::cmp::Reverse(member.place.start));
        let mut text = self.text.clone();
        for (member, value) in values {
            text.replace_range(member.place.clone(), &serde_json::Value::from(value).to_string());
        }
        let bytes = text.into_bytes();
        Self::read(&bytes).map(|_| bytes)
    }
}

fn is_address(meta: &Endpoint) -> bool {
    meta.host.parse::<IpAddr>().is_ok()
}

/// The members of the one object in a text: names, and where the values stand.
fn members(text: &str) -> Option<Vec<(String, Range<usize>)>> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut at = after(text, 0, '{')?;
    let mut members = Vec::new();
    if after(text, at, '}').is_some() {
        return Some(members);
    }
    loop {
        let (name, end) = value::<String>(text, at)?;
        let begin = after(text, end, ':')?;
        let begin = begin + text[begin..].find(|c: char| !c.is_ascii_whitespace())?;
        let (IgnoredAny, end) = value(text, begin)?;
        members.push((name, begin..end));
        match after(text, end, ',') {
            Some(next) => at = next,
            None => return after(text, end, '}').map(|_| members),
        }
    }
}

/// Where it goes on after a sign.
fn after(text: &str, at: usize, sign: char) -> Option<usize> {
    let rest = text[at..].trim_ascii_start().strip_prefix(sign)?;
    Some(text.len() - rest.len())
}

/// A value, and where it ends.
fn value<T: DeserializeOwned>(text: &str, at: usize) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter();
    let value = values.next()?.ok()?;
    Some((value, at + values.byte_offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metas(texts: &[&str]) -> Vec<Endpoint> {
        texts.iter().map(|text| text.parse().expect("an endpoint")).collect()
    }

    fn unreadable(text: &str) -> String {
        match ProxyEntry::read(text.as_bytes()) {
            Err(EntryError::Unreadable(reason)) => reason,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn only_the_two_values_are_exchanged() {
        for (old, new) in [
            (
                r#"{"cluster_name": "a", "meta_addrs": "10.0.0.1:34601,10.0.0.2:34601"}"#,
                r#"{"cluster_name": "b", "meta_addrs": "10.0.1.1:34601,10.0.1.2:34601"}"#,
            ),
            (
                "\n{ \"meta_addrs\" :\"10.0.0.1:34601\", \"note\": {\"cluster_name\": 1e3},\n \
                 \"Cluster_Name\":\"\\u0061\" } ",
                "\n{ \"meta_addrs\" :\"10.0.1.1:34601,10.0.1.2:34601\", \
                 \"note\": {\"cluster_name\": 1e3},\n \"Cluster_Name\":\"b\" } ",
            ),
        ] {
            let entry = ProxyEntry::read(old.as_bytes()).expect("an entry");
            assert_eq!(entry.cluster_name(), "a");
            let to = metas(&["10.0.1.1:34601", "10.0.1.2:34601"]);
            let written = entry.pointing_to("b", &to).expect("an entry");
            assert_eq!(String::from_utf8(written).expect("text"), new);
        }
    }

    #[test]
    fn a_name_cannot_end_its_text() {
        let entry = ProxyEntry::read(br#"{"cluster_name":"a","meta_addrs":"x:1,y:1"}"#);
        let odd = "b\",\"meta_addrs\":\"";
        let written = entry.expect("an entry").pointing_to(odd, &metas(&["x:2", "x:2"]));
        let read = ProxyEntry::read(&written.expect("an entry")).expect("an entry");
        assert_eq!(read.cluster_name(), odd);
        assert_eq!(read.metas().collect::<Vec<_>>(), ["x:2", "x:2"]);
    }

    #[test]
    fn what_ends_or_disables_proxies_is_not_written() {
        let entry = ProxyEntry::read(br#"{"cluster_name":"a","meta_addrs":"10.0.0.1:1"}"#);
        let entry = entry.expect("an entry");
        let one = entry.pointing_to("b", &metas(&["10.0.0.2:1"]));
        assert_eq!(one, Err(EntryError::TooFewMetas(1)));
        let named = entry.pointing_to("b", &metas(&["10.0.0.2:1", "meta.example.org:1"]));
        assert_eq!(named, Err(EntryError::NamedMeta(Endpoint::new("meta.example.org", 1))));
    }

    #[test]
    fn what_no_proxy_reads_is_told() {
        for text in ["", "[]", "null", "{", "{}x", r#"{"cluster_name":"a"}{}"#, "{,}"] {
            assert_eq!(unreadable(text), "it is not one JSON object", "{text}");
        }
        assert_eq!(unreadable("{}"), "it has no cluster_name");
        assert_eq!(
            unreadable(r#"{"cluster_name":1,"meta_addrs":""}"#),
            "its cluster_name is not a text"
        );
        let twice = r#"{"cluster_name":"a","CLUSTER_NAME":"b","meta_addrs":""}"#;
        assert_eq!(unreadable(twice), "it has cluster_name twice");
        let deep = "[".repeat(100_000);
        assert_eq!(unreadable(&format!("{{\"a\":{deep}")), "it is not one JSON object");
        assert_eq!(
            ProxyEntry::read(&[b'{', 0xff]).map_err(|error| error.to_string()),
            Err("the node's data is no entry of a meta-proxy: it is not UTF-8".to_owned())
        );
    }
}
