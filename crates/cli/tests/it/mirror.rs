//! The main job: mirrored, planned, held, verified, reported.

use crate::scene::Scene;
use insta::assert_snapshot;

#[test]
fn a_first_run_a_second_and_a_change() {
    let scene = Scene::with_tree();
    assert_snapshot!(scene.run("mirror lower upper"));
    assert_eq!(scene.read("upper/sub/b.txt"), "beta\n");
    assert_snapshot!(scene.run("mirror lower upper"));
    scene.write("lower/sub/b.txt", "beta two\n");
    scene.write("lower/new/d.txt", "delta\n");
    assert_snapshot!(scene.run("mirror lower upper"));
    assert_eq!(scene.read("upper/sub/b.txt"), "beta two\n");
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let scene = Scene::with_tree();
    assert_snapshot!(scene.run("mirror lower upper --dry-run"));
    assert!(!scene.path("upper").exists());
    let said = scene.run("mirror lower upper --dry-run --json");
    assert_eq!(said.json()["totals"]["verdicts"]["added"]["entries"], 5, "{said}");
    assert!(!scene.path("upper").exists());
}

#[test]
fn a_summary_as_json_is_one_document() {
    let said = Scene::with_tree().run("mirror lower upper --json");
    let summary = said.json();
    assert_eq!(said.stderr(), "");
    assert_eq!((&summary["schema"], &summary["end"]), (&1.into(), &"done".into()), "{said}");
    assert_eq!(summary["exit_code"], 0);
    assert_eq!(summary["verified_content"], 0);
}

#[test]
fn content_that_was_read_back_counts_as_verified() {
    let said = Scene::with_tree().run("mirror lower upper --verify=content --json");
    let verified = &said.json()["verified_content"];
    assert_eq!(verified, 4, "three files and the target of a link\n{said}");
}

#[test]
fn quiet_says_nothing() {
    let said = Scene::with_tree().run("mirror lower upper -q");
    assert_eq!((said.stdout(), said.stderr()), (String::new(), String::new()), "{said}");
    assert_eq!(said.code(), Some(0));
}

#[test]
fn what_is_excluded_is_neither_copied_nor_removed() {
    let scene = Scene::with_tree();
    scene.write("upper/cache/x", "kept\n");
    let said = scene.run("mirror lower upper --exclude cache/ --exclude *.bin --delete=all");
    assert_eq!(said.code(), Some(0), "{said}");
    assert_eq!(scene.read("upper/cache/x"), "kept\n");
    assert!(!scene.path("upper/sub/c.bin").exists());
}

#[test]
fn too_many_removals_wait_for_a_person_who_approves_them() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name m --delete=gone").code(), Some(0));
    std::fs::remove_dir_all(scene.path("lower/sub")).expect("removed");
    assert_snapshot!(scene.run("mirror lower upper --name m --delete=gone"));
    assert_eq!(scene.read("upper/sub/b.txt"), "beta\n");
    assert_snapshot!(scene.run("explain m"));
    assert_snapshot!(scene.run("run m --approve 1"));
    assert_snapshot!(scene.run("run m --approve 2"));
    assert!(!scene.path("upper/sub").exists());
}

#[test]
fn an_empty_lower_removes_nothing() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --delete=gone --max-delete=100%").code(), Some(0));
    std::fs::remove_dir_all(scene.path("lower")).expect("removed");
    std::fs::create_dir(scene.path("lower")).expect("a directory");
    let said = scene.run("mirror lower upper --delete=gone --max-delete=100%");
    assert_eq!(said.code(), Some(3), "{said}");
    assert_eq!(scene.read("upper/a.txt"), "alpha\n");
}

#[test]
fn check_plan_and_verify_of_a_known_move() {
    let scene = Scene::with_tree();
    scene.write("lift.yaml", "move: m\nlower: lower\nupper: upper\n");
    assert_eq!(scene.run("check lift.yaml").code(), Some(0));
    assert_snapshot!(scene.run("plan lift.yaml"));
    assert_eq!(scene.run("run m").code(), Some(0));
    assert_snapshot!(scene.run("verify m"));
    scene.write("upper/a.txt", "ALPHA\n");
    assert_eq!(scene.run("verify m").code(), Some(1));
    assert_eq!(scene.read("upper/a.txt"), "ALPHA\n");
}

#[test]
fn an_item_that_is_left_out_is_named_with_its_reason() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name m --dry-run").code(), Some(0));
    assert_snapshot!(scene.run("skip m sub/b.txt --reason broken"));
    assert_eq!(scene.run("run m").code(), Some(0));
    assert!(!scene.path("upper/sub/b.txt").exists());
    assert_snapshot!(scene.run("items m"));
    assert_snapshot!(scene.run("explain sub/b.txt m"));
    assert_snapshot!(scene.run("retry m sub/b.txt"));
    assert_eq!(scene.run("run m").code(), Some(0));
    assert_eq!(scene.read("upper/sub/b.txt"), "beta\n");
}

#[test]
fn status_and_report_of_a_move_that_does_not_run() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name m").code(), Some(0));
    assert_snapshot!(scene.run("status m"));
    assert_snapshot!(scene.run("status"));
    assert_eq!(scene.run("status m --json").json()["schema"], 1);
    assert!(scene.run("report m").stdout().starts_with("# "));
    assert_eq!(scene.run("report m --format json").json()["name"], "m");
    assert_eq!(scene.run("report m --format html --out r.html").code(), Some(0));
    assert!(scene.read("r.html").contains("<html"));
}

#[test]
fn the_journal_is_checked_backed_up_exported_and_made_small() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name m").code(), Some(0));
    assert_eq!(scene.run("journal check m").code(), Some(0));
    assert_eq!(scene.run("journal backup m copy").code(), Some(0));
    assert_eq!(scene.run("status ./copy --json").json()["name"], "m");
    let said = scene.run("journal export m");
    let first = said.stdout().lines().next().map(str::to_owned).unwrap_or_default();
    let first: serde_json::Value = serde_json::from_str(&first).expect("a line of JSON");
    assert_eq!(first["event"], "move_opened", "{said}");
    assert_eq!(scene.run("journal vacuum m").code(), Some(0));
    assert_eq!(scene.run("journal check m").code(), Some(0));
}

#[test]
fn state_inside_lower_is_not_copied() {
    let scene = Scene::with_tree();
    let said = scene.run("mirror lower upper --state-dir lower/state");
    assert_eq!(said.code(), Some(0), "{said}");
    assert!(!scene.path("upper/state").exists());
    assert_eq!(scene.read("upper/a.txt"), "alpha\n");
}
