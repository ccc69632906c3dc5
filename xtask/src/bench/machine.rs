//! The machine's facts, without which no figure means anything.

use crate::{Result, process};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What was measured on, and which programs.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Names and values, in the order of the page.
    pub(crate) facts: Vec<(&'static str, String)>,
}

impl Machine {
    /// Looks at this machine, and at the versions of programs.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn look(binary: &Path, programs: &[&'static str]) -> Result<Machine> {
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let memory = fs::read_to_string("/proc/meminfo")?;
        let total = field(&memory, "MemTotal").split(' ').next().and_then(|kib| kib.parse().ok());
        let load = fs::read_to_string("/proc/loadavg")?;
        let mut facts = vec![
            ("processor", field(&processors, "model name")),
            ("cores", std::thread::available_parallelism()?.to_string()),
            ("memory", format!("{} MiB", total.unwrap_or(0u64) >> 10)),
            ("kernel", fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned()),
            ("load before", load.split(' ').next().unwrap_or_default().to_owned()),
            ("boatlift", version(Command::new(binary).arg("--version"))),
        ];
        for program in programs {
            let version = match process::find(program) {
                Some(path) => version(Command::new(path).arg("--version")),
                None => "not installed".into(),
            };
            facts.push((*program, version));
        }
        Ok(Machine { facts })
    }
}

fn field(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim());
    value.unwrap_or("unknown").to_owned()
}

fn version(command: &mut Command) -> String {
    let said = process::output(command).unwrap_or_default();
    said.lines().next().unwrap_or("unknown").split_whitespace().collect::<Vec<_>>().join(" ")
}
