//! Work spread over threads, each with a beginning of its own.

use super::Result;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gives items one after the other to the next of `threads` that is free. `begin` makes what
/// a thread works with. The outcomes come in no order.
///
/// # Errors
/// The first that a thread met; nothing more is begun then.
pub(super) fn in_parallel<S, T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    begin: impl Fn() -> Result<S> + Sync,
    work: impl Fn(&mut S, &T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let run = || -> Result<Vec<R>> {
        let mut done = Vec::new();
        let mut with = begin()?;
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = work(&mut with, item);
            if outcome.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            done.push(outcome?);
        }
        Ok(done)
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let mut all = Vec::with_capacity(items.len());
        for thread in running {
            all.extend(thread.join().map_err(|_panic| "a thread of the benchmark died")??);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once_and_an_error_ends_it() {
        let items: Vec<usize> = (0..100).collect();
        let double = |(): &mut (), item: &usize| Ok(item * 2);
        let mut done = in_parallel(4, &items, || Ok(()), double).expect("done");
        done.sort_unstable();
        assert_eq!(done, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        let fails = |(): &mut (), item: &usize| match item {
            7 => Err("seven".into()),
            _ => Ok(()),
        };
        assert!(in_parallel(4, &items, || Ok(()), fails).is_err());
    }
}
