//! How much content a lane has in this process at a time, however many turns it makes side by
//! side.

use super::super::options::S3Options;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The most, in mebibytes.
const MOST_ABOARD: u32 = 192;
/// Parts of one object that are read ahead, on their way, and in between.
const PARTS: u64 = 8;

/// The room for content.
#[derive(Debug)]
pub(crate) struct Room(Semaphore);

impl Room {
    pub(crate) fn new() -> Room {
        Room(Semaphore::new(MOST_ABOARD as usize))
    }

    /// Waits until an object of so many bytes may come aboard, as far as it is here at a time;
    /// one always may at last. Whoever waits has nothing aboard.
    pub(crate) async fn come_aboard(
        &self,
        size: u64,
        options: &S3Options,
    ) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.0.acquire_many(mebibytes(size, options)).await.ok()
    }
}

fn mebibytes(size: u64, options: &S3Options) -> u32 {
    let bytes = size.min(PARTS * options.part_bytes(size));
    u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX).min(MOST_ABOARD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_object_takes_the_room_of_its_parts_and_none_takes_more_than_there_is() {
        let options = S3Options { part_mib: 5, ..S3Options::default() };
        let weights = [0, 1, 30 << 20, 1 << 40].map(|size| mebibytes(size, &options));
        assert_eq!(weights, [0, 1, 30, MOST_ABOARD]);
        assert_eq!(mebibytes(1 << 30, &options), 40);
    }

    #[tokio::test]
    async fn content_waits_until_there_is_room_for_it() {
        let (room, options) = (Room::new(), S3Options::default());
        let first = room.come_aboard(128 << 20, &options).await;
        assert!(room.0.try_acquire_many(65).is_err());
        drop(first);
        assert!(room.0.try_acquire_many(MOST_ABOARD).is_ok());
    }
}
