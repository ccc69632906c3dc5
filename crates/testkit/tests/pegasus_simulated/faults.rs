//! What may go wrong behind a cutover's back, at a random moment.

use boatlift_core::SagaStep;
use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_zookeeper::Fault as Lost;
use boatlift_testkit::pegasus_handover::{MemoryLog, TABLE, World};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// For how long a server is dead.
const DOWN: Duration = Duration::from_secs(40);

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
    /// A partition moves to another server so long after the drain began.
    InDrain { partition: usize, server: usize, after: Duration },
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
    /// One at random, for a table of so many partitions.
    pub(crate) fn draw(dice: &mut Dice, partitions: u64) -> Fault {
        let partition = dice.below(partitions) as usize;
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

    /// Lets it happen within the next two seconds, or when the cutover is so far.
    pub(crate) fn happen(self, world: &Arc<World>, log: &MemoryLog, dice: &mut Dice) {
        let after = Duration::from_millis(dice.below(2_000));
        match self {
            Fault::Nothing => {}
            Fault::ZooKeeper(Late::Never) => world.nodes.next(Lost::LostBefore),
            Fault::ZooKeeper(Late::Unanswered) => world.nodes.next(Lost::LostAfter),
            Fault::ZooKeeper(Late::Later(after)) => world.nodes.next(Lost::Late(after)),
            Fault::Death(event) => log.die_at(Some(event)),
            Fault::Leader => later(world, after, |world| world.lower.lead_by(1)),
            Fault::Primary(partition) => later(world, after, move |world| {
                world.lower.move_primary(TABLE, partition, (partition + 1) % 3);
            }),
            Fault::InDrain { partition, server, after } => {
                let there = Arc::downgrade(world);
                log.before(SagaStep::Drain, move || {
                    let Some(world) = there.upgrade() else { return };
                    later(&world, after, move |world| {
                        world.lower.move_primary(TABLE, partition, server);
                    });
                });
            }
            Fault::Tail(partition) => {
                later(world, after, move |world| world.lower.stick(TABLE, partition));
            }
            Fault::Server(server) => {
                later(world, after, move |world| world.lower.kill(server));
                later(world, after + DOWN, move |world| world.lower.revive(server));
            }
        }
    }
}

fn later(world: &Arc<World>, after: Duration, happens: impl FnOnce(&World) + Send + 'static) {
    let there = Arc::downgrade(world);
    world.runtime.spawn(async move {
        sleep(after).await;
        if let Some(world) = there.upgrade() {
            happens(&world);
        }
    });
}
