//! Shells and interpreters, as jobs use them.

use crate::scene::{Ears, Scene, quiet};
use std::fs::File;
use std::process::Stdio;

const REDIRECTIONS: &str = r#"
    echo 1 > a
    echo 2 >> a
    : > empty
    { echo x; echo y; } > group
    (echo s) > subshell
    cat < a > b
    ls /nowhere 2> errors || :
    echo both > both 2>&1
    exec 5> five
    echo k >&5
    echo k2 >&5
    exec 5>&-
    for i in 1 2 3; do echo $i; done > loop
    echo piped | cat > piped
    x=$(echo substituted; echo in > inner)
    cat > here <<END
text
END
"#;

const REDIRECTED: &[&str] = &[
    "Written a",
    "Written b",
    "Written both",
    "Written empty",
    "Written errors",
    "Written five",
    "Written group",
    "Written here",
    "Written inner",
    "Written loop",
    "Written piped",
    "Written subshell",
];

/// Names, without whether it was told at the end of a process.
fn plain(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> =
        lines.into_iter().map(|line| line.replace(" (ending)", "")).collect();
    lines.sort();
    lines.dedup();
    lines
}

#[test]
fn redirections_are_told_wherever_the_output_of_the_shell_goes() {
    for shell in ["bash", "dash", "ksh"] {
        for output in ["null", "pipe", "file"] {
            let mut scene = Scene::new(Ears::Ring(4096));
            let mut command = scene.command(shell);
            command.args(["-c", REDIRECTIONS]);
            match output {
                "null" => command.stdout(Stdio::null()),
                "pipe" => command.stdout(Stdio::piped()),
                _ => command.stdout(File::create(scene.path("output")).expect("a file")),
            };
            let ended = command.spawn().and_then(|child| child.wait_with_output()).expect("it ran");
            assert!(ended.status.success());
            let told = scene.told();
            assert_eq!(plain(told.lines()), REDIRECTED, "{shell} to {output}");
            told.expect_last_sizes();
        }
    }
}

#[test]
fn redirections_of_tcsh_are_told() {
    let mut scene = Scene::new(Ears::Ring(4096));
    let script = "echo 1 > a\necho 2 >> a\ncat < a > b\n(echo s) > c\nls /nowhere >& d\nmv a e";
    let script = format!("{script}\nexit 0\n");
    std::fs::write(scene.path("script"), script).expect("written");
    quiet(scene.command("tcsh").arg("-f").arg(scene.path("script")));
    let told = scene.told();
    let expected = ["Renamed e < a", "Written a", "Written b", "Written c", "Written d"];
    assert_eq!(plain(told.lines()), expected);
    told.expect_last_sizes();
}

#[test]
fn what_common_tools_do_is_told() {
    let mut scene = Scene::new(Ears::Ring(4096));
    scene.script(
        "bash",
        "mkdir -p d/e; echo 1 > d/a; cp d/a d/b; mv d/a d/c; ln d/c hard; ln -s d/c soft
         ln -sfn d/b soft; sed -i s/1/2/ d/c; install -m 600 d/c installed; touch -d @1 d/b
         chmod 600 d/b; tar cf t.tar d; tar xf t.tar -C d/e; dd if=/dev/zero of=dd count=1 2>/dev/null
         truncate -s 10 dd; rm -r d/e; mv d moved; tee teed < dd > /dev/null; split -b 5 dd s",
    );
    let lines = plain(scene.told().lines());
    for expected in [
        "Changed d/b",
        "Linked hard < d/c",
        "Made d/e",
        "Made d/e/d",
        "Made soft",
        "Removed d/e",
        "Removed d/e/d",
        "Renamed d/c < d/a",
        "Renamed moved < d",
        "Written d/b",
        "Written d/e/d/b",
        "Written dd",
        "Written installed",
        "Written saa",
        "Written sab",
        "Written t.tar",
        "Written teed",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is missing of {lines:#?}");
    }
    let in_place = lines.iter().any(|line| line.starts_with("Renamed d/c < d/sed"));
    assert!(in_place, "{lines:#?}");
}

#[test]
fn rsync_is_told_by_its_final_names() {
    let mut scene = Scene::new(Ears::Ring(4096));
    scene.script("bash", "mkdir ../from; echo 1 > ../from/a; echo 2 > ../from/b");
    scene.told().expect(&[]);
    quiet(scene.command("rsync").args(["-a", "../from/", "to/"]));
    let lines = plain(scene.told().lines());
    for name in ["to/a", "to/b"] {
        let renamed = format!("Renamed {name} < ");
        assert!(lines.iter().any(|line| line.starts_with(&renamed)), "{lines:#?}");
    }
}

#[test]
fn python_is_told() {
    let mut scene = Scene::new(Ears::Ring(4096));
    let program = r#"
import multiprocessing, os, pathlib, shutil, subprocess, tempfile, threading
open("closed", "w").write("1")
left = open("left-open", "w"); left.write("2")
with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
    f.write("3"); f.flush(); os.replace(f.name, "replaced"); f.write("more")
shutil.copy("closed", "copied")
pathlib.Path("made").mkdir()
with open("of-a-child", "w") as f:
    subprocess.run(["echo", "child"], stdout=f, check=True)
threads = [threading.Thread(target=lambda n=n: open(f"t{n}", "w").write("x")) for n in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
def work(n): open(f"p{n}", "w").write("x")
with multiprocessing.get_context("fork").Pool(2) as pool: pool.map(work, range(4))
"#;
    quiet(scene.command("python3").args(["-I", "-B", "-c", program]));
    let told = scene.told();
    let lines = plain(told.lines());
    for name in
        ["closed", "left-open", "replaced", "copied", "of-a-child", "t0", "t1", "t2", "t3", "p0"]
    {
        let written = format!("Written {name}");
        assert!(lines.contains(&written), "{written} is missing of {lines:#?}");
    }
    told.expect_last_sizes();
}

#[test]
fn perl_is_told() {
    let mut scene = Scene::new(Ears::Ring(4096));
    let program = r#"
        open(F, ">", "a"); print F "1"; close F;
        open(F, ">>", "a"); print F "2"; close F;
        rename "a", "b"; link "b", "c"; symlink "b", "d"; mkdir "e"; unlink "c"; rmdir "e";
        open(STDOUT, ">", "out"); print "x"; system("echo y"); chmod 0600, "b";
        open(G, ">", "left"); print G "z";
    "#;
    quiet(scene.command("perl").args(["-e", program]));
    let told = scene.told();
    let expected = [
        "Changed b",
        "Linked c < b",
        "Made d",
        "Made e",
        "Removed c",
        "Removed e",
        "Renamed b < a",
        "Written a",
        "Written left",
        "Written out",
    ];
    assert_eq!(plain(told.lines()), expected);
    told.expect_last_sizes();
}
