//! Mirrors from and to buckets by the real binary, at real gateways.

use crate::harness::{Place, Ran, Running};
use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::certificates::Encryption;
use boatlift_testkit::services::radosgw::Radosgw;
use boatlift_testkit::services::s3::{Credentials, S3Endpoint};
use boatlift_testkit::services::versitygw::{Versitygw, VersitygwOptions};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A gateway, and a place whose roots are buckets there.
struct Ground {
    place: Place,
    server: Versitygw,
}

impl Ground {
    fn new() -> Ground {
        Ground::with(&VersitygwOptions::default())
    }

    fn with(options: &VersitygwOptions) -> Ground {
        let server = Versitygw::start(options).expect("it starts");
        for bucket in ["first", "second"] {
            server.endpoint().make_bucket(bucket).expect("a bucket");
        }
        let place = Place::new();
        Ground { place, server }
    }

    fn command(&self, lower: &str, upper: &str, state: &str, options: &[&str]) -> Command {
        mirror_command((&self.place, self.server.endpoint()), (lower, upper), (state, options))
    }

    #[track_caller]
    fn mirror(&self, lower: &str, upper: &str, state: &str, options: &[&str]) -> Ran {
        Ran::of(&mut self.command(lower, upper, state, options))
    }

    fn call(&self, path_and_query: &str) -> String {
        let server = self.server.endpoint();
        server.call(&server.owner, "GET", path_and_query, None).expect("an answer")
    }

    /// Asserts that a bucket has no upload open and nothing of ours.
    #[track_caller]
    fn assert_nothing_of_ours(&self, bucket: &str) {
        let uploads = self.call(&format!("{bucket}?uploads="));
        assert!(!uploads.contains("<UploadId>"), "{uploads}");
        let keys = self.call(&format!("{bucket}?list-type=2"));
        assert!(!keys.contains(".boatlift"), "{keys}");
    }
}

/// `boatlift mirror LOWER UPPER`, with all that it takes to reach the buckets of `server`.
fn mirror_command(
    (place, server): (&Place, &S3Endpoint),
    (lower, upper): (&str, &str),
    (state, options): (&str, &[&str]),
) -> Command {
    let credentials = place.top.path().join("credentials");
    let Credentials { access_key, secret_key } = &server.owner;
    let lines =
        format!("[test]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n");
    fs::write(&credentials, lines).expect("written");
    let mut words: Vec<OsString> = vec!["mirror".into(), lower.into(), upper.into()];
    for side in ["lower", "upper"] {
        words.push(format!("--{side}-endpoint-url={}", server.url).into());
        words.push(format!("--{side}-region={}", server.region).into());
        words.push(format!("--{side}-profile=test").into());
        words.push(format!("--{side}-credentials-file={}", credentials.display()).into());
    }
    words.extend(options.iter().map(OsString::from));
    let mut command = Command::new(crate::harness::binary());
    command.args(words).arg("--state-dir").arg(place.top.path().join(state));
    crate::harness::quietly(&mut command, place.top.path());
    command
}

fn path(path: &Path) -> &str {
    path.to_str().expect("plain names")
}

fn write(path: &Path, content: &[u8], mode: u32, time: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, content).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    touch(path, time);
}

fn touch(path: &Path, time: &str) {
    let touched = Command::new("touch").args(["-d", time]).arg(path).status().expect("touch");
    assert!(touched.success());
}

#[test]
fn a_gateway_of_a_private_authority_is_trusted_only_by_who_names_the_authority() {
    let options = VersitygwOptions { encryption: Encryption::Required, ..Default::default() };
    let ground = Ground::with(&options);
    let server = ground.server.endpoint();
    assert!(server.url.starts_with("https://"), "{}", server.url);
    server.call(&server.owner, "PUT", "first/a", Some("content")).expect("it is put");
    let authority = path(server.authority.as_deref().expect("an authority")).to_owned();
    let command = |options: &[&str]| ground.command("s3://first", "s3://second", "state", options);

    let strange = Ran::of(&mut command(&[])).expect(4).says("BL-");
    assert!(strange.stderr.contains("certificate"), "{}", strange.stderr);
    let lower = format!("--lower-ca-file={authority}");
    let upper = format!("--upper-ca-file={authority}");
    // Each side trusts for itself.
    let one = Ran::of(&mut command(&[&lower])).expect(4);
    assert!(one.stderr.contains("certificate"), "{}", one.stderr);
    let missing = Ran::of(&mut command(&[&lower, "--upper-ca-file=none.pem"])).expect(2);
    assert!(missing.stderr.contains("none.pem"), "{}", missing.stderr);
    Ran::of(&mut command(&[&lower, &upper])).expect(0);
    assert_eq!(ground.call("second/a"), "content");

    server.call(&server.owner, "PUT", "first/b", Some("more")).expect("it is put");
    Ran::of(command(&[]).env("AWS_CA_BUNDLE", &authority)).expect(0);
    assert_eq!(ground.call("second/b"), "more");
}

#[test]
fn a_tree_comes_back_from_two_buckets_as_it_was() {
    let ground = Ground::new();
    let (lower, upper) = (&ground.place.lower, &ground.place.upper);
    write(&lower.join("a/plain"), b"plain", 0o644, "2001-02-03 04:05:06.123456789");
    write(&lower.join("a/run.sh"), b"#!/bin/sh\n", 0o750, "1969-12-31 23:00:00.5");
    write(&lower.join("b/é +%#?&'\"\\"), b"odd", 0o600, "2020-01-01");
    write(&lower.join("b/large"), &vec![7; 17 << 20], 0o644, "2020-01-01");
    write(&lower.join("empty"), b"", 0o644, "2020-01-01");
    fs::create_dir_all(lower.join("hollow/inside")).expect("directories");
    fs::set_permissions(lower.join("hollow"), fs::Permissions::from_mode(0o700)).expect("a mode");
    for directory in ["a", "b", "hollow/inside", "hollow"] {
        touch(&lower.join(directory), "2010-10-10 10:10:10.000000001");
    }
    let (first, second) = ("s3://first/in/here", "s3://second/there");
    ground.mirror(path(lower), first, "one", &["--verify=content"]).expect(0);
    ground.mirror(first, second, "two", &["--verify=content"]).expect(0);
    ground.mirror(second, path(upper), "three", &["--verify=content"]).expect(0);
    touch(lower, "2020-01-01");
    touch(upper, "2020-01-01");
    ground.place.assert_equal();
    for (from, to, state) in
        [(path(lower), first, "one"), (first, second, "two"), (second, path(upper), "three")]
    {
        let again = ground.mirror(from, to, state, &[]).expect(0);
        assert!(!again.stdout.contains("steps"), "nothing is left to do: {}", again.stdout);
    }
    ["first", "second"].iter().for_each(|bucket| ground.assert_nothing_of_ours(bucket));
}

#[test]
fn keys_that_a_directory_cannot_hold_fail_alone_and_nothing_is_written_outside() {
    let gateway = Radosgw::start().expect("it starts");
    let server = gateway.endpoint();
    ask(server, Question::Keys, "odd").expect("Amazon's own client puts odd keys there");
    let place = Place::new();
    let roots = ("s3://odd", path(&place.upper));
    Ran::of(&mut mirror_command((&place, server), roots, ("state", &[]))).expect(1);
    let items = Ran::of(&mut place.boatlift(&["items".as_ref(), place.state.as_os_str()]));
    let failed: Vec<_> = items.stdout.lines().filter(|line| line.starts_with("failed")).collect();
    let code_of = |key: &str| {
        let line = failed.iter().find(|line| line.starts_with(&format!("failed  {key}  ")));
        line.and_then(|line| line.rsplit('[').next()).map(|code| code.trim_end_matches(']'))
    };
    for (key, code) in
        [("/lead", "BL-COPY-005"), ("a//b", "BL-COPY-005"), ("up/../down", "BL-COPY-005")]
    {
        assert_eq!(code_of(key), Some(code), "{key}: {failed:#?}");
    }
    assert!(code_of("x/y").is_some(), "an object `x` stands in the way of it: {failed:#?}");
    for (name, content) in [("a b", "space"), ("100%", "percent"), ("a%2Fb", "encoded slash")] {
        assert_eq!(fs::read_to_string(place.upper.join(name)).ok().as_deref(), Some(content));
    }
    let mut beside: Vec<_> = fs::read_dir(place.top.path())
        .expect("names")
        .map(|entry| entry.expect("a name").file_name())
        .collect();
    beside.sort();
    assert_eq!(beside, ["credentials", "lower", "state", "upper"], "something is outside");
}

#[test]
fn what_is_gone_from_a_bucket_is_removed_from_the_other_on_request() {
    let ground = Ground::new();
    let lower = &ground.place.lower;
    for name in ["keep", "d/go", "d/stay"] {
        write(&lower.join(name), name.as_bytes(), 0o644, "2020-01-01");
    }
    let (first, second) = ("s3://first", "s3://second");
    ground.mirror(path(lower), first, "one", &[]).expect(0);
    ground.mirror(first, second, "two", &[]).expect(0);
    fs::remove_file(lower.join("d/go")).expect("removed");
    write(&lower.join("keep"), b"changed", 0o644, "2021-01-01");
    let gone = ["--delete=gone", "--max-delete=1"];
    ground.mirror(path(lower), first, "one", &gone).expect(0);
    ground.mirror(first, second, "two", &gone).expect(0);
    let keys = ground.call("second?list-type=2");
    assert!(keys.contains("d/stay") && !keys.contains("d/go"), "{keys}");
    assert_eq!(ground.call("second/keep"), "changed");
}

#[test]
fn a_run_that_is_killed_leaves_no_upload_behind_and_nothing_is_missing_after_the_next() {
    let ground = Ground::new();
    let (lower, upper) = (&ground.place.lower, &ground.place.upper);
    for number in 0..6u8 {
        let content = vec![number; (24 << 20) + usize::from(number)];
        write(&lower.join(format!("large-{number}")), &content, 0o644, "2020-01-01");
    }
    for number in 0..200 {
        write(&lower.join(format!("d/{number}")), &[number; 100], 0o644, "2020-01-01");
    }
    let first = "s3://first/p";
    let mut run = Running::start(&mut ground.command(path(lower), first, "one", &[]));
    run.wait_until("an upload", || ground.call("first?uploads=").contains("<UploadId>"));
    run.signal(rustix::process::Signal::KILL);
    drop(run.end());
    assert!(ground.call("first?uploads=").contains("<UploadId>"), "no upload was caught open");
    ground.mirror(path(lower), first, "one", &["--verify=content"]).expect(0);
    ground.assert_nothing_of_ours("first");
    ground.mirror(first, path(upper), "two", &["--verify=content"]).expect(0);
    [lower, upper].iter().for_each(|root| touch(root, "2020-01-01"));
    ground.place.assert_equal();
}
