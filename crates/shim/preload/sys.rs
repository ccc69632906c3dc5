//! System calls by themselves: they set no `errno`, take no lock, allocate nothing and are no
//! points of cancellation, so that they may be made anywhere, also in a handler of signals or
//! in the child of a `vfork`. Numbers and layouts are those of Linux.

use core::arch::asm;
use core::ffi::{c_char, c_int};

#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
mod number {
    pub(super) const WRITE: usize = 1;       pub(super) const CLOSE: usize = 3;
    pub(super) const FSTAT: usize = 5;       pub(super) const MMAP: usize = 9;
    pub(super) const MUNMAP: usize = 11;     pub(super) const GETPID: usize = 39;
    pub(super) const FCNTL: usize = 72;
    pub(super) const GETCWD: usize = 79;     pub(super) const FCHMOD: usize = 91;
    pub(super) const GETUID: usize = 102;    pub(super) const GETGID: usize = 104;
    pub(super) const GETEUID: usize = 107;   pub(super) const GETEGID: usize = 108;
    pub(super) const FUTEX: usize = 202;     pub(super) const CLOCK_GETTIME: usize = 228;
    pub(super) const OPENAT: usize = 257;    pub(super) const READLINKAT: usize = 267;
    pub(super) const PRLIMIT64: usize = 302; pub(super) const EXIT_GROUP: usize = 231;
    pub(crate) const RENAMEAT2: i64 = 316;
}

#[cfg(target_arch = "aarch64")]
#[rustfmt::skip]
mod number {
    pub(super) const WRITE: usize = 64;      pub(super) const CLOSE: usize = 57;
    pub(super) const FSTAT: usize = 80;      pub(super) const MMAP: usize = 222;
    pub(super) const MUNMAP: usize = 215;    pub(super) const GETPID: usize = 172;
    pub(super) const FCNTL: usize = 25;
    pub(super) const GETCWD: usize = 17;     pub(super) const FCHMOD: usize = 52;
    pub(super) const GETUID: usize = 174;    pub(super) const GETGID: usize = 176;
    pub(super) const GETEUID: usize = 175;   pub(super) const GETEGID: usize = 177;
    pub(super) const FUTEX: usize = 98;      pub(super) const CLOCK_GETTIME: usize = 113;
    pub(super) const OPENAT: usize = 56;     pub(super) const READLINKAT: usize = 78;
    pub(super) const PRLIMIT64: usize = 261; pub(super) const EXIT_GROUP: usize = 94;
    pub(crate) const RENAMEAT2: i64 = 276;
}

pub(crate) use number::RENAMEAT2;
/// The same number on every machine.
pub(crate) const OPENAT2: i64 = 437;

pub(crate) const AT_FDCWD: c_int = -100;
pub(crate) const AT_EMPTY_PATH: c_int = 0x1000;
pub(crate) const O_ACCMODE: c_int = 3;
pub(crate) const O_RDONLY: c_int = 0;
pub(crate) const O_WRONLY: c_int = 1;
pub(crate) const O_RDWR: c_int = 2;
pub(crate) const O_CREAT: c_int = 0o100;
pub(crate) const O_NOCTTY: c_int = 0o400;
pub(crate) const O_TRUNC: c_int = 0o1000;
pub(crate) const O_APPEND: c_int = 0o2000;
pub(crate) const O_NONBLOCK: c_int = 0o4000;
pub(crate) const O_CLOEXEC: c_int = 0o2_000_000;
pub(crate) const O_PATH: c_int = 0o10_000_000;
/// The bit of `O_TMPFILE` that no other flag has.
pub(crate) const O_TMPFILE_BIT: c_int = 0o20_000_000;
#[cfg(target_arch = "x86_64")]
pub(crate) const O_DIRECTORY: c_int = 0o200_000;
#[cfg(target_arch = "x86_64")]
pub(crate) const O_NOFOLLOW: c_int = 0o400_000;
#[cfg(target_arch = "aarch64")]
pub(crate) const O_DIRECTORY: c_int = 0o40_000;
#[cfg(target_arch = "aarch64")]
pub(crate) const O_NOFOLLOW: c_int = 0o100_000;
pub(crate) const F_DUPFD: c_int = 0;
pub(crate) const F_GETFD: c_int = 1;
pub(crate) const F_GETFL: c_int = 3;
pub(crate) const F_DUPFD_CLOEXEC: c_int = 1030;
pub(crate) const FD_CLOEXEC: isize = 1;
pub(crate) const PROT_READ: usize = 1;
pub(crate) const PROT_WRITE: usize = 2;
pub(crate) const MAP_SHARED: usize = 1;
pub(crate) const MAP_PRIVATE: usize = 2;
pub(crate) const MAP_ANONYMOUS: usize = 0x20;
pub(crate) const S_IFMT: u32 = 0o170_000;
pub(crate) const S_IFREG: u32 = 0o100_000;
const CLOCK_REALTIME: usize = 0;
const CLOCK_MONOTONIC: usize = 1;
const FUTEX_WAKE: usize = 1;
const RLIMIT_FSIZE: usize = 1;

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn call(number: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
    let outcome;
    // SAFETY: the caller answers for the arguments; the kernel changes only these registers.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => outcome, in("rdi") a, in("rsi") b,
             in("rdx") c, in("r10") d, in("r8") e, in("r9") f, lateout("rcx") _, lateout("r11") _,
             options(nostack));
    }
    outcome
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn call(number: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
    let outcome;
    // SAFETY: the caller answers for the arguments; the kernel changes only these registers.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a as isize => outcome, in("x1") b,
             in("x2") c, in("x3") d, in("x4") e, in("x5") f, options(nostack));
    }
    outcome
}

/// A call without pointers into our memory that the kernel would write to.
fn plain(number: usize, a: usize, b: usize, c: usize) -> isize {
    // SAFETY: every caller below passes numbers, or pointers that the kernel only reads.
    unsafe { call(number, a, b, c, 0, 0, 0) }
}

/// What the system tells of an open file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stat {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) links: u64,
    pub(crate) mode: u32,
    pub(crate) owner: u32,
    pub(crate) size: u64,
    pub(crate) modified_ns: i64,
    /// Bytes that have a place on the device.
    pub(crate) allocated: u64,
}

impl Stat {
    pub(crate) fn is_regular(&self) -> bool {
        self.mode & S_IFMT == S_IFREG
    }

    fn of(words: &[u64; 18]) -> Stat {
        #[cfg(target_arch = "x86_64")]
        let (links, mode, owner) = (words[2], words[3] as u32, (words[3] >> 32) as u32);
        #[cfg(target_arch = "aarch64")]
        let (links, mode, owner) = (words[2] >> 32, words[2] as u32, words[3] as u32);
        let modified = (words[11] as i64).wrapping_mul(1_000_000_000);
        Stat {
            device: words[0],
            inode: words[1],
            links,
            mode,
            owner,
            size: words[6],
            modified_ns: modified.wrapping_add(words[12] as i64),
            allocated: words[8].wrapping_mul(512),
        }
    }
}

pub(crate) fn fstat(descriptor: c_int) -> Option<Stat> {
    let mut words = [0_u64; 18];
    let room = (&raw mut words) as usize;
    // SAFETY: no kernel writes more than 144 bytes here.
    let outcome = unsafe { call(number::FSTAT, descriptor as usize, room, 0, 0, 0, 0) };
    (outcome == 0).then(|| Stat::of(&words))
}

/// Opens a file by a path that ends in a zero byte; negative when that fails.
///
/// # Safety
/// `path` is a string of C.
pub(crate) unsafe fn open(path: *const u8, flags: c_int, mode: usize) -> c_int {
    // SAFETY: as promised.
    unsafe {
        let cwd = AT_FDCWD as usize;
        call(number::OPENAT, cwd, path as usize, flags as usize, mode, 0, 0) as c_int
    }
}

pub(crate) fn close(descriptor: c_int) {
    plain(number::CLOSE, descriptor as usize, 0, 0);
}

pub(crate) fn write(descriptor: c_int, bytes: &[u8]) -> isize {
    plain(number::WRITE, descriptor as usize, bytes.as_ptr() as usize, bytes.len())
}

pub(crate) fn fchmod(descriptor: c_int, mode: usize) {
    plain(number::FCHMOD, descriptor as usize, mode, 0);
}

/// Ends the process.
pub(crate) fn exit(status: c_int) -> ! {
    loop {
        plain(number::EXIT_GROUP, status as usize, 0, 0);
    }
}

/// `fcntl` without an argument; negative when that fails.
pub(crate) fn fcntl(descriptor: c_int, command: c_int) -> isize {
    plain(number::FCNTL, descriptor as usize, command as usize, 0)
}

pub(crate) fn getpid() -> u32 {
    plain(number::GETPID, 0, 0, 0) as u32
}

pub(crate) fn geteuid() -> u32 {
    plain(number::GETEUID, 0, 0, 0) as u32
}

/// Whether the process has other rights than whoever started it.
pub(crate) fn has_borrowed_rights() -> bool {
    let id = |number| plain(number, 0, 0, 0);
    id(number::GETUID) != id(number::GETEUID) || id(number::GETGID) != id(number::GETEGID)
}

/// The most bytes that a file of this process may have before a signal kills it.
pub(crate) fn file_size_limit() -> u64 {
    let mut limits = [u64::MAX; 2];
    let room = (&raw mut limits) as usize;
    // SAFETY: the kernel writes two numbers.
    unsafe { call(number::PRLIMIT64, 0, RLIMIT_FSIZE, 0, room, 0, 0) };
    limits[0]
}

/// Wakes whoever sleeps on the word, in any process.
pub(crate) fn wake(word: *const u32) {
    plain(number::FUTEX, word as usize, FUTEX_WAKE, 1);
}

/// Writes the working directory and a zero byte; the bytes with it, or negative.
///
/// # Safety
/// `room` has `size` bytes.
pub(crate) unsafe fn getcwd(room: *mut u8, size: usize) -> isize {
    // SAFETY: as promised.
    unsafe { call(number::GETCWD, room as usize, size, 0, 0, 0, 0) }
}

/// Writes where a link leads, without a zero byte; the bytes, or negative.
///
/// # Safety
/// `path` is a string of C, and `room` has `size` bytes.
pub(crate) unsafe fn readlink(path: *const u8, room: *mut u8, size: usize) -> isize {
    // SAFETY: as promised.
    unsafe {
        let cwd = AT_FDCWD as usize;
        call(number::READLINKAT, cwd, path as usize, room as usize, size, 0, 0)
    }
}

/// Maps memory, of a file or (with -1) of nobody.
pub(crate) fn map(size: usize, sharing: usize, descriptor: c_int) -> Option<*mut u8> {
    let protection = PROT_READ | PROT_WRITE;
    let file = descriptor as usize;
    // SAFETY: the kernel chooses an address that nobody has.
    let address = unsafe { call(number::MMAP, 0, size, protection, sharing, file, 0) };
    (!(-4095..=0).contains(&address)).then_some(address as *mut u8)
}

/// Gives back memory of [`map`].
///
/// # Safety
/// Nobody uses it any more.
pub(crate) unsafe fn unmap(address: *mut u8, size: usize) {
    plain(number::MUNMAP, address as usize, size, 0);
}

/// Nanoseconds of the clock that people read.
pub(crate) fn now_ns() -> u64 {
    clock(CLOCK_REALTIME)
}

/// Nanoseconds since the machine was started.
pub(crate) fn uptime_ns() -> u64 {
    clock(CLOCK_MONOTONIC)
}

fn clock(which: usize) -> u64 {
    let mut time = [0_u64; 2];
    let room = (&raw mut time) as usize;
    match super::next::clock_gettime() {
        // SAFETY: the C library writes two numbers; it asks the kernel only where it has to.
        Some(gettime) => unsafe { gettime(which as c_int, room as *mut u64) },
        // SAFETY: the kernel writes two numbers.
        None => unsafe { call(number::CLOCK_GETTIME, which, room, 0, 0, 0, 0) as c_int },
    };
    time[0].wrapping_mul(1_000_000_000).wrapping_add(time[1])
}

/// The bytes of a string of C, without its zero byte; at most `most`.
///
/// # Safety
/// `text` is null or a string of C that outlives the answer.
pub(crate) unsafe fn bytes_of<'a>(text: *const c_char, most: usize) -> &'a [u8] {
    let mut length = 0;
    if text.is_null() {
        return &[];
    }
    // SAFETY: no byte behind the zero byte is read.
    unsafe {
        while length < most && *text.add(length) != 0 {
            length += 1;
        }
        core::slice::from_raw_parts(text.cast(), length)
    }
}
