//! A name service whose NameNodes fail over. Two gates stand for two NameNodes: only the one
//! that is open leads to the real one.

use crate::clusters::new;
use crate::ground::{Directory, read, write};
use boatlift_stores::{HdfsOptions, HdfsStore, HdfsUrl};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// An address that leads to a server while it is open, and hangs up while it is not.
struct Gate {
    address: SocketAddr,
    passing: Arc<Mutex<Passing>>,
}

struct Passing {
    is_open: bool,
    streams: Vec<TcpStream>,
}

impl Gate {
    fn to(server: String) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let passing = Arc::new(Mutex::new(Passing { is_open: false, streams: Vec::new() }));
        let shared = Arc::clone(&passing);
        thread::spawn(move || {
            for coming in listener.incoming().flatten() {
                let mut passing = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if passing.is_open && pass(&coming, &server).is_ok() {
                    passing.streams.push(coming);
                }
            }
        });
        Gate { address, passing }
    }

    fn open(&self) {
        self.passing.lock().unwrap_or_else(PoisonError::into_inner).is_open = true;
    }

    fn close(&self) {
        let mut passing = self.passing.lock().unwrap_or_else(PoisonError::into_inner);
        passing.is_open = false;
        for stream in passing.streams.drain(..) {
            // One that is gone already needs no end.
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

/// Copies what comes from either end to the other, until one hangs up.
fn pass(coming: &TcpStream, server: &str) -> io::Result<()> {
    let going = TcpStream::connect(server)?;
    let ways = [(coming.try_clone()?, going.try_clone()?), (going, coming.try_clone()?)];
    for (mut from, mut to) in ways {
        thread::spawn(move || {
            drop(io::copy(&mut from, &mut to));
            drop(to.shutdown(Shutdown::Both));
        });
    }
    Ok(())
}

#[test]
fn a_store_goes_on_when_another_name_node_takes_over() {
    let directory = Directory::on(new());
    let server = directory.cluster.url.strip_prefix("hdfs://").expect("a URL").to_owned();
    let (one, two) = (Gate::to(server.clone()), Gate::to(server));
    let settings = [
        ("dfs.ha.namenodes.lake".to_owned(), "one,two".to_owned()),
        ("dfs.namenode.rpc-address.lake.one".to_owned(), one.address.to_string()),
        ("dfs.namenode.rpc-address.lake.two".to_owned(), two.address.to_string()),
    ];
    let user = Some(directory.cluster.superuser.clone());
    let options = HdfsOptions { user, settings: settings.into(), ..HdfsOptions::default() };
    let url = HdfsUrl::parse(&format!("hdfs://lake{}", directory.path)).expect("a URL");

    two.open();
    let store = HdfsStore::open(&url, &options).expect("a store by the NameNode that is there");
    write(&*store, "before", b"by the second");
    two.close();
    one.open();
    // A write of which it is not known whether it came through is for the engine to repeat;
    // a question finds the other NameNode by itself.
    assert_eq!(read(&*store, "before"), b"by the second");
    write(&*store, "after", b"by the first");
    assert_eq!(read(&*store, "after"), b"by the first");
}
