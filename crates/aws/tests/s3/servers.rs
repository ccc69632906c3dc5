//! The servers of the tests, each started once.

use boatlift_testkit::services::moto::Moto;
use boatlift_testkit::services::radosgw::Radosgw;
use boatlift_testkit::services::s3::S3Endpoint;
use boatlift_testkit::services::versitygw::{Versitygw, VersitygwOptions};
use std::sync::LazyLock;

static VERSITYGW: LazyLock<Versitygw> = LazyLock::new(|| {
    let started = Versitygw::start(&VersitygwOptions::default());
    started.unwrap_or_else(|error| panic!("{error}"))
});

static RADOSGW: LazyLock<Radosgw> =
    LazyLock::new(|| Radosgw::start().unwrap_or_else(|error| panic!("{error}")));

static MOTO: LazyLock<Moto> =
    LazyLock::new(|| Moto::start().unwrap_or_else(|error| panic!("{error}")));

/// Knows storage classes that must be restored before they are read.
pub(crate) fn moto() -> &'static S3Endpoint {
    MOTO.endpoint()
}

/// Knows checksums and conditions; its objects are files.
pub(crate) fn versitygw() -> &'static S3Endpoint {
    VERSITYGW.endpoint()
}

/// Takes every key that Amazon takes; knows no checksums.
pub(crate) fn radosgw() -> &'static S3Endpoint {
    RADOSGW.endpoint()
}
