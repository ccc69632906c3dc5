//! The rows that tools get wrong: borders of time, cut names, loads that were none.

use super::scene::{
    Copied, between, keys, loaded, read, read_in_pages, scope, start, warehouse, window,
};
use boatlift_mover_redshift::place::Place;
use boatlift_mover_redshift::views::{
    Include, Presence, Record, Scope, Spelling, Views as Family, sees_only,
};
use boatlift_testkit::services::redshift::{SqlEndpoint, Views};

#[test]
fn a_window_is_half_open_to_the_microsecond() {
    let redshift = start(Views::Older);
    for (query, start) in [
        (1, "2026-11-20 09:59:59.999999"),
        (2, "2026-11-20 10:00:00"),
        (3, "2026-11-20 10:59:59.999999"),
        (4, "2026-11-20 11:00:00"),
    ] {
        Copied { query, start, ..Copied::default() }.insert(&redshift);
    }
    let (records, _) = read(&redshift, &scope(), &window());
    assert_eq!(keys(&records), ["2", "3"]);
    let offset = between("2026-11-20T11:00:00+01:00", "2026-11-20T12:00:00+01:00");
    let (records, _) = read(&redshift, &scope(), &offset);
    assert_eq!(keys(&records), ["2", "3"], "an offset is the same instant");
}

#[test]
fn a_copy_that_ends_behind_the_window_belongs_to_it() {
    let redshift = start(Views::Older);
    Copied { start: "2026-11-20 10:59:30", ..Copied::default() }.insert(&redshift);
    let mut window = window();
    assert_eq!(keys(&read(&redshift, &scope(), &window).0), ["1"]);
    window.ended_since = "2026-11-20T11:00:30Z".parse().ok();
    assert_eq!(keys(&read(&redshift, &scope(), &window).0), ["1"], "ends at that instant");
    window.ended_since = "2026-11-20T11:00:30.000001Z".parse().ok();
    assert_eq!(keys(&read(&redshift, &scope(), &window).0), [""; 0]);
}

#[test]
fn what_was_no_load_of_a_user_is_left_out_and_counted() {
    let redshift = start(Views::Older);
    Copied { query: 1, ..Copied::default() }.insert(&redshift);
    Copied { query: 2, aborted: 1, ..Copied::default() }.insert(&redshift);
    Copied { query: 3, status: 0, ..Copied::default() }.insert(&redshift);
    Copied { query: 4, user: 1, ..Copied::default() }.insert(&redshift);
    Copied { query: 5, user: 1, job: "77", ..Copied::default() }.insert(&redshift);
    let noload = "copy t from ''s3://b/'' csv NoLoad";
    Copied { query: 6, text: noload, ..Copied::default() }.insert(&redshift);
    Copied { query: 7, scaled: 1, ..Copied::default() }.insert(&redshift);
    let (records, left_out) = read(&redshift, &scope(), &window());
    assert_eq!(keys(&records), ["1", "5", "7"]);
    let job = loaded(&records).find(|file| file.place.key == "5").and_then(|file| file.job);
    assert_eq!(job, Some(77));
    assert_eq!((left_out.failed, left_out.failed_files), (1, 1));
    assert_eq!((left_out.no_load, left_out.scaled), (1, 1));
    let include = Include { failed: true, no_load: true, unloads: false };
    let (records, left_out) = read(&redshift, &Scope { include, ..scope() }, &window());
    assert_eq!(keys(&records), ["1", "2", "3", "5", "6", "7"], "on request");
    assert_eq!((left_out.failed, left_out.failed_files, left_out.no_load), (0, 0, 0));
}

#[test]
fn a_copy_whose_transaction_was_rolled_back_is_no_load() {
    let redshift = start(Views::Provisioned);
    for query in [1, 2] {
        Copied { query, ..Copied::default() }.insert(&redshift);
    }
    // The same two as the other family has them; the second COPY succeeded in either.
    redshift
        .sql(
            "insert into sys_query_history (user_id, query_id, transaction_id, database_name, \
             status, start_time, end_time, query_text) select 100, query, query + 10, 'dev', \
             'success', starttime, endtime, querytxt from stl_query; \
             insert into sys_load_detail (user_id, query_id, file_name, record_time) \
             select 100, query, filename, curtime from stl_load_commits; \
             update stl_query set xid = query + 10; \
             insert into stl_undone (xact_id, xact_id_undone) values (12, 12), (12, 12); \
             insert into sys_transaction_history (transaction_id, status) \
             values (11, 'committed'), (12, 'rolledback')",
        )
        .expect("rows");
    let failed = Scope { include: Include { failed: true, ..Include::default() }, ..scope() };
    for family in [Family::Stl, Family::Sys] {
        let read = |scope: &Scope| {
            let mut warehouse = warehouse(redshift.endpoint());
            read_in_pages(&mut warehouse, family, scope, &window(), 100)
        };
        let (records, left_out) = read(&scope());
        assert_eq!((keys(&records), left_out.undone), (vec!["1".to_owned()], 1), "{family:?}");
        assert_eq!(keys(&read(&failed).0), ["1", "2"], "{family:?}");
    }
}

#[test]
fn databases_are_told_apart_and_names_may_hold_anything() {
    let redshift = start(Views::Older);
    let names = ["dev", "dev2", "it''s", "a\\b", "x'' or ''1''=''1"];
    for (query, database) in (1..).zip(names) {
        Copied { query, database, ..Copied::default() }.insert(&redshift);
    }
    for (query, database) in (1..).zip(names) {
        let scope = Scope { database: database.replace("''", "'"), ..scope() };
        let (records, _) = read(&redshift, &scope, &window());
        assert_eq!(keys(&records), [query.to_string()], "{database}");
    }
    let unknown = Scope { database: "nobody".into(), ..scope() };
    assert_eq!(read(&redshift, &unknown, &window()).0, []);
}

#[test]
fn a_database_of_more_than_32_bytes_is_found_by_what_the_view_keeps() {
    let redshift = start(Views::Older);
    Copied { database: "a23456789012345678901234567890zz", ..Copied::default() }.insert(&redshift);
    let database = "a23456789012345678901234567890zz_and_more".to_owned();
    let (records, _) = read(&redshift, &Scope { database, ..scope() }, &window());
    assert_eq!(keys(&records), ["1"]);
}

#[test]
fn a_file_name_that_fills_its_column_may_be_cut() {
    let redshift = start(Views::Older);
    Copied::default().insert(&redshift);
    for length in [255, 256] {
        let key = "k".repeat(length - "s3://b/".len());
        let sql = format!("update stl_load_commits set filename = 's3://b/{key}'");
        redshift.sql(&sql).expect("a name");
        let (records, _) = read(&redshift, &scope(), &window());
        let file = loaded(&records).next().expect("a file");
        assert_eq!(file.place, Place::new("b", key));
        assert_eq!(file.spelling == Spelling::PerhapsCut, length == 256);
    }
}

#[test]
fn a_file_without_a_bucket_takes_that_of_its_copy() {
    let redshift = start(Views::Older);
    Copied::default().insert(&redshift);
    redshift.sql("update stl_load_commits set filename = 'tickit/users.txt'").expect("a name");
    let (records, _) = read(&redshift, &scope(), &window());
    let file = loaded(&records).next().expect("a file");
    assert_eq!(file.place, Place::new("b", "tickit/users.txt"));
    redshift.sql("update stl_query set querytxt = 'call load()'").expect("another text");
    let (records, left_out) = read(&redshift, &scope(), &window());
    assert_eq!((keys(&records).len(), left_out.unplaced_files), (0, 1));
}

#[test]
fn a_file_that_slices_shared_is_one() {
    let redshift = start(Views::Older);
    Copied::default().insert(&redshift);
    let slice = "insert into stl_load_commits (userid, query, slice, filename, curtime, status, \
                 is_partial) select 100, 1, n, 's3://b/1', \
                 timestamp '2026-11-20 10:40:00' + n * interval '1 second', 1, 1 \
                 from generate_series(1, 9) n";
    redshift.sql(slice).expect("slices");
    let (records, _) = read(&redshift, &scope(), &window());
    let files: Vec<_> = loaded(&records).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].loaded, "2026-11-20T10:40:09Z".parse().expect("a time"));
}

#[test]
fn a_copy_that_loaded_nothing_is_a_statement_without_files() {
    let redshift = start(Views::Older);
    Copied::default().insert(&redshift);
    redshift.sql("delete from stl_load_commits").expect("no files");
    let (records, _) = read(&redshift, &scope(), &window());
    assert!(matches!(records.as_slice(), [Record::Statement(_)]), "{records:?}");
}

#[test]
fn a_user_whom_the_views_show_nobody_else_s_statements_is_told() {
    let redshift = start(Views::Older);
    Copied::default().insert(&redshift);
    let sees = |endpoint: &SqlEndpoint| {
        let mut warehouse = warehouse(endpoint);
        let presence = Presence::find(&mut warehouse, Family::Auto).expect("views");
        sees_only(&mut warehouse, &presence).expect("an answer")
    };
    let mover = redshift.let_in("mover", "Pass4word").expect("a user");
    assert_eq!(sees(&mover), None, "it sees the statement of another");
    // As Redshift does it: rows of others are not there, and nothing is said.
    redshift
        .sql(
            "alter table stl_query enable row level security; create policy own on stl_query \
             using (userid = (select usesysid::int from pg_user where usename = current_user))",
        )
        .expect("a policy");
    assert_eq!(sees(&mover).as_deref(), Some("mover"));
    assert_eq!(sees(redshift.endpoint()), None, "a superuser sees all");
}
