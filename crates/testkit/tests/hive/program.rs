//! Programs that run beside a test.

use boatlift_testkit::judges::hive::program;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A program that runs beside a test. Killed when the test gives up.
pub(crate) struct Program {
    child: Child,
}

impl Program {
    /// Starts one.
    pub(crate) fn start(command: &mut Command) -> Program {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Program { child: command.spawn().expect("python3 starts") }
    }

    /// Watches databases of UPPER, whose first look is over, until its input ends.
    pub(crate) fn watch(url: &str, journal: &Path, databases: &[&str]) -> Program {
        let mut watch = program("watch").expect("a cache");
        watch.arg(url).arg(journal).args(databases).stderr(Stdio::piped());
        let mut watching = Program::start(&mut watch);
        let stderr = watching.child.stderr.take().expect("a pipe");
        let mut said = BufReader::new(stderr);
        let mut first = String::new();
        said.read_line(&mut first).expect("plain text");
        assert_eq!(first, "it watches\n");
        // A pipe that nobody holds would end it when it speaks.
        std::thread::spawn(move || said.read_to_string(&mut String::new()));
        watching
    }

    /// Ends its input, waits for it and gives what it printed.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut printed = String::new();
        let mut stdout = self.child.stdout.take().expect("a pipe");
        stdout.read_to_string(&mut printed).expect("plain text");
        let status = self.child.wait().expect("the end of the child");
        assert!(status.success(), "{status}: {printed}");
        printed
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
