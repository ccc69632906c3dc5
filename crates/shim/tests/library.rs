//! The library as a file: what it asks of the systems that it is loaded on, read with
//! `readelf`.

use boatlift_shim::{LIBRARY, file_name};
use std::collections::BTreeSet;
use std::process::Command;

fn readelf(options: &[&str]) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(file_name());
    std::fs::write(&path, LIBRARY).expect("written");
    let output = Command::new("readelf").args(options).arg(&path).output().expect("readelf runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

/// Symbols of the dynamic table, defined or not.
fn symbols(defined: bool) -> BTreeSet<String> {
    let table = readelf(&["--wide", "--dyn-syms"]);
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.len() >= 8 && row[4] != "LOCAL" && (row[6] != "UND") == defined)
        .map(|row| row[7].to_owned())
        .collect()
}

#[test]
fn it_needs_nothing_that_glibc_2_17_or_musl_lacks() {
    // All of these are in glibc since 2.2.5 and in musl. They are asked for without a version,
    // so that no loader can miss one.
    let known = ["bcmp", "dl_iterate_phdr", "environ", "memcpy", "memmove", "memset"];
    let needed = symbols(false);
    let strange: Vec<_> = needed.iter().filter(|name| !known.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert!(!readelf(&["--version-info"]).contains("Version needs"));
}

#[test]
fn it_loads_no_other_library_and_has_no_storage_by_thread() {
    assert!(!readelf(&["--dynamic"]).contains("(NEEDED)"));
    let segments = readelf(&["--wide", "--segments"]);
    assert!(!segments.contains("TLS"));
    assert!(segments.contains("GNU_STACK") && !segments.contains("RWE"));
}

#[test]
fn it_stands_before_calls_that_change_files_and_before_no_others() {
    let defined = symbols(true);
    for name in [
        "open",
        "open64",
        "openat",
        "openat64",
        "creat",
        "fopen64",
        "fclose",
        "close",
        "dup2",
        "rename",
        "renameat2",
        "link",
        "symlinkat",
        "unlinkat",
        "rmdir",
        "mkdirat",
        "truncate64",
        "fchmodat",
        "utimensat",
        "fsetxattr",
        "mmap64",
        "munmap",
        "fork",
        "vfork",
        "_exit",
        "execve",
    ] {
        assert!(defined.contains(name), "{name} is missing of {defined:?}");
    }
    for name in ["write", "read", "malloc", "memcpy", "posix_spawn", "rust_eh_personality"] {
        assert!(!defined.contains(name), "{name} must not be there");
    }
}
