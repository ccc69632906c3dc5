//! Exit codes: the one table of what the program says to whoever started it.

use boatlift_core::Code;
use boatlift_core::event::End;
use std::process::ExitCode;

/// How the program ended, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done: UPPER is as LOWER, or the command did what it says.
    Done = 0,
    /// Differences or failed items remain.
    Differences = 1,
    /// Refused as typed or configured; nothing was touched.
    Usage = 2,
    /// A person must decide.
    Waiting = 3,
    /// It could not go on.
    Failed = 4,
    /// Interrupted, with the state saved.
    Interrupted = 130,
}

/// The table as printed below `--help`.
pub(crate) const TABLE: &str = "\
Exit codes: 0 done, 1 differences or failed items remain, 2 usage or configuration,
3 waiting for a person, 4 failed, 130 interrupted with state saved.";

impl From<End> for Exit {
    fn from(end: End) -> Exit {
        match end {
            End::Done => Exit::Done,
            End::Differences => Exit::Differences,
            End::Waiting => Exit::Waiting,
            End::Failed => Exit::Failed,
            End::Interrupted => Exit::Interrupted,
        }
    }
}

impl From<Code> for Exit {
    fn from(code: Code) -> Exit {
        match code {
            Code::ConfigSyntax
            | Code::ConfigValue
            | Code::Usage
            | Code::MoveUnknown
            | Code::MoveClosed
            | Code::StateForeign
            | Code::StateNewer
            | Code::StateBusy
            | Code::StateOnNetwork
            | Code::RootMissing
            | Code::RootUnreadable
            | Code::RootsNested
            | Code::RootUnsupported
            | Code::RootOfAnotherMove
            | Code::ServerRefused
            | Code::S3Region
            | Code::S3Credentials
            | Code::HiveLocation
            | Code::HiveNotLinked
            | Code::PegasusNotReady
            | Code::PegasusForeign
            | Code::PlanStale
            | Code::NotReady
            | Code::WindowClosed
            | Code::UpperWritten
            | Code::NotRunning
            | Code::ControlRefused => Exit::Usage,
            Code::RemovalsHeld => Exit::Waiting,
            Code::Interrupted => Exit::Interrupted,
            Code::StateDamaged
            | Code::StateIo
            | Code::RootUnwritable
            | Code::TermNewer
            | Code::ListingFailed
            | Code::ReadFailed
            | Code::WriteFailed
            | Code::NoSpace
            | Code::Denied
            | Code::KeyEscapes
            | Code::AttributesRefused
            | Code::Unsupported
            | Code::InTheWay
            | Code::RemoveFailed
            | Code::FlushFailed
            | Code::ContentDiffers
            | Code::LookDiffers
            | Code::ServerUnreachable
            | Code::ServerFailed
            | Code::S3Archived
            | Code::GlueForeign
            | Code::GlueNotKept
            | Code::GlueThrottled
            | Code::GlueMissing
            | Code::PegasusStuck
            | Code::RedshiftMissing
            | Code::S3Throttled
            | Code::S3Unsupported
            | Code::HiveForeign
            | Code::HiveTranslated
            | Code::HiveNotReady
            | Code::HiveWritten
            | Code::HiveJobFailed
            | Code::SagaFailed
            | Code::SagaStuck
            | Code::SagaOpen
            | Code::DeadlinePassed
            | Code::Bug => Exit::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_table_names_every_exit_code() {
        for exit in [
            Exit::Done,
            Exit::Differences,
            Exit::Usage,
            Exit::Waiting,
            Exit::Failed,
            Exit::Interrupted,
        ] {
            let number = (exit as u8).to_string();
            let named = TABLE.split([' ', '\n']).any(|word| word == number);
            assert!(named, "{number} is missing from the table");
        }
    }
}
