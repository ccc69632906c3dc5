//! What may go wrong behind a cutover's back, at a random moment.

use crate::world::{PARTITIONS, TABLE, World};
use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_zookeeper::Fault as Lost;
use std::sync::Arc;
use std::time::Duration;

/// What ZooKeeper does with a question that sets a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Late {
    /// It loses it.
    Never,
    /// It loses the answer.
    Unanswered,
    /// It carries it out when nobody waits any more.
    Later(Duration),
}

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None.
    Nothing,
    /// Another meta server leads.
    Leader,
    /// A partition moves to another primary.
    Primary(usize),
    /// The newest mutation of a partition is not shipped before a later one comes.
    Tail(usize),
    /// A replica server dies, and comes back later.
    Server(usize),
    /// ZooKeeper does the worst with the switch.
    ZooKeeper(Late),
    /// The process dies at an event of the cutover.
    Death(usize),
}

impl Fault {
    pub(crate) fn draw(dice: &mut Dice) -> Fault {
        let partition = dice.below(u64::from(PARTITIONS)) as usize;
        match dice.below(12) {
            0 => Fault::Nothing,
            1 => Fault::Leader,
            2 => Fault::Primary(partition),
            3 => Fault::Tail(partition),
            4 => Fault::Server(partition % 3),
            5 => Fault::ZooKeeper(Late::Never),
            6 => Fault::ZooKeeper(Late::Unanswered),
            7 => Fault::ZooKeeper(Late::Later(Duration::from_millis(dice.below(4_000)))),
            _ => Fault::Death(1 + dice.below(24) as usize),
        }
    }

    /// Lets it happen within the next two seconds of simulated time.
    pub(crate) fn happen(self, world: &Arc<World>, dice: &mut Dice) {
        let after = Duration::from_millis(dice.below(2_000));
        match self {
            Fault::ZooKeeper(Late::Never) => world.nodes.next(Lost::LostBefore),
            Fault::ZooKeeper(Late::Unanswered) => world.nodes.next(Lost::LostAfter),
            Fault::ZooKeeper(Late::Later(after)) => world.nodes.next(Lost::Late(after)),
            _ => {}
        }
        let there = Arc::downgrade(world);
        world.runtime.spawn(async move {
            tokio::time::sleep(after).await;
            let Some(world) = there.upgrade() else { return };
            match self {
                Fault::Leader => world.lower.lead_by(1),
                Fault::Primary(partition) => {
                    world.lower.move_primary(TABLE, partition, (partition + 1) % 3);
                }
                Fault::Tail(partition) => world.lower.stick(TABLE, partition),
                Fault::Server(server) => {
                    world.lower.kill(server);
                    let down = world.clone();
                    drop(world);
                    tokio::time::sleep(Duration::from_secs(40)).await;
                    down.lower.revive(server);
                }
                Fault::Nothing | Fault::ZooKeeper(_) | Fault::Death(_) => {}
            }
        });
    }
}
