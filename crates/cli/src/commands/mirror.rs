//! `boatlift mirror`: the short way of writing a move of a directory tree, and running it.

use crate::args::values::{self, SideTimetable};
use crate::args::{FilterArgs, Global, S3Args, WatchArgs};
use crate::exit::Exit;
use crate::movefile::{Interval, MoveFile, MoverName, check_name};
use crate::opener::{Root, root_of};
use crate::output::Output;
use crate::running::{self, Job};
use crate::{place, show};
use boatlift_core::limits::Limits;
use boatlift_core::policy::{Delete, MaxDelete, Verify};
use boatlift_core::{Code, Error, Policy, Result};
use boatlift_engine::lift::Until;
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

/// The arguments of `mirror`.
#[derive(Debug, Args)]
pub(crate) struct Mirror {
    /// The directory that feeds
    #[arg(value_name = "LOWER")]
    lower: OsString,
    /// The directory that is made like it
    #[arg(value_name = "UPPER")]
    upper: OsString,
    /// What to remove from UPPER: nothing, what LOWER removed since both last agreed, or also
    /// what only UPPER ever had
    #[arg(long, value_parser = values::delete(), default_value = "none")]
    delete: Delete,
    /// More removals than this wait for a person: entries, or a share of what UPPER holds
    #[arg(long, value_name = "N|N%", default_value = "10%")]
    max_delete: MaxDelete,
    #[command(flatten)]
    filter: FilterArgs,
    /// Print the plan, and write nothing to UPPER
    #[arg(long)]
    dry_run: bool,
    /// Proof after the copy: UPPER is listed and compared; also some files are read back; or all
    #[arg(long, value_parser = values::verify(), default_value = "listing")]
    verify: Verify,
    /// Keep both sides in step until stopped, looking again after INTERVAL
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "60s", value_parser = values::interval)]
    follow: Option<Duration>,
    /// Bytes a second: `200M`, `lower:08:00,50M 19:00,off`; for both sides without a SIDE
    #[arg(long, value_name = "[SIDE:]LIMIT")]
    rate: Vec<SideTimetable>,
    /// Operations a second, in the same form
    #[arg(long, value_name = "[SIDE:]LIMIT")]
    ops: Vec<SideTimetable>,
    /// Copying threads [default: the number of processors, 2 to 16]
    #[arg(long, value_name = "N", value_parser = values::jobs())]
    jobs: Option<u32>,
    /// Compare files by content, not by size and mtime
    #[arg(long)]
    checksum: bool,
    /// Leave what UPPER changed by itself as UPPER has it
    #[arg(long)]
    keep_drifted: bool,
    /// Take UPPER to be as last agreed, without listing it
    #[arg(long)]
    trust_agreed: bool,
    /// Name of the move [default: made of both roots]
    #[arg(long, value_parser = |name: &str| check_name(name).map(|()| name.to_owned()))]
    name: Option<String>,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    s3: Box<S3Args>,
}

impl Mirror {
    /// Runs the move that was typed, or prints its plan.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let job = self.meant(global)?;
        let ended = running::carry_out(&job, output)?;
        match self.dry_run {
            true => show::plan(&ended, output)?,
            false => show::summary(&ended, output)?,
        }
        Ok(ended.exit())
    }

    /// What the typed words mean: the move that they describe, and where its state lies.
    fn meant(&self, global: &Global) -> Result<Job> {
        let (lower, upper) = (root(&self.lower)?, root(&self.upper)?);
        let name = match &self.name {
            Some(name) => name.clone(),
            None => place::name_of_pair(&lower, &upper),
        };
        let directory = match &global.state_dir {
            Some(directory) => place::absolute(directory)?,
            None => place::named(&name)?,
        };
        let file = MoveFile {
            name,
            mover: MoverName::Tree,
            hive: None,
            pegasus: None,
            redshift: None,
            lower,
            upper,
            s3: self.s3.sides()?,
            policy: self.policy(),
            limits: self.limits(),
            follow: self.follow.filter(|_| !self.dry_run).map(Interval),
        };
        file.checked("the options")?;
        let until = if self.dry_run { Until::Planned } else { Until::Done };
        let typed_limits = self.jobs.is_some() || !self.rate.is_empty() || !self.ops.is_empty();
        Ok(Job { typed_limits, ..Job::new(directory, file, until, self.watch) })
    }

    fn policy(&self) -> Policy {
        Policy {
            delete: self.delete,
            max_delete: self.max_delete,
            verify: self.verify,
            checksum: self.checksum,
            keep_drifted: self.keep_drifted,
            trust_agreed: self.trust_agreed,
            filter: self.filter.rules.clone(),
        }
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits { jobs: self.jobs, ..Limits::default() };
        self.rate.iter().for_each(|limit| limit.set_rate(&mut limits));
        self.ops.iter().for_each(|limit| limit.set_ops(&mut limits));
        limits
    }
}

/// A root as typed: the URL of another system as it is, a local path made absolute.
fn root(typed: &OsStr) -> Result<String> {
    if typed.is_empty() {
        return Err(Error::new(Code::Usage, "cannot mirror").because("a root is empty"));
    }
    let path = match typed.to_str() {
        None => Path::new(typed).to_owned(),
        Some(text) => match Root::of(text)? {
            Root::Hdfs(_) | Root::S3(_) => return Ok(text.to_owned()),
            Root::Local(path) => path,
        },
    };
    Ok(root_of(&place::absolute(&path)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Verb};
    use clap::Parser;

    fn meant(words: &[&str]) -> Result<Job> {
        let first = ["boatlift", "mirror", "/lower", "/upper", "--state-dir=/s"];
        let cli = Cli::try_parse_from(first.iter().chain(words)).expect("well typed");
        let Verb::Mirror(mirror) = cli.verb else { panic!("another verb: {:?}", cli.verb) };
        mirror.meant(&cli.global)
    }

    #[test]
    fn nothing_typed_means_every_default() {
        let job = meant(&[]).expect("a job");
        assert_eq!(job.file.policy, Policy::default());
        assert_eq!((job.file.limits, job.file.follow), (Limits::default(), None));
        assert_eq!((job.directory.as_path(), job.until), (Path::new("/s"), Until::Done));
    }

    #[test]
    fn every_option_reaches_the_move() {
        let job = meant(&[
            "--delete=gone",
            "--max-delete=7",
            "--exclude=*.o",
            "--include=x",
            "--verify=content",
            "--follow",
            "--rate=lower:1M",
            "--ops=100",
            "--jobs=3",
            "--checksum",
            "--keep-drifted",
            "--trust-agreed",
            "--name=night",
        ]);
        let file = job.expect("a job").file;
        let policy = Policy {
            delete: Delete::Gone,
            max_delete: MaxDelete::Entries(7),
            verify: Verify::Content,
            checksum: true,
            keep_drifted: true,
            trust_agreed: true,
            filter: vec!["- *.o".into(), "+ x".into()],
        };
        assert_eq!((file.name.as_str(), file.policy), ("night", policy));
        assert_eq!(file.follow, Some(Interval(Duration::from_secs(60))));
        assert_eq!(file.limits.jobs, Some(3));
        assert_eq!(file.limits.lower.rate.at(0), Some(1 << 20));
        assert_eq!((file.limits.upper.rate.at(0), file.limits.upper.ops.at(0)), (None, Some(100)));
    }

    #[test]
    fn each_side_has_its_own_way_to_its_bucket() {
        let job =
            meant(&["--lower-region=eu-west-1", "--upper-profile=new", "--lower-role-arn=arn:a"]);
        let sides = job.expect("a job").file.s3.expect("options");
        assert_eq!(sides.lower.session.region.as_deref(), Some("eu-west-1"));
        assert_eq!(sides.lower.session.role.map(|role| role.arn).as_deref(), Some("arn:a"));
        assert_eq!(sides.upper.session.profile.as_deref(), Some("new"));
        assert_eq!(meant(&["--upper-external-id=x"]).expect_err("no role").code, Code::Usage);
    }

    #[test]
    fn a_broken_rule_is_refused_before_anything_is_made() {
        let error = meant(&["--exclude=[a"]).expect_err("a broken glob");
        assert_eq!(error.code, Code::ConfigValue);
    }

    #[test]
    fn a_dry_run_plans_and_does_not_follow() {
        let job = meant(&["--dry-run", "--follow=5s"]).expect("a job");
        assert_eq!((job.until, job.file.follow), (Until::Planned, None));
    }
}
