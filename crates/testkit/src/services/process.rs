//! One service: a child process with its log, that can be stopped, killed, paused and
//! started again, and that never outlives its test.

pub use super::recipe::Recipe;

use super::condition::Condition;
use super::error::{ServiceError, tail};
use super::warden::Warden;
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a service may take to become ready, on a machine that is busy.
pub const READY_LIMIT: Duration = Duration::from_secs(120);
/// How long a service may take to end by itself, before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How often a wait looks whether the process still runs.
const LOOK: Duration = Duration::from_millis(200);

/// A service that was started. Dropped, it is stopped.
///
/// Every verb takes `&self`, so that a stack in a static can be shared by tests; those that
/// stop or pause must not run beside others of the same stack.
#[derive(Debug)]
pub struct Service {
    recipe: Recipe,
    ready: Condition,
    running: Mutex<Option<Running>>,
}

/// The fields' order is that of their drop: the warden is dismissed last.
#[derive(Debug)]
struct Running {
    child: Child,
    group: Pid,
    _warden: Warden,
}

impl Service {
    /// Starts the program and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready within [`READY_LIMIT`].
    pub fn start(recipe: Recipe, ready: Condition) -> Result<Self, ServiceError> {
        let service = Self::launch(recipe, ready)?;
        service.wait_ready()?;
        Ok(service)
    }

    /// Starts the program only, so that several can start side by side.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch(recipe: Recipe, ready: Condition) -> Result<Self, ServiceError> {
        let running = Mutex::new(Some(Running::begin(&recipe)?));
        Ok(Service { recipe, ready, running })
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// When it ends, or is not ready within [`READY_LIMIT`]; with the end of its log.
    pub fn wait_ready(&self) -> Result<(), ServiceError> {
        self.wait_for(&self.ready, READY_LIMIT)
    }

    /// Waits for a condition while the process runs.
    ///
    /// # Errors
    /// When the process ends, or the limit passes; with the end of the log.
    pub fn wait_for(&self, condition: &Condition, limit: Duration) -> Result<(), ServiceError> {
        let until = Instant::now() + limit;
        let service = self.name().to_owned();
        loop {
            if let Some(status) = self.ended()? {
                return Err(ServiceError::Ended { service, status, log: self.log_tail() });
            }
            let left = until.saturating_duration_since(Instant::now());
            if condition.wait(left.min(LOOK)) {
                return Ok(());
            }
            if left.is_zero() {
                let condition = condition.to_string();
                return Err(ServiceError::Late { service, condition, limit, log: self.log_tail() });
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.recipe.name
    }

    /// The file that takes what it prints.
    pub fn log(&self) -> PathBuf {
        self.recipe.log()
    }

    /// The id of its process, which leads a group of its own; none while it is stopped.
    pub fn process_id(&self) -> Option<u32> {
        self.lock().as_ref().map(|running| running.child.id())
    }

    /// Ends it: politely first, then with force. Nothing happens when it does not run.
    pub fn stop(&self) {
        if let Some(mut running) = self.lock().take() {
            running.end(Some(STOP_LIMIT));
        }
    }

    /// Kills it and its children at once, as a power cut would.
    pub fn kill9(&self) {
        if let Some(mut running) = self.lock().take() {
            running.end(None);
        }
    }

    /// Stops it and starts it again from the same recipe; returns when it is ready.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub fn restart(&self) -> Result<(), ServiceError> {
        self.stop();
        self.begin()
    }

    /// Starts it after [`Service::stop`] or [`Service::kill9`]; returns when it is ready.
    ///
    /// # Errors
    /// As [`Service::start`], and when it already runs.
    pub fn begin(&self) -> Result<(), ServiceError> {
        let mut running = self.lock();
        if running.is_some() {
            return Err(ServiceError::setup(format!("{} already runs", self.name())));
        }
        *running = Some(Running::begin(&self.recipe)?);
        drop(running);
        self.wait_ready()
    }

    /// Freezes it: connections stay open and nothing answers.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> Result<(), ServiceError> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on after [`Service::pause`].
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> Result<(), ServiceError> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), ServiceError> {
        let absent = || ServiceError::NotRunning(self.name().to_owned());
        let group = self.lock().as_ref().map(|running| running.group).ok_or_else(absent)?;
        kill_process_group(group, signal).map_err(|_gone| absent())
    }

    fn ended(&self) -> Result<Option<ExitStatus>, ServiceError> {
        let mut running = self.lock();
        let absent = || ServiceError::NotRunning(self.name().to_owned());
        let child = &mut running.as_mut().ok_or_else(absent)?.child;
        child.try_wait().map_err(|_reaped| absent())
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        match fs::read(&log) {
            Ok(bytes) => tail(&String::from_utf8_lossy(&bytes)),
            Err(error) => format!("(cannot read {}: {error})", log.display()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Running {
    fn begin(recipe: &Recipe) -> Result<Self, ServiceError> {
        let path = recipe.log();
        let log = File::options().create(true).append(true).open(&path);
        let log = log.map_err(ServiceError::file("open the log", &path))?;
        let second = log.try_clone().map_err(ServiceError::file("open the log", &path))?;
        let spawned = recipe
            .command(&[])
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(second)
            .process_group(0)
            .spawn();
        let mut child = spawned
            .map_err(|source| ServiceError::Spawn { program: recipe.name.clone(), source })?;
        let group = Pid::from_child(&child);
        match Warden::of_group(group) {
            Ok(warden) => Ok(Running { child, group, _warden: warden }),
            Err(error) => {
                let _already_gone = child.kill();
                let _status = child.wait();
                Err(error)
            }
        }
    }

    /// Ends the whole group. A group whose leader has ended may still have members.
    fn end(&mut self, patience: Option<Duration>) {
        let signal = |signal| {
            let _nobody_left = kill_process_group(self.group, signal);
        };
        if let Some(patience) = patience {
            signal(Signal::TERM);
            signal(Signal::CONT);
            let until = Instant::now() + patience;
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        signal(Signal::KILL);
        let _status = self.child.wait();
    }
}
