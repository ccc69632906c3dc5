//! Tables, as meta servers make, drop, recall, rename and change them.

use std::collections::BTreeMap;

use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::ErrorCode;

use super::{Shared, Version};

pub(super) fn create(
    shared: &Shared,
    err: ErrorCode,
    asked: CreateAppRequest,
) -> CreateAppResponse {
    let mut world = shared.world();
    if !err.is_ok() {
        return CreateAppResponse { err, appid: 0 };
    }
    let existing = world.table(&asked.app_name).map(|table| table.info.app_id);
    match (existing, asked.options.success_if_exist) {
        (Some(appid), true) => CreateAppResponse { err, appid },
        (Some(_), false) => CreateAppResponse { err: "ERR_APP_EXIST".into(), appid: 0 },
        (None, _) if !(1..=65_536).contains(&asked.options.partition_count) => {
            CreateAppResponse { err: "ERR_INVALID_PARAMETERS".into(), appid: 0 }
        }
        (None, _) => CreateAppResponse {
            err,
            appid: world.create(&asked.app_name, &asked.options, &shared.settings),
        },
    }
}

pub(super) fn remove(shared: &Shared, err: ErrorCode, asked: DropAppRequest) -> DropAppResponse {
    let mut world = shared.world();
    if !err.is_ok() {
        return DropAppResponse { err };
    }
    match (world.table_mut(&asked.app_name), asked.options.success_if_not_exist) {
        (Some(table), _) => table.info.status = AppStatus::Dropped,
        (None, true) => {}
        (None, false) => return DropAppResponse { err: "ERR_APP_NOT_EXIST".into() },
    }
    DropAppResponse { err }
}

pub(super) fn update_envs(
    shared: &Shared,
    err: ErrorCode,
    asked: UpdateAppEnvRequest,
) -> UpdateAppEnvResponse {
    let mut world = shared.world();
    let answer = |err, hint: &str| UpdateAppEnvResponse { err, hint_message: hint.to_owned() };
    if !err.is_ok() {
        return answer(err, "");
    }
    let missing = match shared.settings.version {
        Version::V2_6 => "ERR_APP_NOT_EXIST",
        _ => "ERR_INVALID_PARAMETERS",
    };
    let Some(table) = world.table_mut(&asked.app_name) else {
        return answer(missing.into(), "there is no such table");
    };
    let (keys, values) = (asked.keys.unwrap_or_default(), asked.values.unwrap_or_default());
    let envs: &mut BTreeMap<String, String> = &mut table.info.envs;
    match asked.op {
        EnvOperation::Set => envs.extend(keys.into_iter().zip(values)),
        EnvOperation::Delete => envs.retain(|key, _| !keys.contains(key)),
        EnvOperation::Clear => {
            let prefix = asked.clear_prefix.unwrap_or_default();
            envs.retain(|key, _| !key.starts_with(&prefix));
        }
        _ => return answer("ERR_INVALID_PARAMETERS".into(), "no such operation"),
    }
    answer(err, "")
}

pub(super) fn recall(
    shared: &Shared,
    err: ErrorCode,
    asked: RecallAppRequest,
) -> RecallAppResponse {
    let mut world = shared.world();
    let is_taken = world.table(&asked.new_app_name).is_some();
    let table = world.tables.get_mut(&asked.app_id);
    let dropped = table.filter(|table| table.info.status == AppStatus::Dropped);
    let err = match (&dropped, is_taken) {
        _ if !err.is_ok() => err,
        (None, _) => "ERR_APP_NOT_EXIST".into(),
        (Some(_), true) => "ERR_INVALID_PARAMETERS".into(),
        (Some(_), false) => err,
    };
    match dropped.filter(|_| err.is_ok()) {
        None => RecallAppResponse { err, info: nothing() },
        Some(table) => {
            table.info.status = AppStatus::Available;
            table.info.app_name = asked.new_app_name;
            RecallAppResponse { err, info: table.info.clone() }
        }
    }
}

fn nothing() -> AppInfo {
    AppInfo {
        status: AppStatus::Invalid,
        app_type: String::new(),
        app_name: String::new(),
        app_id: 0,
        partition_count: 0,
        envs: BTreeMap::new(),
        is_stateful: false,
        max_replica_count: 0,
        expire_second: 0,
        create_second: 0,
        drop_second: 0,
        duplicating: None,
        init_partition_count: 0,
        is_bulk_loading: None,
        atomic_idempotent: None,
    }
}

pub(super) fn rename(
    shared: &Shared,
    err: ErrorCode,
    asked: RenameAppRequest,
) -> RenameAppResponse {
    let mut world = shared.world();
    let is_taken = world.table(&asked.new_app_name).is_some();
    let err = match world.table_mut(&asked.old_app_name) {
        _ if !err.is_ok() => err,
        None => "ERR_APP_NOT_EXIST".into(),
        Some(_) if is_taken => "ERR_INVALID_PARAMETERS".into(),
        Some(table) => {
            table.info.app_name = asked.new_app_name;
            err
        }
    };
    RenameAppResponse { err, hint_message: None }
}
