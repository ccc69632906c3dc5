//! Security contexts: a proof of who is on both ends, and protection of what they say.

use std::ffi::c_int;

use super::credential::Credential;
use super::error::{GssError, is_failure};
use super::library::{Buffer, CONTINUE_NEEDED, Handle, KERBEROS, Library, Oid, library};
use super::name::Name;

/// `GSS_C_MUTUAL_FLAG`.
const MUTUAL: u32 = 2;
/// `GSS_C_REPLAY_FLAG` and `GSS_C_SEQUENCE_FLAG`.
const ORDERED: u32 = 4 | 8;
/// `GSS_C_CONF_FLAG`.
const CONFIDENTIAL: u32 = 16;
/// `GSS_C_INTEG_FLAG`.
const INTEGRITY: u32 = 32;

/// How a message is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// Readable, but not alterable unnoticed.
    Signed,
    /// Not readable either.
    Encrypted,
}

/// One round of setting a context up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to send; may be empty.
    pub token: Vec<u8>,
    /// Whether our side is done.
    pub established: bool,
}

/// The initiating end of a context with Kerberos and mutual authentication.
pub struct Context {
    library: &'static Library,
    handle: Handle,
    credential: Credential,
    target: Name,
    granted: u32,
    established: bool,
}

#[allow(unsafe_code, reason = "the handle has no tie to a thread")]
// SAFETY: a context is used by one thread at a time, as `&mut self` ensures; MIT allows it to
// be another one than made it.
unsafe impl Send for Context {}

impl Context {
    /// A context to be set up with `target`.
    ///
    /// # Errors
    /// Fails without a library.
    pub fn new(credential: Credential, target: Name) -> Result<Self, GssError> {
        Ok(Self {
            library: library()?,
            handle: std::ptr::null_mut(),
            credential,
            target,
            granted: 0,
            established: false,
        })
    }

    /// Takes what the other side sent, nothing at first, and says what to send it.
    ///
    /// # Errors
    /// Fails when no ticket for the target can be had or the other side proves nothing.
    #[allow(unsafe_code, reason = "calls the C library")]
    pub fn step(&mut self, received: &[u8]) -> Result<Step, GssError> {
        let (input, mechanism) = (Buffer::lend(received), Oid::lend(KERBEROS));
        let (mut minor, mut output) = (0, Buffer::empty());
        // SAFETY: the handles are alive as long as `self`, the rest are locals; the context's
        // handle is null at first and the library's own from then on.
        let major = unsafe {
            (self.library.init_sec_context)(
                &raw mut minor,
                self.credential.handle(),
                &raw mut self.handle,
                self.target.handle(),
                &raw const mechanism,
                MUTUAL | ORDERED | CONFIDENTIAL | INTEGRITY,
                0,
                std::ptr::null_mut(),
                &raw const input,
                std::ptr::null_mut(),
                &raw mut output,
                &raw mut self.granted,
                std::ptr::null_mut(),
            )
        };
        let token = self.library.take(output);
        if is_failure(major) {
            let attempt = format!("proving who we are to {}", self.target);
            return Err(GssError::of(self.library, attempt, major, minor));
        }
        self.established = major & CONTINUE_NEEDED == 0;
        if self.established && self.granted & MUTUAL == 0 {
            return Err(GssError::Protocol("the server did not prove who it is"));
        }
        Ok(Step { token, established: self.established })
    }

    /// Protects a message.
    ///
    /// # Errors
    /// Fails on a context that is not set up or has expired.
    #[allow(unsafe_code, reason = "calls the C library")]
    pub fn wrap(&mut self, message: &[u8], sealing: Sealing) -> Result<Vec<u8>, GssError> {
        let handle = self.ready()?;
        let input = Buffer::lend(message);
        let (mut minor, mut sealed, mut output) = (0, 0, Buffer::empty());
        // SAFETY: the context is set up and alive; the rest are locals.
        let major = unsafe {
            (self.library.wrap)(
                &raw mut minor,
                handle,
                sealing.request(),
                0,
                &raw const input,
                &raw mut sealed,
                &raw mut output,
            )
        };
        let wrapped = self.library.take(output);
        self.check("protecting a message", major, minor)?;
        match sealing == Sealing::Encrypted && sealed == 0 {
            true => Err(GssError::Protocol("the Kerberos context cannot encrypt")),
            false => Ok(wrapped),
        }
    }

    /// Checks and opens a message.
    ///
    /// # Errors
    /// Fails on a message that was altered, repeated or left in clear against `least`.
    #[allow(unsafe_code, reason = "calls the C library")]
    pub fn unwrap(&mut self, message: &[u8], least: Sealing) -> Result<Vec<u8>, GssError> {
        let handle = self.ready()?;
        let input = Buffer::lend(message);
        let (mut minor, mut sealed, mut output) = (0, 0, Buffer::empty());
        // SAFETY: the context is set up and alive; the rest are locals.
        let major = unsafe {
            (self.library.unwrap)(
                &raw mut minor,
                handle,
                &raw const input,
                &raw mut output,
                &raw mut sealed,
                std::ptr::null_mut(),
            )
        };
        let opened = self.library.take(output);
        // Besides errors, the supplementary bits say: repeated, old, out of order.
        if major != 0 {
            let attempt = format!("checking a message from {}", self.target);
            return Err(GssError::of(self.library, attempt, major, minor));
        }
        match least == Sealing::Encrypted && sealed == 0 {
            true => Err(GssError::Protocol("the server sent in clear what should be encrypted")),
            false => Ok(opened),
        }
    }

    /// The longest message whose protected form has at most `most` bytes.
    ///
    /// # Errors
    /// Fails on a context that is not set up or has expired.
    #[allow(unsafe_code, reason = "calls the C library")]
    pub fn longest(&mut self, most: u32, sealing: Sealing) -> Result<u32, GssError> {
        let handle = self.ready()?;
        let (mut minor, mut longest) = (0, 0);
        // SAFETY: the context is set up and alive; the rest are locals.
        let major = unsafe {
            (self.library.wrap_size_limit)(
                &raw mut minor,
                handle,
                sealing.request(),
                0,
                most,
                &raw mut longest,
            )
        };
        self.check("asking for the longest message", major, minor)?;
        Ok(longest)
    }

    fn ready(&self) -> Result<Handle, GssError> {
        match self.established {
            true => Ok(self.handle),
            false => Err(GssError::Protocol("the Kerberos context is not set up yet")),
        }
    }

    fn check(&self, attempt: &str, major: u32, minor: u32) -> Result<(), GssError> {
        match is_failure(major) {
            true => Err(GssError::of(self.library, attempt.to_owned(), major, minor)),
            false => Ok(()),
        }
    }
}

impl Sealing {
    fn request(self) -> c_int {
        match self {
            Self::Signed => 0,
            Self::Encrypted => 1,
        }
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({}, established: {})", self.target, self.established)
    }
}

impl Drop for Context {
    #[allow(unsafe_code, reason = "calls the C library")]
    fn drop(&mut self) {
        if self.handle.is_null() {
            return;
        }
        let mut minor = 0;
        // SAFETY: the handle came from the library and is released only here; no token for
        // the other side is asked for.
        unsafe {
            (self.library.delete_sec_context)(
                &raw mut minor,
                &raw mut self.handle,
                std::ptr::null_mut(),
            )
        };
    }
}
