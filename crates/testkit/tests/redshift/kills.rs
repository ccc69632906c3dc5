//! Deaths of the mover in mid-run: what has a receipt is not copied again, and the next run
//! comes to the same end.

use crate::ground::{Ground, bucket, file, objects, put, versions};
use boatlift_engine::journal;
use boatlift_engine::live::Live;
use boatlift_engine::segment::Segment;
use boatlift_engine::state::StateDir;
use boatlift_testkit::dice::Dice;
use boatlift_testkit::services::redshift::{Views, Workload};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Objects that are loaded, beside a manifest.
const OBJECTS: usize = 40;

/// A workload of one COPY by a manifest.
struct Scene {
    ground: Ground,
    one: String,
    clones: String,
}

impl Scene {
    fn new(name: &str) -> Scene {
        let ground = Ground::new(Views::Older);
        let [one, clones] = [name.to_owned(), format!("{name}-clones")].map(|name| bucket(&name));
        objects().keep_versions(&clones).unwrap_or_else(|error| panic!("{error}"));
        let keys: Vec<_> = (0..OBJECTS).map(|number| format!("in/{number:03}")).collect();
        keys.iter().for_each(|key| put(&one, key, key));
        let uris: Vec<_> = keys.iter().map(|key| format!("s3://{one}/{key}")).collect();
        let entries: Vec<_> = uris.iter().map(|uri| format!("{{\"url\":\"{uri}\"}}")).collect();
        put(&one, "list", &format!("{{\"entries\":[{}]}}", entries.join(",")));
        let source = format!("s3://{one}/list");
        let text = format!("copy t from '{source}' iam_role default manifest");
        let files: Vec<_> = uris.iter().map(|uri| file(uri, None)).collect();
        let loads = vec![ground.load(1, &text, &source, &files)];
        ground.fill(&Workload { loads, ..Workload::default() });
        Scene { ground, one, clones }
    }

    /// Begins anew below another place of the target.
    fn begin(&self, place: &str) -> std::path::PathBuf {
        let state = self.ground.top.path().join("state");
        if state.exists() {
            std::fs::remove_dir_all(&state).expect("the last state");
        }
        self.ground.move_file(&format!("s3://{}/{place}", self.clones), "")
    }

    /// The keys that have a durable receipt, below the target. Looks at a copy of the state.
    fn receipted(&self) -> BTreeSet<String> {
        let state = self.ground.top.path().join("state");
        if !state.join("live.db").exists() {
            return BTreeSet::new();
        }
        let copy = tempfile::tempdir().expect("a directory");
        let copied = Command::new("cp").arg("-a").args([&state, &copy.path().join("s")]).status();
        assert!(copied.expect("cp").success());
        receipts(&copy.path().join("s"))
    }

    /// Runs to the end, and asserts that nothing is missing, and nothing with a receipt was
    /// copied again.
    fn assert_recovers(&self, place: &str, move_file: &Path, after: &str) {
        let receipted = self.receipted();
        let before = versions(&self.clones);
        let ran = self.ground.runs("run", move_file, 0);
        let found = versions(&self.clones);
        let at = |key: &str| format!("{place}/copyfiles/{}/{key}", self.one);
        let keys = (0..OBJECTS).map(|number| format!("in/{number:03}")).chain(["list".into()]);
        for key in keys {
            assert!(found.contains_key(&at(&key)), "after {after}: {key} is missing: {ran}");
        }
        for below in &receipted {
            let key = format!("{place}/{below}");
            assert_eq!(before.get(&key), found.get(&key), "after {after}: {key} was copied again");
        }
        let lines = self.ground.report("copyfiles/Final_Copy_Objects.csv");
        let sources: BTreeSet<_> = lines.iter().map(|line| line[0].to_owned()).collect();
        assert_eq!((lines.len(), sources.len()), (OBJECTS + 1, OBJECTS + 1), "after {after}");
        assert!(lines.iter().all(|line| &line[5] == "cloned"), "after {after}: {lines:?}");
        let again = self.ground.runs("run", move_file, 0);
        assert_eq!(versions(&self.clones).get(&at("list")), found.get(&at("list")), "{again}");
    }
}

/// The keys of the newest plan that have a good outcome in the stage that copies.
fn receipts(state: &Path) -> BTreeSet<String> {
    let state = StateDir::open(state).expect("a state directory");
    let view = journal::read_view(&state.journal_path()).expect("a journal");
    let Some(plan) = view.plan.as_ref().filter(|plan| !plan.is_settled()) else {
        return BTreeSet::new();
    };
    let live = Live::open(&state.live_path()).expect("live state");
    let mut keys = BTreeSet::new();
    for route in &plan.plan.routes {
        let segment = Segment::open(&state.segments_path(), &route.difference).expect("a plan");
        for number in 0..segment.pages() {
            let page = segment.read_page(number).expect("a page");
            let outcomes = live.get(plan.plan.number, route.route, 0, number).expect("outcomes");
            for (index, outcome) in outcomes.unwrap_or_default() {
                if outcome.is_good() {
                    let key = page.get(index as usize).key.as_bytes();
                    keys.insert(String::from_utf8_lossy(key).into_owned());
                }
            }
        }
    }
    keys
}

#[test]
fn dies_at_points_of_a_run_and_the_next_one_ends_it() {
    let scene = Scene::new("points");
    let mut deaths_with_receipts = 0;
    let journal = (1..12).map(|number| format!("journal:{number}"));
    let others = ["receipts-flushed:1", "receipts-durable:1", "stage-done:1", "settle-written:1"];
    for (number, point) in journal.chain(others.map(str::to_owned)).enumerate() {
        let place = format!("p{number}");
        let move_file = scene.begin(&place);
        let path = move_file.to_str().expect("a plain path");
        let mut command = scene.ground.command(&["run", path]);
        let output = command.env("BOATLIFT_FAULT", &point).output().expect("boatlift starts");
        assert_eq!(output.status.code(), None, "{point}: {}", crate::ground::said(&output));
        deaths_with_receipts += usize::from(!scene.receipted().is_empty());
        scene.assert_recovers(&place, &move_file, &point);
    }
    assert!(deaths_with_receipts > 0, "no death came after a receipt");
}

#[test]
fn is_killed_at_random_instants_again_and_again() {
    let scene = Scene::new("instants");
    let move_file = scene.begin("whole");
    let begun = Instant::now();
    scene.ground.runs("run", &move_file, 0);
    let span = begun.elapsed().as_micros() as u64;
    let mut dice = Dice::new(7);
    let mut killed = 0;
    for number in 0..6 {
        let place = format!("p{number}");
        let move_file = scene.begin(&place);
        for _ in 0..3 {
            let instant = Duration::from_micros(dice.below(span));
            let mut run = scene.ground.starts("run", &move_file);
            let begun = Instant::now();
            while begun.elapsed() < instant && !run.has_ended() {
                std::thread::sleep(Duration::from_millis(1));
            }
            killed += u32::from(!run.has_ended());
            run.signal(Signal::KILL);
            run.end();
        }
        scene.assert_recovers(&place, &move_file, "random kills");
    }
    assert!(killed > 3, "only {killed} runs were killed");
}
