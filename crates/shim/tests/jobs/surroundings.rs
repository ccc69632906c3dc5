//! What else there is around a job: other libraries, other rights, settings that lead nowhere,
//! and the shells' own files that make all of it happen.

use crate::scene::{Ears, Scene, compiled, quiet};
use boatlift_shim::{Profile, Shell};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

const WORK: &str = "echo 1 > a; cat a; mv a b; ls; ls nowhere; rm b; exit 3";

#[test]
fn a_job_comes_out_the_same_whatever_of_ours_is_missing() {
    let scene = Scene::new(Ears::Spool);
    let missing = scene.path("nowhere/at/all");
    let settings: [&[(&str, &str)]; 8] = [
        &[],
        &[("BOATLIFT_SHIM_ROOTS", "")],
        &[("BOATLIFT_SHIM_ROOTS", "relative:::")],
        &[("BOATLIFT_SHIM_RING", "/"), ("BOATLIFT_SHIM_SPOOL", "/")],
        &[("BOATLIFT_SHIM_RING", "/dev/full"), ("BOATLIFT_SHIM_SPOOL", "/dev/full")],
        &[("BOATLIFT_SHIM_RING", "/dev/null"), ("BOATLIFT_SHIM_SPOOL", "relative")],
        &[("BOATLIFT_SHIM_RING", ""), ("BOATLIFT_SHIM_SPOOL", missing.to_str().expect("text"))],
        &[("BOATLIFT_SHIM_ROOTS", "/")],
    ];
    let mut bare = Command::new("bash");
    let bare = bare.env("LC_ALL", "C").current_dir(&scene.root).args(["-c", WORK]).output();
    let bare = bare.expect("it ran");
    for variables in settings {
        let mut command = scene.command("bash");
        let output = command.envs(variables.iter().copied()).args(["-c", WORK]).output();
        assert_eq!(output.expect("it ran"), bare, "{variables:?}");
    }
    for variable in ["BOATLIFT_SHIM_ROOTS", "BOATLIFT_SHIM_RING", "BOATLIFT_SHIM_SPOOL"] {
        let long = "/x".repeat(30_000);
        let output = scene.command("bash").env(variable, &long).args(["-c", WORK]).output();
        assert_eq!(output.expect("it ran"), bare, "{variable}");
    }
}

#[test]
fn another_preloaded_library_hears_the_same_before_and_behind_us() {
    let other = compiled("other.c", &["-shared", "-fPIC"]);
    let mut counts = Vec::new();
    for order in ["alone", "before", "behind"] {
        let mut scene = Scene::new(Ears::Ring(64));
        let (ours, theirs) = (scene.library.display(), other.display());
        let preload = match order {
            "alone" => format!("{theirs}"),
            "before" => format!("{theirs}:{ours}"),
            _ => format!("{ours}:{theirs}"),
        };
        let counted = scene.path("counts");
        let mut command = scene.command("bash");
        command.env("LD_PRELOAD", preload).env("OTHER_COUNTS", &counted);
        quiet(command.args(["-c", "echo 1 > a; echo 2 > b"]));
        counts.push(std::fs::read_to_string(counted).expect("counts"));
        if order != "alone" {
            scene.told().expect(&["Written a", "Written b"]);
        }
    }
    assert!(!counts[0].starts_with("0 "), "{counts:?}");
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    std::fs::remove_file(other).expect("removed");
}

#[test]
fn a_static_program_runs_and_is_not_heard() {
    let program = compiled("calls.c", &["-static", "-pthread"]);
    let mut scene = Scene::new(Ears::Ring(64));
    quiet(scene.command(&program).arg("errnos"));
    scene.told().expect(&[]);
    std::fs::remove_file(program).expect("removed");
}

/// Needs the right to give files away; elsewhere the loader's own rule is not tried again.
#[test]
fn a_program_with_borrowed_rights_is_left_alone() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut scene = Scene::new(Ears::Ring(64));
    let program = scene.path("borrowed");
    std::fs::copy("/bin/dash", &program).expect("copied");
    std::os::unix::fs::chown(&program, Some(65534), None).expect("given away");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o4755)).expect("marked");
    for directory in [&scene.root, &scene.path("")] {
        std::fs::set_permissions(directory, PermissionsExt::from_mode(0o777)).expect("opened");
    }
    quiet(scene.command(&program).args(["-c", "echo 1 > a"]));
    if scene.root.join("a").metadata().expect("written").uid() == 65534 {
        scene.told().expect(&[]);
    }
}

fn profile(scene: &Scene) -> Profile {
    Profile {
        library: scene.library.clone(),
        roots: vec![scene.root.clone()],
        ring: Some(scene.path("ring")),
        spool: scene.path("new directory/spool"),
    }
}

/// A program without our settings, at home in the scene's directory.
fn at_home(scene: &Scene, program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", scene.path("")).env("PATH", "/usr/bin:/bin");
    command.current_dir(&scene.root);
    command
}

#[test]
fn the_profile_makes_every_kind_of_shell_tell() {
    let mut scene = Scene::new(Ears::Ring(64));
    let lines = profile(&scene).lines(Shell::Bourne).expect("lines");
    let file = scene.path("boatlift.sh");
    std::fs::write(&file, &lines).expect("written");
    let source = format!(". '{}'\n", file.display());
    std::fs::write(scene.path(".bash_profile"), &source).expect("written");
    std::fs::write(scene.path(".profile"), &source).expect("written");
    let work = "/bin/dash -c 'echo 1 > a'";
    quiet(at_home(&scene, "bash").args(["--login", "-c", work]));
    scene.told().expect(&["Written a"]);
    quiet(at_home(&scene, "dash").args(["-l", "-c", work]));
    scene.told().expect(&["Written a"]);
    quiet(at_home(&scene, "bash").env("BASH_ENV", &file).args(["-c", work]));
    scene.told().expect(&["Written a"]);
    quiet(at_home(&scene, "dash").args(["-c", work]));
    scene.told().expect(&[]);
    assert!(scene.path("new directory").is_dir());
}

#[test]
fn the_profile_of_the_c_shell_says_the_same() {
    let mut scene = Scene::new(Ears::Ring(64));
    let lines = profile(&scene).lines(Shell::C).expect("lines");
    std::fs::write(scene.path(".cshrc"), lines.repeat(2)).expect("written");
    quiet(at_home(&scene, "tcsh").args(["-c", "/bin/dash -c 'echo 1 > a'"]));
    scene.told().expect(&["Written a"]);
    for (before, behind) in [(None, ""), (Some(""), ""), (Some("/nowhere/e.so"), ":/nowhere/e.so")]
    {
        let mut command = at_home(&scene, "tcsh");
        if let Some(before) = before {
            command.env("LD_PRELOAD", before);
        }
        let output = command.args(["-c", "echo $LD_PRELOAD"]).output().expect("it ran");
        let expected = format!("{}{behind}\n", scene.library.display());
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    }
    assert!(scene.path("new directory").is_dir());
}

#[test]
fn a_profile_is_read_twice_and_where_the_library_is_missing() {
    let scene = Scene::new(Ears::Spool);
    let twice = profile(&scene).lines(Shell::Bourne).expect("lines").repeat(2);
    let show = format!("LD_PRELOAD=/nowhere/else.so\n{twice}\necho $LD_PRELOAD");
    let output = at_home(&scene, "dash").args(["-c", &show]).output().expect("it ran");
    let expected = format!("{}:/nowhere/else.so\n", scene.library.display());
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    let absent = Profile { library: "/nowhere/library.so".into(), ..profile(&scene) };
    let lines = absent.lines(Shell::Bourne).expect("lines");
    let output = quiet(at_home(&scene, "dash").args(["-euc", &(lines + "env")]));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("BOATLIFT"));
}
