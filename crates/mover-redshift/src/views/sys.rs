//! The `SYS_` views of serverless workgroups and newer clusters.

use super::family::{Family, Question};
use super::reader::Scope;
use super::records::Origin;
use super::{Presence, View, Window};
use crate::wire::Sql;

pub(super) struct Sys;

impl Family for Sys {
    fn origin(&self) -> Origin {
        Origin::Sys
    }

    fn queries(&self, scope: &Scope, window: &Window, presence: &Presence) -> Question {
        let mut sql = Sql::new(
            "select query_id, user_id, start_time, end_time, status, query_text, 0 \
             from sys_query_history where database_name = ",
        );
        sql = sql.text(&scope.database).then(" and start_time >= ").instant(window.from);
        sql = sql.then(" and start_time < ").instant(window.until);
        if let Some(since) = window.ended_since {
            sql = sql.then(" and end_time >= ").instant(since);
        }
        sql = sql.then(match presence.has(View::SysLoadJob) {
            true => {
                " and (user_id > 1 or query_id in \
                 (select query_id from sys_load_history where copy_job_id > 0))"
            }
            false => " and user_id > 1",
        });
        Question { begin: sql, key: &["query_id"], group: "", order: "query_id" }
    }

    fn succeeded(&self, state: &str) -> Option<bool> {
        match state {
            "success" => Some(true),
            "failed" | "canceled" | "cancelled" | "aborted" => Some(false),
            _ => None,
        }
    }

    fn undone(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::SysTransactionHistory).then(|| Question {
            begin: Sql::new(
                "select query_id from sys_query_history where transaction_id in \
                 (select transaction_id from sys_transaction_history \
                 where status = 'rolledback') and query_id in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query_id"],
            group: " group by query_id",
            order: "query_id",
        })
    }

    fn texts(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::SysQueryText).then(|| Question {
            begin: Sql::new(
                "select query_id, sequence, text from sys_query_text where query_id in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query_id", "sequence"],
            group: "",
            order: "query_id, sequence",
        })
    }

    fn loads(&self, presence: &Presence, queries: &[i64]) -> Question {
        let begin = match presence.has(View::SysLoadEtag) {
            true => Sql::new(
                "select query_id, file_name, max(record_time), 1, max(file_etag), \
                 max(file_last_modified), null from sys_load_detail where query_id in (",
            ),
            false => Sql::new(
                "select query_id, file_name, max(record_time), 1, null, null, null \
                 from sys_load_detail where query_id in (",
            ),
        };
        Question {
            begin: begin.numbers(queries).then(")"),
            key: &["query_id", "file_name"],
            group: " group by query_id, file_name",
            order: "query_id, file_name",
        }
    }

    fn scans(&self, presence: &Presence, queries: &[i64]) -> Vec<Question> {
        let there = presence.has(View::SysExternalQueryDetail);
        let question = || Question {
            begin: Sql::new(
                "select query_id, file_location, null, max(is_recursive), max(end_time), \
                 sum(scanned_files) from sys_external_query_detail \
                 where source_type = 'S3' and file_location is not null and query_id in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query_id", "file_location"],
            group: " group by query_id, file_location",
            order: "query_id, file_location",
        };
        there.then(question).into_iter().collect()
    }

    fn tables(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::SysExternalQueryDetail).then(|| Question {
            begin: Sql::new(
                "select query_id, table_name from sys_external_query_detail \
                 where source_type = 'S3' and table_name is not null and query_id in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query_id", "table_name"],
            group: " group by query_id, table_name",
            order: "query_id, table_name",
        })
    }

    fn unloads(&self, presence: &Presence, queries: &[i64]) -> Option<Question> {
        presence.has(View::SysUnloadDetail).then(|| Question {
            begin: Sql::new(
                "select query_id, file_name, max(end_time) from sys_unload_detail \
                 where query_id in (",
            )
            .numbers(queries)
            .then(")"),
            key: &["query_id", "file_name"],
            group: " group by query_id, file_name",
            order: "query_id, file_name",
        })
    }
}
