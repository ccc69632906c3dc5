//! Names of users and services.

use super::error::{GssError, is_failure};
use super::library::{Buffer, Handle, Library, Oid, library};

/// `GSS_KRB5_NT_PRINCIPAL_NAME`, `1.2.840.113554.1.2.2.1`.
const PRINCIPAL: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01";
/// `GSS_C_NT_HOSTBASED_SERVICE`, `1.2.840.113554.1.2.1.4`.
const HOST_BASED: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04";

/// A name as the library holds it.
pub struct Name {
    library: &'static Library,
    handle: Handle,
}

#[allow(unsafe_code, reason = "the handle has no tie to a thread")]
// SAFETY: MIT's names are immutable after import and may be used and freed by any thread.
unsafe impl Send for Name {}

impl Name {
    /// A principal: `alice@REALM`, `hive/host@REALM`.
    ///
    /// # Errors
    /// Fails without a library and on what is no principal.
    pub fn principal(text: &str) -> Result<Self, GssError> {
        Self::import(text, PRINCIPAL)
    }

    /// A service, as Hive's settings name it: `hive/_HOST@REALM` with `_HOST` standing for
    /// `host`. Without a realm the library finds it from the host's name.
    ///
    /// # Errors
    /// Fails without a library and on what is no principal.
    pub fn service(text: &str, host: &str) -> Result<Self, GssError> {
        let expanded = expand_host(text, host);
        match expanded.split_once('/') {
            Some((service, place)) if !place.contains('@') => {
                Self::import(&format!("{service}@{place}"), HOST_BASED)
            }
            _ => Self::import(&expanded, PRINCIPAL),
        }
    }

    #[allow(unsafe_code, reason = "calls the C library")]
    fn import(text: &str, kind: &'static [u8]) -> Result<Self, GssError> {
        let library = library()?;
        let (bytes, kind) = (Buffer::lend(text.as_bytes()), Oid::lend(kind));
        let (mut minor, mut handle) = (0, std::ptr::null_mut());
        // SAFETY: every pointer is to a local that outlives the call.
        let major = unsafe {
            (library.import_name)(
                &raw mut minor,
                &raw const bytes,
                &raw const kind,
                &raw mut handle,
            )
        };
        if is_failure(major) {
            return Err(GssError::of(library, format!("reading the name {text}"), major, minor));
        }
        Ok(Self { library, handle })
    }

    /// Takes a name that the library made.
    pub(super) fn adopt(library: &'static Library, handle: Handle) -> Self {
        Self { library, handle }
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle
    }
}

impl std::fmt::Display for Name {
    #[allow(unsafe_code, reason = "calls the C library")]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut minor, mut text) = (0, Buffer::empty());
        // SAFETY: the handle is alive as long as `self`; the rest are locals.
        let major = unsafe {
            (self.library.display_name)(
                &raw mut minor,
                self.handle,
                &raw mut text,
                std::ptr::null_mut(),
            )
        };
        match is_failure(major) {
            true => f.write_str("(a name that cannot be shown)"),
            false => f.write_str(&String::from_utf8_lossy(&self.library.take(text))),
        }
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Name({self})")
    }
}

impl Drop for Name {
    #[allow(unsafe_code, reason = "calls the C library")]
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: the handle came from the library and is released only here.
        unsafe { (self.library.release_name)(&raw mut minor, &raw mut self.handle) };
    }
}

/// Puts the host's name in lower case where a principal has `_HOST` as its second part.
///
/// Source: Hadoop's `SecurityUtil.getServerPrincipal`.
pub fn expand_host(principal: &str, host: &str) -> String {
    let Some((service, rest)) = principal.split_once('/') else {
        return principal.to_owned();
    };
    let host = host.to_ascii_lowercase();
    match rest.split_once('@') {
        Some(("_HOST", realm)) => format!("{service}/{host}@{realm}"),
        None if rest == "_HOST" => format!("{service}/{host}"),
        _ => principal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_takes_its_place() {
        let host = "Node7.Example.ORG";
        assert_eq!(expand_host("hive/_HOST@R.ORG", host), "hive/node7.example.org@R.ORG");
        assert_eq!(expand_host("hive/_HOST", host), "hive/node7.example.org");
        assert_eq!(expand_host("hive/other@R.ORG", host), "hive/other@R.ORG");
        assert_eq!(expand_host("hive@_HOST", host), "hive@_HOST", "no second part");
    }

    #[test]
    fn names_are_shown_as_the_library_reads_them() {
        let name = Name::service("hive/_HOST@R.ORG", "Node7").expect("a name");
        assert_eq!(name.to_string(), "hive/node7@R.ORG");
        let name = Name::principal("alice@R.ORG").expect("a name");
        assert_eq!(name.to_string(), "alice@R.ORG");
    }
}
