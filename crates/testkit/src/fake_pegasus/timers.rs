//! What happens by itself: syncs and group checks of each server at its own phase, writes that
//! go on, and servers that are missed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::world::{Health, World};
use super::{Shared, shipping};
use shipping::Pace;

/// Between two looks at what is being shipped.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Between two looks at duplications that have nothing to ship.
const LOOK_IDLE: Duration = Duration::from_millis(50);

/// A part of an interval by chance.
fn phase(shared: &Shared, interval: Duration) -> Duration {
    let parts = u32::try_from(shared.world().dice.below(1000)).unwrap_or_default();
    interval * parts / 1000
}

/// Config syncs of one server.
pub(super) async fn sync_config(shared: Arc<Shared>, server: usize) {
    sleep(phase(&shared, shared.settings.config_sync)).await;
    loop {
        let every = {
            let mut world = shared.world();
            if world.replicas[server].is_well() {
                world.sync(server);
            }
            shared.config_sync_of(&world.replicas[server])
        };
        sleep(every).await;
    }
}

/// Talks of one server about duplications.
pub(super) async fn sync_duplications(shared: Arc<Shared>, server: usize) {
    let every = shared.settings.duplication_sync;
    sleep(phase(&shared, every)).await;
    loop {
        {
            let mut world = shared.world();
            if world.replicas[server].is_well() {
                world.sync_duplications(server, &shared.settings);
            }
        }
        sleep(every).await;
    }
}

/// Group checks of one server.
pub(super) async fn check_groups(shared: Arc<Shared>, server: usize) {
    let every = shared.settings.group_check;
    sleep(phase(&shared, every)).await;
    loop {
        {
            let mut world = shared.world();
            let World { tables, dice, .. } = &mut *world;
            for table in tables.values_mut().filter(|table| !table.duplications.is_empty()) {
                let own = table.partitions.iter_mut();
                for partition in own.filter(|partition| partition.primary() == Some(server)) {
                    partition.check(&shared.settings, dice);
                }
            }
        }
        sleep(every).await;
    }
}

/// Writes and duplications, as far as they are; at once when there is something new.
pub(super) async fn go_on(shared: Arc<Shared>) {
    loop {
        let next = shared.advance();
        let look = match shipping::go_on(&shared) {
            Pace::Busy => Some(Instant::now() + LOOK_EVERY),
            Pace::Idle => Some(Instant::now() + LOOK_IDLE),
            Pace::Asleep => None,
        };
        let until = next.into_iter().chain(look).min();
        let wait = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { () = wait => {}, () = shared.news.notified() => {} }
    }
}

/// Dead servers lose their partitions to others.
pub(super) async fn detect_failures(shared: Arc<Shared>) {
    let limit = shared.settings.failure_detection;
    loop {
        sleep((limit / 8).max(LOOK_EVERY)).await;
        let mut world = shared.world();
        for server in 0..world.replicas.len() {
            let health = world.replicas[server].health;
            if matches!(health, Health::Dead(since) if since.elapsed() >= limit) {
                world.give_up(server, &shared.settings);
            }
        }
    }
}
