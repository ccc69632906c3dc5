//! What the tests need on the machine, installed by name and only when missing.

mod go;
mod maven;
mod python;

pub(crate) use go::s5cmd;

use crate::process::{as_root, cargo, find, output, run};
use crate::{Result, cache};
use std::path::PathBuf;
use std::process::Command;

/// Programs and jars that the tests call, each with the Debian package that brings it.
const PACKAGES: &[(&str, &str)] = &[
    ("/usr/share/java/zookeeper.jar", "libzookeeper-java"),
    ("cc", "gcc"),
    ("ceph-mon", "ceph-mon"),
    ("ceph-osd", "ceph-osd"),
    ("curl", "curl"),
    ("dash", "dash"),
    ("getfattr", "attr"),
    ("ip", "iproute2"),
    ("javac", "openjdk-17-jdk-headless"),
    ("kadmin.local", "krb5-admin-server"),
    ("kinit", "krb5-user"),
    ("krb5kdc", "krb5-kdc"),
    ("ksh", "ksh93u+m"),
    ("mkfs.ext4", "e2fsprogs"),
    ("mvn", "maven"),
    ("openssl", "openssl"),
    ("perl", "perl"),
    ("pg_ctlcluster", "postgresql"),
    ("pip3", "python3-pip"),
    ("psql", "postgresql-client"),
    ("python3", "python3"),
    ("radosgw", "radosgw"),
    ("readelf", "binutils"),
    ("rsync", "rsync"),
    ("setfacl", "acl"),
    ("setpriv", "util-linux"),
    ("tcsh", "tcsh"),
];

/// Programs that only the benchmark calls.
const BENCH_PACKAGES: &[(&str, &str)] =
    &[("rclone", "rclone"), ("rsync", "rsync"), ("time", "time")];

const DENY_VERSION: &str = "0.20.2";

/// Installs the Debian packages of the tests.
///
/// # Errors
/// When a package is missing and cannot be installed.
pub(crate) fn packages() -> Result<()> {
    install(PACKAGES)
}

/// Runs the verb.
///
/// # Errors
/// On an option, and when something cannot be brought in.
pub(crate) fn provision(options: &[String]) -> Result<()> {
    match options {
        [] => packages().and_then(|()| services()),
        _ => Err("usage: cargo xtask provision".into()),
    }
}

/// Brings in what the services of the tests run from, into the cache.
///
/// # Errors
/// When something cannot be reached, or the cache cannot be written.
pub(crate) fn services() -> Result<()> {
    maven::sets()?;
    python::sets()?;
    go::programs()
}

/// Installs the Debian packages of the benchmarks.
///
/// # Errors
/// When a package is missing and cannot be installed.
pub(crate) fn bench_packages() -> Result<()> {
    install(BENCH_PACKAGES)
}

fn install(wanted: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let apt = |words: &[&str]| {
        let mut command = as_root("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet").args(words);
        command
    };
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend(&missing);
    if run(&mut apt(&words)).is_ok() {
        return Ok(());
    }
    run(&mut apt(&["update"]))?;
    run(&mut apt(&words))
}

/// The path of `cargo-deny` in the version we want, installed when it is not there.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let cache = cache()?;
    let binary = cache.join("tools/bin/cargo-deny");
    let wanted = format!("cargo-deny {DENY_VERSION}");
    let there = output(Command::new(&binary).arg("--version"));
    if there.is_ok_and(|version| version.trim() == wanted) {
        return Ok(binary);
    }
    let mut install = cargo(["install", "--locked", "--version", DENY_VERSION, "cargo-deny"]);
    install.arg("--root").arg(cache.join("tools"));
    install.env("CARGO_TARGET_DIR", cache.join("tools-target"));
    run(&mut install)?;
    Ok(binary)
}
