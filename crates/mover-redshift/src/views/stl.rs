//! The `STL_`, `SVL_` and `SVCS_` views of provisioned clusters.

use super::family::{Family, Question};
use super::reader::Scope;
use super::records::Origin;
use super::{Presence, View, Window};
use crate::wire::Sql;

/// The width of `STL_QUERY.database`, in bytes: longer names are cut there.
const WIDEST_DATABASE: usize = 32;

pub(super) struct Stl;

impl Family for Stl {
    fn origin(&self) -> Origin {
        Origin::Stl
    }

    fn queries(&self, scope: &Scope, window: &Window, presence: &Presence) -> Question {
        let mut sql = Sql::new(
            "select query, userid, starttime, endtime, aborted, querytxt, \
             concurrency_scaling_status from stl_query where database = ",
        );
        sql = sql.text(cut(&scope.database)).then(" and starttime >= ").instant(window.from);
        sql = sql.then(" and starttime < ").instant(window.until);
        if let Some(since) = window.ended_since {
            sql = sql.then(" and endtime >= ").instant(since);
        }
        // The system's own loads are not ours to move, but those of COPY jobs are.
        sql = sql.then(match presence.has(View::StlLoadJob) {
            true => {
                " and (userid > 1 or query in \
                 (select query from stl_load_commits where copy_job_id > 0))"
            }
            false => " and userid > 1",
        });
        Question { begin: sql, key: &["query"], group: "", order: "query" }
    }

    fn succeeded(&self, state: &str) -> Option<bool> {
        Some(state == "0")
    }

    fn undone(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::StlUndone).then(|| Question {
            begin: Sql::new(
                "select query from stl_query where xid in \
                 (select xact_id_undone from stl_undone) and query in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query"],
            group: " group by query",
            order: "query",
        })
    }

    fn texts(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::StlQueryText).then(|| Question {
            begin: Sql::new("select query, sequence, text from stl_querytext where query in (")
                .numbers(queries)
                .then(")"),
            key: &["query", "sequence"],
            group: "",
            order: "query, sequence",
        })
    }

    fn loads(&self, presence: &Presence, queries: &[i64]) -> Question {
        let begin = match presence.has(View::StlLoadJob) {
            true => Sql::new(
                "select query, filename, max(curtime), min(case when status = 1 then 1 else 0 end), \
                 null, null, max(copy_job_id) from stl_load_commits where query in (",
            ),
            false => Sql::new(
                "select query, filename, max(curtime), min(case when status = 1 then 1 else 0 end), \
                 null, null, null from stl_load_commits where query in (",
            ),
        };
        Question {
            begin: begin.numbers(queries).then(")"),
            key: &["query", "filename"],
            group: " group by query, filename",
            order: "query, filename",
        }
    }

    fn scans(&self, presence: &Presence, queries: &[i64]) -> Vec<Question> {
        let lists = [
            (
                View::SvlS3List,
                "select query, bucket, prefix, max(recursive), max(eventtime), \
                 sum(retrieved_files) from svl_s3list where query in (",
            ),
            (
                View::SvcsS3List,
                "select query, bucket, prefix, max(recursive), max(eventtime), \
                 sum(retrieved_files) from svcs_s3list where query in (",
            ),
        ];
        let there = lists.into_iter().filter(|(view, _)| presence.has(*view));
        let question = |(_, text)| Question {
            begin: Sql::new(text).numbers(queries).then(")"),
            key: &["query", "bucket", "prefix"],
            group: " group by query, bucket, prefix",
            order: "query, bucket, prefix",
        };
        there.map(question).collect()
    }

    fn tables(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::SvlS3QuerySummary).then(|| Question {
            begin: Sql::new(
                "select query, external_table_name from svl_s3query_summary where query in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query", "external_table_name"],
            group: " group by query, external_table_name",
            order: "query, external_table_name",
        })
    }

    fn unloads(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::StlUnloadLog).then(|| Question {
            begin: Sql::new(
                "select query, path, max(end_time) from stl_unload_log where query in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query", "path"],
            group: " group by query, path",
            order: "query, path",
        })
    }
}

/// A database's name as `STL_QUERY` has it.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(WIDEST_DATABASE)]
}
