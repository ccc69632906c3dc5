//! Many connections: bounds, failover and what happens when a server goes away.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use boatlift_clients::metastore::{Identity, MetastoreError, Metastores, Settings};

use crate::scratch::{dial, endpoints};

fn settings(endpoints: Vec<String>) -> Settings {
    Settings {
        endpoints,
        identity: Identity::Claimed { user: "root".to_owned(), groups: vec!["root".to_owned()] },
        connections: 2,
        patience: Duration::from_millis(300),
    }
}

/// A URI where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = listener.local_addr().expect("an address");
    format!("thrift://{address}")
}

#[test]
fn the_next_endpoint_answers_when_the_first_is_down() {
    for uri in endpoints() {
        let pool = Metastores::new(settings(vec![nobody(), uri.clone()]), Box::new(dial));
        let names = pool.read(|metastore| metastore.database_names());
        assert!(names.expect("reads").contains(&"default".to_owned()));
        let endpoint = pool.lease().expect("a connection").endpoint().to_owned();
        assert_eq!(endpoint, uri);
    }
}

#[test]
fn nobody_at_all_is_an_error_that_names_the_last_endpoint() {
    let last = nobody();
    let pool = Metastores::new(settings(vec![nobody(), last.clone()]), Box::new(dial));
    match pool.read(|metastore| metastore.database_names()) {
        Err(MetastoreError::Dial { endpoint, .. }) => assert_eq!(endpoint, last),
        other => panic!("{other:?}"),
    }
}

#[test]
fn connections_are_bounded_and_used_again() {
    for uri in endpoints() {
        let dialled = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&dialled);
        let counting = move |uri: &str| {
            count.fetch_add(1, Ordering::Relaxed);
            dial(uri)
        };
        let pool = Metastores::new(settings(vec![uri]), Box::new(counting));
        let first = pool.lease().expect("a connection");
        let second = pool.lease().expect("a connection");
        let third = pool.lease().expect_err("there are two");
        assert!(matches!(third, MetastoreError::Busy { connections: 2, .. }));
        drop((first, second));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let names = pool.read(|metastore| metastore.database_names());
                    names.expect("reads");
                });
            }
        });
        assert_eq!(dialled.load(Ordering::Relaxed), 2);
    }
}

#[test]
fn a_read_is_repeated_once_and_a_write_never() {
    for uri in endpoints() {
        let streams = Arc::new(std::sync::Mutex::new(Vec::<TcpStream>::new()));
        let kept = Arc::clone(&streams);
        let keeping = move |uri: &str| {
            let address = uri.trim_start_matches("thrift://");
            let stream = TcpStream::connect(address)?;
            kept.lock().expect("not poisoned").push(stream.try_clone()?);
            Ok(Box::new(stream) as Box<_>)
        };
        let cut = || {
            for stream in streams.lock().expect("not poisoned").drain(..) {
                stream.shutdown(std::net::Shutdown::Both).expect("cuts");
            }
        };
        let pool = Metastores::new(settings(vec![uri]), Box::new(keeping));
        drop(pool.lease().expect("a connection"));
        cut();
        let mut tries = 0;
        let names = pool.read(|metastore| {
            tries += 1;
            metastore.database_names()
        });
        names.expect("reads the second time");
        assert_eq!(tries, 2);

        cut();
        let mut tries = 0;
        let error = pool.write(|metastore| {
            tries += 1;
            metastore.drop_table("default", "ms_nothing", boatlift_clients::metastore::Data::Keep)
        });
        assert!(error.expect_err("was cut").is_connection());
        assert_eq!(tries, 1);
        let dropped = pool.write(|metastore| {
            metastore.drop_table("default", "ms_nothing", boatlift_clients::metastore::Data::Keep)
        });
        assert!(!dropped.expect("a new connection"));
    }
}
