//! `cargo bench --package boatlift-shim [ROUNDS]`: jobs under the library beside the same jobs
//! without it, in turns, in memory so that no disk decides. Prints medians and their ratio to
//! the bare job as a table of the book. A machine that does other work gives useless numbers.

use boatlift_shim::{Ring, Spool, install};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const FILES: usize = 20_000;
/// Half a KiB each: more than two events for each file.
const SLOTS: u32 = 1 << 16;
const ROUNDS: usize = 9;
const SHELL: &str = "i=0; while [ $i -lt 500 ]; do echo x >> f; i=$((i+1)); done
    i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done";

/// Who hears the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ears {
    /// The library is not there.
    Bare,
    /// The job writes outside of every root.
    Elsewhere,
    /// An agent reads along.
    Agent,
    /// There is a ring, and its agent is dead.
    Dead,
    /// The ring of the dead agent is full: all goes to the spool.
    Full,
    /// There never was an agent.
    Spool,
}

const EARS: [Ears; 6] =
    [Ears::Bare, Ears::Elsewhere, Ears::Agent, Ears::Dead, Ears::Full, Ears::Spool];

/// A place in memory with everything that a job needs.
struct Ground {
    directory: tempfile::TempDir,
    library: PathBuf,
    loops: PathBuf,
}

/// What one job took: in all, then one loop of it in the middle, at 99.9 %, at most.
type Took = [f64; 4];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let ground = Ground::new();
    println!("| job | heard by | median | ratio | one loop | 99.9 % | longest |");
    println!("|---|---|---|---|---|---|---|");
    table("20,000 files", rounds, |ears| ground.run(ears, Ground::files));
    table("shell", rounds, |ears| ground.run(ears, Ground::shell));
}

/// Measures all ears in turns and prints a row for each.
fn table(name: &str, rounds: usize, job: impl Fn(Ears) -> Took) {
    let mut taken = vec![Vec::new(); EARS.len()];
    for _ in 0..rounds {
        for (runs, ears) in taken.iter_mut().zip(EARS) {
            runs.push(job(ears));
        }
    }
    let mut bare = None;
    for (runs, ears) in taken.into_iter().zip(EARS) {
        let median = |column: usize| {
            let mut values: Vec<f64> = runs.iter().map(|run: &Took| run[column]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let whole = median(0);
        let ratio = whole / *bare.get_or_insert(whole);
        print!("| {name} | {ears:?} | {:.1} ms | {ratio:.2} |", whole * 1e3);
        println!(
            " {:.1} µs | {:.1} µs | {:.0} µs |",
            median(1) * 1e6,
            median(2) * 1e6,
            median(3) * 1e6
        );
    }
}

impl Ground {
    fn new() -> Ground {
        let directory = tempfile::tempdir_in("/dev/shm").expect("a directory in memory");
        let library = install(&directory.path().join("lib")).expect("the library");
        let loops = directory.path().join("loops");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/loops.c");
        let made = Command::new("cc").arg("-O2").arg("-o").arg(&loops).arg(source).status();
        assert!(made.expect("a compiler").success());
        Ground { directory, library, loops }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs a job in an empty root with the ears it is given.
    fn run(&self, ears: Ears, job: impl Fn(&Ground, Ears) -> Took) -> Took {
        let root = self.path("root");
        let _ = std::fs::remove_dir_all(&root);
        let _ = std::fs::remove_file(self.path("ring"));
        let _ = std::fs::remove_file(self.path("spool"));
        std::fs::create_dir(&root).expect("a root");
        let slots = match ears {
            Ears::Bare | Ears::Spool => return job(self, ears),
            Ears::Full => 1,
            Ears::Elsewhere | Ears::Agent | Ears::Dead => SLOTS,
        };
        let device = root.metadata().expect("a root").dev();
        let mut ring = Ring::at(&self.path("ring"), slots, &[device]).expect("a ring");
        if ears != Ears::Agent {
            return job(self, ears);
        }
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let read = ring.read(4096).expect("a sound ring");
                    ring.acknowledge();
                    if read.events.is_empty() {
                        ring.wait(Duration::from_millis(100));
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            });
            let took = job(self, ears);
            ended.store(true, Ordering::Relaxed);
            assert!(Spool::at(self.path("spool")).take().expect("no spool").is_none());
            took
        })
    }

    fn command(&self, ears: Ears, program: &Path) -> Command {
        let mut command = Command::new(program);
        let root = if ears == Ears::Elsewhere { "elsewhere" } else { "root" };
        command.current_dir(self.path("root"));
        if ears != Ears::Bare {
            command
                .env("LD_PRELOAD", &self.library)
                .env("BOATLIFT_SHIM_ROOTS", self.path(root))
                .env("BOATLIFT_SHIM_RING", self.path("ring"))
                .env("BOATLIFT_SHIM_SPOOL", self.path("spool"));
        }
        command
    }

    fn files(&self, ears: Ears) -> Took {
        let mut command = self.command(ears, &self.loops);
        let output = command.arg(self.path("root")).arg(FILES.to_string()).output();
        let output = output.expect("it ran");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("numbers");
        let mut numbers =
            text.split_whitespace().map(|word| word.parse::<f64>().expect("a number"));
        std::array::from_fn(|_| numbers.next().expect("four numbers") / 1e9)
    }

    fn shell(&self, ears: Ears) -> Took {
        let begun = Instant::now();
        let status = self.command(ears, Path::new("bash")).args(["-c", SHELL]).status();
        assert!(status.expect("it ran").success());
        [begun.elapsed().as_secs_f64(), 0.0, 0.0, 0.0]
    }
}
