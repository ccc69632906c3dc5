//! The C library: its types, its functions, and how it is found.
//!
//! The declarations follow RFC 2744 and MIT's `gssapi.h` and `gssapi_ext.h` on 64-bit Linux.

use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

use super::error::GssError;

/// The sonames of MIT Kerberos.
const SONAMES: [&str; 2] = ["libgssapi_krb5.so.2", "libgssapi_krb5.so"];

/// `GSS_S_CONTINUE_NEEDED`.
pub(super) const CONTINUE_NEEDED: u32 = 1;
/// `GSS_S_CREDENTIALS_EXPIRED`, a routine error.
pub(super) const CREDENTIALS_EXPIRED: u32 = 11 << 16;
/// `GSS_C_INDEFINITE`.
pub(super) const INDEFINITE: u32 = u32::MAX;
/// `GSS_C_INITIATE`.
pub(super) const INITIATE: c_int = 1;

/// `gss_buffer_desc`.
#[repr(C)]
pub(super) struct Buffer {
    pub(super) length: usize,
    pub(super) value: *mut c_void,
}

/// `gss_OID_desc`.
#[repr(C)]
pub(super) struct Oid {
    pub(super) length: u32,
    pub(super) elements: *const c_void,
}

/// `gss_key_value_element_desc`.
#[repr(C)]
pub(super) struct StoreElement {
    pub(super) key: *const c_char,
    pub(super) value: *const c_char,
}

/// `gss_key_value_set_desc`.
#[repr(C)]
pub(super) struct StoreSet {
    pub(super) count: u32,
    pub(super) elements: *const StoreElement,
}

/// An opaque handle of the library: a name, a credential or a context.
pub(super) type Handle = *mut c_void;

/// The functions in use.
#[rustfmt::skip]
pub(super) struct Library {
    pub(super) import_name: unsafe extern "C" fn(*mut u32, *const Buffer, *const Oid, *mut Handle) -> u32,
    pub(super) display_name: unsafe extern "C" fn(*mut u32, Handle, *mut Buffer, *mut *const Oid) -> u32,
    pub(super) release_name: unsafe extern "C" fn(*mut u32, *mut Handle) -> u32,
    pub(super) acquire_cred_from: unsafe extern "C" fn(*mut u32, Handle, u32, *mut c_void, c_int, *const StoreSet, *mut Handle, *mut c_void, *mut u32) -> u32,
    pub(super) inquire_cred: unsafe extern "C" fn(*mut u32, Handle, *mut Handle, *mut u32, *mut c_int, *mut c_void) -> u32,
    pub(super) release_cred: unsafe extern "C" fn(*mut u32, *mut Handle) -> u32,
    pub(super) init_sec_context: unsafe extern "C" fn(*mut u32, Handle, *mut Handle, Handle, *const Oid, u32, u32, *mut c_void, *const Buffer, *mut *const Oid, *mut Buffer, *mut u32, *mut u32) -> u32,
    pub(super) delete_sec_context: unsafe extern "C" fn(*mut u32, *mut Handle, *mut Buffer) -> u32,
    pub(super) wrap: unsafe extern "C" fn(*mut u32, Handle, c_int, u32, *const Buffer, *mut c_int, *mut Buffer) -> u32,
    pub(super) unwrap: unsafe extern "C" fn(*mut u32, Handle, *const Buffer, *mut Buffer, *mut c_int, *mut u32) -> u32,
    pub(super) wrap_size_limit: unsafe extern "C" fn(*mut u32, Handle, c_int, u32, u32, *mut u32) -> u32,
    pub(super) display_status: unsafe extern "C" fn(*mut u32, u32, c_int, *const Oid, *mut u32, *mut Buffer) -> u32,
    pub(super) release_buffer: unsafe extern "C" fn(*mut u32, *mut Buffer) -> u32,
    /// Keeps the code of the functions mapped.
    _file: libloading::Library,
}

/// The library, opened at the first call and kept for the life of the process.
pub(super) fn library() -> Result<&'static Library, GssError> {
    static LIBRARY: OnceLock<Result<Library, GssError>> = OnceLock::new();
    LIBRARY.get_or_init(|| load(&SONAMES)).as_ref().map_err(Clone::clone)
}

fn load(names: &[&str]) -> Result<Library, GssError> {
    let mut reason = String::new();
    for name in names {
        match open(name) {
            Ok(file) => return resolve(file),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(GssError::Missing { reason })
}

#[allow(unsafe_code, reason = "opening a library runs its initialisers")]
fn open(name: &str) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: the initialisers of MIT Kerberos only prepare locks and mechanism tables.
    unsafe { libloading::Library::new(name) }
}

#[allow(unsafe_code, reason = "a symbol is given the type that its header declares")]
fn resolve(file: libloading::Library) -> Result<Library, GssError> {
    macro_rules! symbol {
        ($name:literal) => {
            // SAFETY: the field's type repeats the declaration of RFC 2744 or `gssapi_ext.h`,
            // and the function is used only while `_file` keeps the library open.
            *unsafe { file.get(concat!($name, "\0").as_bytes()) }
                .map_err(|_| GssError::Outdated { symbol: $name })?
        };
    }
    Ok(Library {
        import_name: symbol!("gss_import_name"),
        display_name: symbol!("gss_display_name"),
        release_name: symbol!("gss_release_name"),
        acquire_cred_from: symbol!("gss_acquire_cred_from"),
        inquire_cred: symbol!("gss_inquire_cred"),
        release_cred: symbol!("gss_release_cred"),
        init_sec_context: symbol!("gss_init_sec_context"),
        delete_sec_context: symbol!("gss_delete_sec_context"),
        wrap: symbol!("gss_wrap"),
        unwrap: symbol!("gss_unwrap"),
        wrap_size_limit: symbol!("gss_wrap_size_limit"),
        display_status: symbol!("gss_display_status"),
        release_buffer: symbol!("gss_release_buffer"),
        _file: file,
    })
}

impl Library {
    /// Copies what the library allocated, and gives it back to the library.
    #[allow(unsafe_code, reason = "the bytes belong to the C library")]
    pub(super) fn take(&self, mut buffer: Buffer) -> Vec<u8> {
        if buffer.value.is_null() {
            return Vec::new();
        }
        let mut minor = 0;
        // SAFETY: the library filled in `length` and `value` together, and the buffer is
        // released once, after its bytes were copied.
        unsafe {
            let bytes = std::slice::from_raw_parts(buffer.value.cast::<u8>(), buffer.length);
            let copy = bytes.to_vec();
            (self.release_buffer)(&raw mut minor, &raw mut buffer);
            copy
        }
    }
}

impl Buffer {
    /// A buffer for the library to fill.
    pub(super) fn empty() -> Self {
        Self { length: 0, value: std::ptr::null_mut() }
    }

    /// Lends bytes to a function that only reads them.
    pub(super) fn lend(bytes: &[u8]) -> Self {
        Self { length: bytes.len(), value: bytes.as_ptr().cast_mut().cast() }
    }
}

impl Oid {
    /// Lends the encoded form of an object identifier.
    pub(super) fn lend(elements: &'static [u8]) -> Self {
        Self {
            length: u32::try_from(elements.len()).unwrap_or(0),
            elements: elements.as_ptr().cast(),
        }
    }
}

/// Kerberos 5, `1.2.840.113554.1.2.2`.
pub(super) const KERBEROS: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_the_library_is_told_which_package_has_it() {
        let Err(error) = load(&["libboatlift-has-no-such.so.9"]) else { panic!("no such library") };
        let text = error.to_string();
        assert!(text.contains("libgssapi-krb5-2") && text.contains("krb5-libs"), "{text}");
    }

    #[test]
    fn a_library_without_the_functions_is_refused() {
        let Err(error) = load(&["libm.so.6"]) else { panic!("no GSSAPI in there") };
        assert!(matches!(error, GssError::Outdated { symbol: "gss_import_name" }), "{error}");
    }
}
