//! A move that follows the workload, window by window.

use crate::ground::{Ground, Running, bucket, file, get, objects, put, versions};
use boatlift_testkit::services::redshift::{Load, Views, Workload};
use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;

fn ago(minutes: i64) -> Timestamp {
    let ago = SignedDuration::from_mins(minutes);
    Timestamp::now().checked_sub(ago).expect("a time")
}

/// A COPY of one object.
fn load(ground: &Ground, id: i32, bucket: &str, key: &str) -> Load {
    let uri = format!("s3://{bucket}/{key}");
    let text = format!("copy t from '{uri}' iam_role default");
    ground.load(id, &text, &uri, &[file(&uri, None)])
}

/// Fills the views, and waits until the move has copied what was loaded.
fn arrives(ground: &Ground, run: &mut Running, loads: Vec<Load>, (clones, key): (&str, &str)) {
    ground.fill(&Workload { loads, ..Workload::default() });
    run.wait_until(key, || versions(clones).contains_key(key));
}

#[test]
fn each_new_window_is_taken_with_an_overlap_and_each_object_once() {
    // Both families of views tell every statement.
    let ground = Ground::new(Views::Provisioned);
    let [one, clones] = ["follow", "followed"].map(bucket);
    objects().keep_versions(&clones).unwrap_or_else(|error| panic!("{error}"));
    for key in ["a", "b", "late", "long", "never"] {
        put(&one, key, key);
    }
    let clone = |key: &str| format!("copyfiles/{one}/{key}");
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    ground.follow(&move_file, "300ms");
    let mut run = ground.starts("run", &move_file);
    let first = load(&ground, 10, &one, "a");
    arrives(&ground, &mut run, vec![first.clone()], (&clones, &clone("a")));

    // Loaded after the first reading; and the first object again, as it was.
    let again = load(&ground, 12, &one, "a");
    let second = vec![load(&ground, 11, &one, "b"), again];
    arrives(&ground, &mut run, second, (&clones, &clone("b")));

    // The lists tell of it while the move goes on, here and beside the clones.
    run.wait_until("a list with the second", || {
        let list = get(&clones, "copyfiles/Final_Copy_Objects.csv").unwrap_or_default();
        list.contains(&format!("s3://{one}/b,"))
    });
    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    assert!(lines.iter().any(|line| line[0] == format!("s3://{one}/b") && &line[5] == "cloned"));
    run.wait_until("a statement of the second", || {
        ground.state_file("reports/copy.sql").contains(&format!("/{one}/b'"))
    });

    // A row that reaches the views minutes after its query ended, with a smaller number.
    let mut late = load(&ground, 5, &one, "late");
    (late.query.started, late.query.ended) = (ago(6), ago(5));
    arrives(&ground, &mut run, vec![late], (&clones, &clone("late")));

    // One that began long before all others ended; and one that began before the window.
    let mut long = load(&ground, 6, &one, "long");
    long.query.started = ago(9);
    let mut never = load(&ground, 7, &one, "never");
    never.query.started = ago(20);
    arrives(&ground, &mut run, vec![never, long], (&clones, &clone("long")));

    run.signal(Signal::INT);
    run.end().expect(130);
    let ran = ground.runs("run", &ground.without_follow(&move_file), 0);
    let found = versions(&clones);
    for key in ["a", "b", "late", "long"] {
        assert_eq!(found.get(&clone(key)), Some(&1), "{key} is not copied once: {ran}");
    }
    assert_eq!(found.get(&clone("never")), None, "it began before the window");
    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    let told: Vec<_> = lines.iter().map(|line| [0, 5, 9].map(|at| line[at].to_owned())).collect();
    let line = |key: &str, statements: &str| {
        [format!("s3://{one}/{key}"), "cloned".to_owned(), statements.to_owned()]
    };
    assert_eq!(told, [line("a", "2"), line("b", "1"), line("late", "1"), line("long", "1")]);
    let copies = ground.state_file("reports/copy.sql");
    assert_eq!(copies.matches(&format!("/{one}/b'")).count(), 1, "{copies}");
    assert_eq!(copies.matches(&format!("/{one}/a'")).count(), 2, "{copies}");
}
