//! The pages of the book on errors, as `boatlift explain CODE` prints them.

use boatlift_core::Code;

/// The page of one code, in Markdown.
pub(crate) fn page(code: Code) -> &'static str {
    match code {
        Code::ConfigSyntax => include_str!("../../../docs/errors/BL-CONFIG-001.md"),
        Code::ConfigValue => include_str!("../../../docs/errors/BL-CONFIG-002.md"),
        Code::Usage => include_str!("../../../docs/errors/BL-CONFIG-003.md"),
        Code::MoveUnknown => include_str!("../../../docs/errors/BL-MOVE-001.md"),
        Code::MoveClosed => include_str!("../../../docs/errors/BL-MOVE-002.md"),
        Code::StateForeign => include_str!("../../../docs/errors/BL-STATE-001.md"),
        Code::StateNewer => include_str!("../../../docs/errors/BL-STATE-002.md"),
        Code::StateBusy => include_str!("../../../docs/errors/BL-STATE-003.md"),
        Code::StateOnNetwork => include_str!("../../../docs/errors/BL-STATE-004.md"),
        Code::StateDamaged => include_str!("../../../docs/errors/BL-STATE-005.md"),
        Code::StateIo => include_str!("../../../docs/errors/BL-STATE-006.md"),
        Code::RootMissing => include_str!("../../../docs/errors/BL-ROOT-001.md"),
        Code::RootUnreadable => include_str!("../../../docs/errors/BL-ROOT-002.md"),
        Code::RootsNested => include_str!("../../../docs/errors/BL-ROOT-003.md"),
        Code::RootUnwritable => include_str!("../../../docs/errors/BL-ROOT-004.md"),
        Code::RootUnsupported => include_str!("../../../docs/errors/BL-ROOT-005.md"),
        Code::TermNewer => include_str!("../../../docs/errors/BL-ROOT-006.md"),
        Code::RootOfAnotherMove => include_str!("../../../docs/errors/BL-ROOT-007.md"),
        Code::ListingFailed => include_str!("../../../docs/errors/BL-LIST-001.md"),
        Code::ReadFailed => include_str!("../../../docs/errors/BL-COPY-001.md"),
        Code::WriteFailed => include_str!("../../../docs/errors/BL-COPY-002.md"),
        Code::NoSpace => include_str!("../../../docs/errors/BL-COPY-003.md"),
        Code::Denied => include_str!("../../../docs/errors/BL-COPY-004.md"),
        Code::KeyEscapes => include_str!("../../../docs/errors/BL-COPY-005.md"),
        Code::AttributesRefused => include_str!("../../../docs/errors/BL-COPY-006.md"),
        Code::Unsupported => include_str!("../../../docs/errors/BL-COPY-007.md"),
        Code::InTheWay => include_str!("../../../docs/errors/BL-COPY-008.md"),
        Code::RemoveFailed => include_str!("../../../docs/errors/BL-COPY-009.md"),
        Code::FlushFailed => include_str!("../../../docs/errors/BL-COPY-010.md"),
        Code::RemovalsHeld => include_str!("../../../docs/errors/BL-PLAN-001.md"),
        Code::PlanStale => include_str!("../../../docs/errors/BL-PLAN-002.md"),
        Code::ContentDiffers => include_str!("../../../docs/errors/BL-VERIFY-001.md"),
        Code::LookDiffers => include_str!("../../../docs/errors/BL-VERIFY-002.md"),
        Code::NotRunning => include_str!("../../../docs/errors/BL-CONTROL-001.md"),
        Code::ControlRefused => include_str!("../../../docs/errors/BL-CONTROL-002.md"),
        Code::SagaFailed => include_str!("../../../docs/errors/BL-CUTOVER-001.md"),
        Code::SagaStuck => include_str!("../../../docs/errors/BL-CUTOVER-002.md"),
        Code::DeadlinePassed => include_str!("../../../docs/errors/BL-CUTOVER-003.md"),
        Code::SagaOpen => include_str!("../../../docs/errors/BL-CUTOVER-004.md"),
        Code::NotReady => include_str!("../../../docs/errors/BL-CUTOVER-005.md"),
        Code::WindowClosed => include_str!("../../../docs/errors/BL-CUTOVER-006.md"),
        Code::UpperWritten => include_str!("../../../docs/errors/BL-CUTOVER-007.md"),
        Code::ServerUnreachable => include_str!("../../../docs/errors/BL-SERVER-001.md"),
        Code::ServerRefused => include_str!("../../../docs/errors/BL-SERVER-002.md"),
        Code::ServerFailed => include_str!("../../../docs/errors/BL-SERVER-003.md"),
        Code::HiveForeign => include_str!("../../../docs/errors/BL-HIVE-001.md"),
        Code::HiveTranslated => include_str!("../../../docs/errors/BL-HIVE-002.md"),
        Code::HiveNotReady => include_str!("../../../docs/errors/BL-HIVE-003.md"),
        Code::HiveWritten => include_str!("../../../docs/errors/BL-HIVE-004.md"),
        Code::HiveLocation => include_str!("../../../docs/errors/BL-HIVE-005.md"),
        Code::HiveNotLinked => include_str!("../../../docs/errors/BL-HIVE-006.md"),
        Code::HiveJobFailed => include_str!("../../../docs/errors/BL-HIVE-007.md"),
        Code::S3Region => include_str!("../../../docs/errors/BL-S3-001.md"),
        Code::GlueForeign => include_str!("../../../docs/errors/BL-GLUE-001.md"),
        Code::GlueNotKept => include_str!("../../../docs/errors/BL-GLUE-002.md"),
        Code::GlueThrottled => include_str!("../../../docs/errors/BL-GLUE-003.md"),
        Code::GlueMissing => include_str!("../../../docs/errors/BL-GLUE-004.md"),
        Code::PegasusNotReady => include_str!("../../../docs/errors/BL-PEGASUS-001.md"),
        Code::PegasusForeign => include_str!("../../../docs/errors/BL-PEGASUS-002.md"),
        Code::PegasusStuck => include_str!("../../../docs/errors/BL-PEGASUS-003.md"),
        Code::RedshiftMissing => include_str!("../../../docs/errors/BL-REDSHIFT-001.md"),
        Code::S3Archived => include_str!("../../../docs/errors/BL-S3-002.md"),
        Code::S3Credentials => include_str!("../../../docs/errors/BL-S3-003.md"),
        Code::S3Throttled => include_str!("../../../docs/errors/BL-S3-004.md"),
        Code::S3Unsupported => include_str!("../../../docs/errors/BL-S3-005.md"),
        Code::Interrupted => include_str!("../../../docs/errors/BL-RUN-001.md"),
        Code::Bug => include_str!("../../../docs/errors/BL-RUN-002.md"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_short_page() {
        for code in Code::ALL {
            let page = page(*code);
            let title = format!("# {code}: {}\n", code.title());
            assert!(page.starts_with(&title), "the page of {code} begins otherwise");
            for part in ["**What it means.**", "**State.**", "**What to do.**"] {
                assert!(page.contains(part), "the page of {code} lacks {part}");
            }
            let lines = page.lines().count();
            assert!((6..=16).contains(&lines), "the page of {code} has {lines} lines");
        }
    }
}
