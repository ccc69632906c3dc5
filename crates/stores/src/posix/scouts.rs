//! Scouts: looking at directories before the walk comes to them, by more than one thread.
//!
//! Most of a walk is waiting for the kernel to look at one name after the other. The walk
//! orders the directories that come next; whoever is free looks at them, the walk itself
//! included. What a scout found is a look like any other: what it could not do is left to
//! the walk, which tells the error. Every order is paid for beforehand, so scouts never do
//! more than the pace allows.

use super::names::{Level, Names};
use super::way::open_child_to_list;
use rustix::fs::{AtFlags, Stat, statat};
use rustix::io::Result as Answer;
use std::collections::VecDeque;
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Operations that an order is paid for, and never exceeds.
pub(crate) const PREPAID: u64 = 512;
/// The most orders that are open at once.
const OPEN: usize = 32;
/// Room for the names that the system gives at once.
pub(crate) const NAMES_BYTES: usize = 64 << 10;

/// Threads that look ahead, and what they are to look at.
pub(crate) struct Scouts {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    room: Vec<MaybeUninit<u8>>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    ordered: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Order>>,
    ended: bool,
}

/// A directory to be looked at.
pub(crate) struct Order {
    parent: Arc<OwnedFd>,
    name: CString,
    state: Mutex<State>,
    ready: Condvar,
}

enum State {
    Waiting,
    Begun,
    Ready(Option<Scouted>),
}

/// What a scout found in a directory.
pub(crate) struct Scouted {
    pub(crate) fd: OwnedFd,
    pub(crate) names: Names,
    /// Looks at the first names, in their order.
    pub(crate) looks: Vec<Answer<Stat>>,
    /// Operations that it took.
    pub(crate) operations: u64,
}

impl Scouts {
    /// Scouts that are at work until this is dropped.
    pub(crate) fn start(threads: usize) -> Scouts {
        let shared = Arc::new(Shared::default());
        let work = |shared: Arc<Shared>| move || shared.work();
        let spawn = |_| std::thread::Builder::new().spawn(work(Arc::clone(&shared))).ok();
        let threads = (0..threads).filter_map(spawn).collect();
        Scouts { shared, threads, room: room() }
    }

    /// Orders a look at `name` in `parent`; `None` when enough is ordered already.
    pub(crate) fn order(&self, parent: &Arc<OwnedFd>, name: CString) -> Option<Arc<Order>> {
        let mut queue = lock(&self.shared.queue);
        if self.threads.is_empty() || queue.waiting.len() >= OPEN {
            return None;
        }
        let (state, ready) = (Mutex::new(State::Waiting), Condvar::new());
        let order = Arc::new(Order { parent: Arc::clone(parent), name, state, ready });
        queue.waiting.push_back(Arc::clone(&order));
        self.shared.ordered.notify_one();
        Some(order)
    }

    /// What was found; the caller carries out orders itself as long as it must wait.
    pub(crate) fn claim(&mut self, order: &Order) -> Option<Scouted> {
        loop {
            let mut state = lock(&order.state);
            match &mut *state {
                State::Ready(found) => return found.take(),
                State::Waiting => {
                    *state = State::Begun;
                    drop(state);
                    return order.scout(&mut self.room);
                }
                State::Begun => {
                    drop(state);
                    let next = lock(&self.shared.queue).waiting.pop_front();
                    match next {
                        Some(next) => next.carry_out(&mut self.room),
                        None => order.wait(),
                    }
                }
            }
        }
    }
}

impl Drop for Scouts {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared.queue);
        queue.ended = true;
        queue.waiting.clear();
        drop(queue);
        self.shared.ordered.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        let mut room = room();
        let mut queue = lock(&self.queue);
        while !queue.ended {
            match queue.waiting.pop_front() {
                None => {
                    queue = self.ordered.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
                Some(order) => {
                    drop(queue);
                    order.carry_out(&mut room);
                    queue = lock(&self.queue);
                }
            }
        }
    }
}

impl Order {
    /// Scouts, unless somebody has begun to.
    fn carry_out(&self, room: &mut [MaybeUninit<u8>]) {
        let mut state = lock(&self.state);
        if !matches!(*state, State::Waiting) {
            return;
        }
        *state = State::Begun;
        drop(state);
        let found = self.scout(room);
        *lock(&self.state) = State::Ready(found);
        self.ready.notify_all();
    }

    /// Waits while another scouts.
    fn wait(&self) {
        let mut state = lock(&self.state);
        while matches!(*state, State::Begun) {
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn scout(&self, room: &mut [MaybeUninit<u8>]) -> Option<Scouted> {
        let fd = open_child_to_list(self.parent.as_fd(), &self.name).ok()?;
        let mut names = Names::read(fd.as_fd(), room, Level::Below).ok()?;
        let mut operations = 2 + names.unsure;
        let mut looks = Vec::new();
        while operations < PREPAID {
            let Some((name, _)) = names.next() else { break };
            looks.push(statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW));
            operations += 1;
        }
        names.rewind();
        Some(Scouted { fd, names, looks, operations })
    }
}

fn room() -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); NAMES_BYTES]
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
