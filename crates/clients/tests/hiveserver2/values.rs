//! Rows: every type, nulls, and batches smaller than the answer.

use boatlift_clients::hiveserver2::{Cell, HiveError, Unwatched};

use super::Scratch;

#[test]
fn every_type_arrives_with_its_nulls() {
    for mut scratch in Scratch::on_all() {
        let session = &mut scratch.session;
        let place = session.endpoint().clone();
        session
            .run(
                "CREATE TABLE every (b boolean, t tinyint, s smallint, i int, l bigint, f float, \
                 d double, n decimal(38,18), g string, v varchar(12), c char(3), y binary, \
                 e date, m timestamp, a array<int>, k map<string,int>, r struct<x:int,y:string>) STORED AS ORC",
                &mut Unwatched,
            )
            .expect("creates");
        session.run("CREATE TABLE one (x int)", &mut Unwatched).expect("creates");
        session.run("INSERT INTO TABLE one VALUES (1)", &mut Unwatched).expect("inserts");
        session
            .run(
                "INSERT INTO TABLE every SELECT true, cast(-128 as tinyint), cast(-32768 as smallint), \
                 -2147483648, cast('-9223372036854775808' as bigint), cast(1.5 as float), 2.25D, \
                 cast('12345678901234567890.000000000000000001' as decimal(38,18)), \
                 'gr\u{f6}\u{df}e \u{1F6A2}', cast('varchar' as varchar(12)), cast('ab' as char(3)), \
                 unhex('00FF80'), cast('2026-11-21' as date), \
                 cast('2026-11-21 05:00:00.123' as timestamp), array(1,2), map('k',7), \
                 named_struct('x',1,'y','z') FROM one",
                &mut Unwatched,
            )
            .expect("inserts");
        let mut statement =
            session.execute("SELECT * FROM every", &mut Unwatched).expect("selects");
        let columns = statement.columns().expect("columns");
        let types: Vec<_> = columns.iter().map(|column| column.type_name.as_str()).collect();
        assert_eq!(
            types[..7],
            ["boolean", "tinyint", "smallint", "int", "bigint", "float", "double"]
        );
        assert_eq!(types[7..12], ["decimal(38,18)", "string", "varchar(12)", "char(3)", "binary"]);
        assert_eq!(types[12..14], ["date", "timestamp"]);
        assert_eq!(columns[0].name, "every.b");
        let rows: Result<Vec<_>, _> = statement.rows(10).collect();
        let rows = rows.expect("rows");
        statement.close().expect("closes");
        assert_eq!(rows.len(), 1);
        let text = |text: &str| Cell::Text(text.as_bytes().to_vec());
        let expected = [
            Cell::Bool(true),
            Cell::I8(-128),
            Cell::I16(-32_768),
            Cell::I32(i32::MIN),
            Cell::I64(i64::MIN),
            Cell::F64(1.5),
            Cell::F64(2.25),
            text("12345678901234567890.000000000000000001"),
            text("gr\u{f6}\u{df}e \u{1F6A2}"),
            text("varchar"),
            text("ab "),
            Cell::Binary(vec![0, 0xff, 0x80]),
            text("2026-11-21"),
            text("2026-11-21 05:00:00.123"),
            text("[1,2]"),
            text("{\"k\":7}"),
            text("{\"x\":1,\"y\":\"z\"}"),
        ];
        assert_eq!(rows[0].cells(), expected, "{place}");
    }
}

#[test]
fn many_rows_come_in_batches_and_nulls_stay_where_they_are() {
    for mut scratch in Scratch::on_all() {
        let session = &mut scratch.session;
        session.run("CREATE TABLE n (a int, b string)", &mut Unwatched).expect("creates");
        let values: Vec<_> = (0..250)
            .map(|n| match n % 3 {
                0 => format!("({n},NULL)"),
                _ => format!("({n},'{n}')"),
            })
            .collect();
        let insert = format!("INSERT INTO TABLE n VALUES {}", values.join(","));
        session.run(&insert, &mut Unwatched).expect("inserts");
        let mut statement = session.execute("SELECT a, b FROM n", &mut Unwatched).expect("selects");
        let mut seen = Vec::new();
        for row in statement.rows(64) {
            let row = row.expect("a row");
            let number = row.integer(0).expect("a number");
            let expected = (number % 3 != 0).then(|| number.to_string());
            assert_eq!(row.text(1), expected, "{number}");
            seen.push(number);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..250).collect::<Vec<_>>());
        statement.close().expect("closes");
        let error = session.rows("SELECT a FROM n", 249, &mut Unwatched).expect_err("too many");
        assert!(matches!(error, HiveError::TooManyRows { most: 249, .. }), "{error}");
        let rows = session.rows("SELECT a FROM n LIMIT 7", 7, &mut Unwatched).expect("seven");
        assert_eq!(rows.len(), 7);
    }
}

#[test]
fn a_statement_without_rows_has_none() {
    for mut scratch in Scratch::on_all() {
        let create = "CREATE TABLE t (a int)";
        let mut statement = scratch.session.execute(create, &mut Unwatched).expect("creates");
        assert_eq!(statement.columns().expect("columns"), []);
        assert_eq!(statement.rows(10).count(), 0);
        statement.close().expect("closes");
        let rows = scratch.session.rows("SELECT a FROM t", 10, &mut Unwatched).expect("selects");
        assert!(rows.is_empty());
    }
}
