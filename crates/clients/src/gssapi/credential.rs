//! Credentials: what we can prove to be.

use std::ffi::CString;
use std::time::Duration;

use super::error::{GssError, is_failure};
use super::library::{
    CREDENTIALS_EXPIRED, Handle, INDEFINITE, INITIATE, Library, StoreElement, StoreSet, library,
};
use super::name::Name;

/// Where tickets come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// A ticket cache, `FILE:/tmp/x`; without it, the one that the environment names.
    pub cache: Option<String>,
    /// A keytab to get a ticket with, which goes into the cache.
    pub keytab: Option<String>,
}

/// How long a credential can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// From now on, for this long.
    Remaining(Duration),
    /// No longer.
    Expired,
    /// For ever.
    Unlimited,
}

/// A credential to initiate contexts with.
pub struct Credential {
    library: &'static Library,
    handle: Handle,
}

#[allow(unsafe_code, reason = "the handle has no tie to a thread")]
// SAFETY: MIT guards a credential by a lock of its own.
unsafe impl Send for Credential {}

impl Credential {
    /// Takes a credential from a store; with a keytab, a ticket is fetched when the cache
    /// has none that is good.
    ///
    /// # Errors
    /// Says what the library or the key distribution centre objected to.
    #[allow(unsafe_code, reason = "calls the C library")]
    pub fn acquire(name: Option<&Name>, store: &Store) -> Result<Self, GssError> {
        let library = library()?;
        let values = store.values()?;
        let elements: Vec<_> = values
            .iter()
            .map(|(key, value)| StoreElement { key: key.as_ptr(), value: value.as_ptr() })
            .collect();
        let count = u32::try_from(elements.len()).unwrap_or(0);
        let set = StoreSet { count, elements: elements.as_ptr() };
        let (mut minor, mut handle) = (0, std::ptr::null_mut());
        // SAFETY: `values` keeps the strings and `elements` the array alive for the call; the
        // optional results are null, as RFC 2744 allows.
        let major = unsafe {
            (library.acquire_cred_from)(
                &raw mut minor,
                name.map_or(std::ptr::null_mut(), Name::handle),
                INDEFINITE,
                std::ptr::null_mut(),
                INITIATE,
                &raw const set,
                &raw mut handle,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        };
        if is_failure(major) {
            return Err(GssError::of(library, store.attempt(name), major, minor));
        }
        Ok(Self { library, handle })
    }

    /// Whose credential it is, and how long it lasts. This is when a ticket is fetched.
    ///
    /// # Errors
    /// Says what the library or the key distribution centre objected to.
    #[allow(unsafe_code, reason = "calls the C library")]
    pub fn inquire(&self) -> Result<(Name, Lifetime), GssError> {
        let (mut minor, mut seconds, mut name) = (0, 0, std::ptr::null_mut());
        // SAFETY: the handle is alive as long as `self`; the rest are locals.
        let major = unsafe {
            (self.library.inquire_cred)(
                &raw mut minor,
                self.handle,
                &raw mut name,
                &raw mut seconds,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        };
        let expired = major & 0xffff_0000 == CREDENTIALS_EXPIRED;
        if name.is_null() || (is_failure(major) && !expired) {
            let attempt = "looking at the Kerberos credential".to_owned();
            return Err(GssError::of(self.library, attempt, major, minor));
        }
        let lifetime = match seconds {
            _ if expired => Lifetime::Expired,
            0 => Lifetime::Expired,
            INDEFINITE => Lifetime::Unlimited,
            seconds => Lifetime::Remaining(Duration::from_secs(seconds.into())),
        };
        Ok((Name::adopt(self.library, name), lifetime))
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

impl Drop for Credential {
    #[allow(unsafe_code, reason = "calls the C library")]
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: the handle came from the library and is released only here.
        unsafe { (self.library.release_cred)(&raw mut minor, &raw mut self.handle) };
    }
}

impl Store {
    fn values(&self) -> Result<Vec<(CString, CString)>, GssError> {
        let given = [("ccache", &self.cache), ("client_keytab", &self.keytab)];
        let given = given.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
        given
            .map(|(key, value)| {
                let zero = |_| GssError::ZeroByte { what: "the name of a cache or keytab" };
                Ok((CString::new(key).map_err(zero)?, CString::new(value.as_str()).map_err(zero)?))
            })
            .collect()
    }

    fn attempt(&self, name: Option<&Name>) -> String {
        let who = name.map_or_else(String::new, |name| format!(" of {name}"));
        match (&self.keytab, &self.cache) {
            (Some(keytab), _) => format!("taking the credential{who} from the keytab {keytab}"),
            (None, Some(cache)) => {
                format!("taking the credential{who} from the ticket cache {cache}")
            }
            (None, None) => format!("taking the credential{who} from the default ticket cache"),
        }
    }
}
