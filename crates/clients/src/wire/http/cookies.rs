//! Cookies of one server: what it set is sent back. They are kept for one wire, so that
//! paths and expiry do not matter; a load balancer's cookie keeps a session on its server.

use std::collections::BTreeMap;

/// The cookie that stands for a login. Source: Hive, `ThriftHttpServlet`.
const LOGIN: &str = "hive.server2.auth";
/// Cookies that are kept; more are those of no server of ours.
const MOST: usize = 64;
/// Bytes of one cookie that are kept.
const LONGEST: usize = 8 << 10;

#[derive(Default)]
pub(super) struct Cookies {
    values: BTreeMap<String, String>,
}

impl Cookies {
    /// Takes the `Set-Cookie` headers of an answer.
    pub(super) fn take<'a>(&mut self, headers: impl Iterator<Item = &'a str>) {
        for header in headers {
            let pair = header.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let (name, value) = (name.trim(), value.trim());
            if value.is_empty() || expires(header) {
                self.values.remove(name);
            } else if name.len() + value.len() <= LONGEST && self.values.len() < MOST {
                self.values.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The `Cookie` header of the next request.
    pub(super) fn header(&self) -> Option<String> {
        let pairs: Vec<_> =
            self.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Whether the server needs no other proof of who we are.
    pub(super) fn has_login(&self) -> bool {
        self.values.contains_key(LOGIN)
    }

    /// Drops a login that the server no longer accepts.
    pub(super) fn forget_login(&mut self) {
        self.values.remove(LOGIN);
    }
}

fn expires(header: &str) -> bool {
    let mut attributes = header.split(';').skip(1).filter_map(|part| part.split_once('='));
    attributes.any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("max-age") && value.trim().starts_with(['0', '-'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_sent_until_it_is_unset() {
        let mut cookies = Cookies::default();
        assert_eq!(cookies.header(), None);
        let set = ["route=.3; Path=/; Secure", "hive.server2.auth=\"cu=a&s=b=\"; HttpOnly", "odd"];
        cookies.take(set.into_iter());
        let header = "hive.server2.auth=\"cu=a&s=b=\"; route=.3";
        assert_eq!(cookies.header().as_deref(), Some(header));
        assert!(cookies.has_login());
        cookies.forget_login();
        assert!(!cookies.has_login());
        cookies.take(["route=x; Max-Age=0"].into_iter());
        assert_eq!(cookies.header(), None);
    }

    #[test]
    fn a_server_cannot_fill_the_memory() {
        let mut cookies = Cookies::default();
        let many: Vec<_> = (0..1000).map(|n| format!("c{n}=v")).collect();
        cookies.take(many.iter().map(String::as_str));
        cookies.take([format!("big={}", "x".repeat(LONGEST)).as_str()].into_iter());
        assert_eq!(cookies.values.len(), MOST);
    }
}
