//! Hints: for every kind of error, the one thing to try first. The book's page, which
//! `boatlift explain CODE` prints, has the rest.

use boatlift_core::Code;

/// What a person should try first.
pub(crate) fn hint(code: Code) -> &'static str {
    match code {
        Code::ConfigSyntax => "correct that line; `boatlift config schema` lists every key",
        Code::ConfigValue => "correct that value; `boatlift init` prints a commented example",
        Code::Usage => "`boatlift help VERB` lists arguments and options",
        Code::MoveUnknown => "`boatlift status` lists the moves; each user has another state home",
        Code::MoveClosed => "start a new move with another name; `boatlift report` shows this one",
        Code::StateForeign => "leave `--state-dir` away, or name an empty directory",
        Code::StateNewer => "run the newer version of Boatlift",
        Code::StateBusy => "`boatlift status` shows it; `pause`, `resume` and `set` steer it",
        Code::StateOnNetwork => "give a directory on a local disk with `--state-dir`",
        Code::StateDamaged => "`boatlift journal check` lists the damage; put back a backup",
        Code::StateIo => "look at rights and free space of the state directory, then run again",
        Code::RootMissing => "look at the path, and whether its file system is mounted here",
        Code::RootUnreadable => "run as a user who may read all of it",
        Code::RootsNested => "choose roots that lie apart",
        Code::RootUnwritable => "look at mount options, rights and space of UPPER",
        Code::RootUnsupported => "give a path, or a URL of `file://`, `hdfs://` or `s3://`",
        Code::TermNewer => "let the newer run go on; this one needs nothing more",
        Code::RootOfAnotherMove => "finish or abandon the other move first",
        Code::ListingFailed => {
            "mend the directory's rights or disk, or leave it out by `--exclude`"
        }
        Code::ReadFailed => "see whether LOWER gives the file at all, then `boatlift retry`",
        Code::WriteFailed => "look at rights and disk of UPPER, then run again",
        Code::NoSpace => "make room on UPPER and run again: only what is missing is copied",
        Code::Denied => "run as root, or give this user the right",
        Code::KeyEscapes => "find out who put a link in the path, then run again",
        Code::AttributesRefused => "run as root, or mount UPPER with `acl` and `user_xattr`",
        Code::Unsupported => "run as root for device nodes, or leave the item out by `--exclude`",
        Code::InTheWay => "run again: the new survey sees what stands there",
        Code::RemoveFailed => "run again: what changed is compared afresh first",
        Code::FlushFailed => "look at UPPER's disk and quota, then run again",
        Code::RemovalsHeld => "look at the plan; `boatlift run MOVE --approve PLAN` carries it out",
        Code::PlanStale => "`boatlift plan MOVE` makes and prints the plan to approve",
        Code::ContentDiffers => "look for disk errors, then run again with `--checksum`",
        Code::LookDiffers => "run again: the item is compared and brought in line",
        Code::NotRunning => "`boatlift run MOVE` starts it",
        Code::ControlRefused => "`boatlift status MOVE` shows what it is doing",
        Code::SagaFailed => "mend what the step met, run until both sides are in step, try again",
        Code::SagaStuck => "make the system reachable, then `boatlift run MOVE` goes on undoing",
        Code::DeadlinePassed => "let the follow catch up first, or allow a longer freeze",
        Code::SagaOpen => "make that system reachable, then `boatlift run MOVE` goes on forward",
        Code::NotReady => "settle what is named above; `boatlift cutover MOVE --dry-run` lists all",
        Code::WindowClosed => {
            "`boatlift finish MOVE` ends the move; a new move can bring data down"
        }
        Code::UpperWritten => "save what is named; `--discard-upper-writes` leads back without it",
        Code::ServerUnreachable => "look at host and port, and whether the server runs",
        Code::ServerRefused => {
            "compare transport, TLS and authentication with the server's own settings"
        }
        Code::ServerFailed => "read the server's own words above, and its log",
        Code::HiveForeign => {
            "look at it on UPPER; drop or rename it there, or leave it out with `skip`"
        }
        Code::HiveTranslated => {
            "look at the fields named above and at UPPER's metastore transformer"
        }
        Code::HiveNotReady => "run again, or let the move follow: the exchange waits for the files",
        Code::HiveWritten => "find out who wrote; `accept-upper-writes` lets a table pass",
        Code::HiveLocation => "add or change a rule under `locations`",
        Code::HiveNotLinked => "`boatlift check` tells what UPPER's servers and realm lack",
        Code::HiveJobFailed => "read the job's own words above and its log on the cluster",
        Code::S3Region => "give that region with `--lower-region` or `--upper-region`",
        Code::GlueForeign => "give the clone another name, or remove what stands there",
        Code::GlueNotKept => "compare both tables; the report names the fields",
        Code::GlueThrottled => "run again later, or with fewer connections",
        Code::GlueMissing => "look at the name, and whether the account may see it",
        Code::PegasusNotReady => {
            "mend what is named above; `boatlift check` looks at all of it again"
        }
        Code::PegasusForeign => {
            "find out whose it is; drop or rename it on UPPER if nobody needs it"
        }
        Code::PegasusStuck => "look at what is named above and run again: it goes on where it is",
        Code::RedshiftMissing => "look at its line in the report; skip it if it is not needed",
        Code::S3Archived => "restore the object, wait until it is readable, then run again",
        Code::S3Credentials => "look at profile, role and clock; `aws sts get-caller-identity`",
        Code::S3Throttled => "run again; lower `requests` or give `--ops` if it stays so",
        Code::S3Unsupported => "`--upper-checksums=when-required` helps with many servers",
        Code::Interrupted => "give the same command again: it goes on where it stood",
        Code::Bug => "keep the state directory and report this; running again is safe",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_fit_one_line_and_do_not_repeat_the_title() {
        for code in Code::ALL {
            let hint = hint(*code);
            assert!(hint.len() < 80, "{code}: {hint}");
            assert!(!hint.ends_with('.'), "{code}: {hint}");
            assert_ne!(hint, code.title());
        }
    }
}
