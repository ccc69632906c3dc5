//! Listing: the whole tree in key order, a directory at a time.
//!
//! What is kept is the names of the directories above the place reached and of a few that
//! come next, and never more. A directory is held whole while it is walked: HDFS lists it
//! in another order than that of keys. What cannot be listed is told as a hole, never left
//! out in silence.

use super::ahead::{Child, Order};
use super::cluster::Cluster;
use super::errors::{failed, interrupted, is_missing};
use boatlift_core::lane::Pace;
use boatlift_core::store::{Hole, ListRequest, Listed, Listing};
use boatlift_core::{Code, Entry, Error, FacetsRef, Key, PageBuilder, Result, Side};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The most directories of one level that are read ahead.
const AHEAD: usize = 8;
/// The most directories of the whole walk that are read ahead.
const ALL_AHEAD: usize = 16;
/// Names that the NameNode tells at once (`dfs.ls.limit`).
const NAMES_AT_ONCE: u64 = 1000;

/// A walk through the tree below a root.
pub(crate) struct TreeListing {
    cluster: Arc<Cluster>,
    request: ListRequest,
    /// The directories on the way down.
    frames: Vec<Frame>,
    /// Orders of all frames together.
    ahead: usize,
    /// The key of the deepest directory on the way down.
    key: Vec<u8>,
    builder: PageBuilder,
    ready: VecDeque<Listed>,
    /// Operations made and not paid yet.
    operations: u64,
}

/// A directory whose names were read.
struct Frame {
    /// Length of the key of the directory above it.
    above: usize,
    children: Vec<Child>,
    next: usize,
    /// Directories that are being read, by position among the names.
    orders: HashMap<usize, Order>,
    /// The first position that no order was considered for.
    considered: usize,
}

impl TreeListing {
    /// Begins at the root.
    pub(crate) fn begin(cluster: Arc<Cluster>, request: ListRequest) -> TreeListing {
        let root = Order::new(&cluster, cluster.top_path().to_owned(), true, request.detail);
        let mut listing = TreeListing {
            cluster,
            request,
            frames: Vec::new(),
            ahead: 0,
            key: Vec::new(),
            builder: PageBuilder::new(),
            ready: VecDeque::new(),
            operations: 0,
        };
        listing.enter(root, 0);
        listing
    }

    /// Goes down into the directory whose key is in hand.
    fn enter(&mut self, order: Order, above: usize) {
        self.operations += 1;
        match order.wait(&self.cluster) {
            Ok(children) => {
                self.operations += children.len() as u64 / NAMES_AT_ONCE;
                let orders = HashMap::new();
                self.frames.push(Frame { above, children, next: 0, orders, considered: 0 });
            }
            Err(answer) => {
                // What is gone by now has nothing below it.
                if !is_missing(&answer) {
                    let error = failed(Code::ListingFailed, "cannot list", "")(answer);
                    self.hole(Error { code: Code::ListingFailed, ..error });
                }
                self.key.truncate(above);
            }
        }
    }

    /// Hands out one name of the deepest directory, or leaves it.
    fn advance(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        self.send_ahead(&mut frame);
        let position = frame.next;
        let Some(child) = frame.children.get(position) else {
            self.ahead -= frame.orders.len();
            return self.key.truncate(frame.above);
        };
        frame.next += 1;
        let above = self.key.len();
        self.key.extend_from_slice(child.name.as_bytes());
        let is_directory = child.is_directory();
        if !self.request.filter.takes(&self.key, is_directory) {
            self.key.truncate(above);
            return self.frames.push(frame);
        }
        if is_directory {
            self.key.push(b'/');
        }
        self.item(child);
        let order = is_directory.then(|| self.order(&mut frame, position));
        self.frames.push(frame);
        match order {
            Some(order) => self.enter(order, above),
            None => self.key.truncate(above),
        }
    }

    /// Orders the directories of a frame that come next. The key in hand is the frame's.
    fn send_ahead(&mut self, frame: &mut Frame) {
        frame.considered = frame.considered.max(frame.next);
        while frame.orders.len() < AHEAD && self.ahead < ALL_AHEAD {
            let position = frame.considered;
            let Some(child) = frame.children.get(position) else { return };
            frame.considered += 1;
            if !child.is_directory() {
                continue;
            }
            let length = self.key.len();
            self.key.extend_from_slice(child.name.as_bytes());
            let takes = self.request.filter.takes(&self.key, true);
            if takes {
                frame.orders.insert(position, self.new_order());
                self.ahead += 1;
            }
            self.key.truncate(length);
        }
    }

    /// The order for the directory in hand: given before, or now.
    fn order(&mut self, frame: &mut Frame, position: usize) -> Order {
        match frame.orders.remove(&position) {
            Some(order) => {
                self.ahead -= 1;
                order
            }
            None => self.new_order(),
        }
    }

    fn new_order(&self) -> Order {
        // Every part of the key is a name that HDFS told.
        let path = format!("{}/{}", self.cluster.top(), String::from_utf8_lossy(&self.key));
        let path = path.trim_end_matches('/').to_owned();
        Order::new(&self.cluster, path, false, self.request.detail)
    }

    /// The item in hand, as the NameNode told it.
    fn item(&mut self, child: &Child) {
        let encoded = child.look.encode(child.attributes);
        let facets = FacetsRef::checked(&encoded);
        let mut entry = Entry::new(Key::new(&self.key));
        match self.request.side {
            Side::Lower => entry.lower = facets,
            Side::Upper => entry.upper = facets,
        }
        self.builder.push(&entry);
        if self.builder.is_full() {
            self.hand_out();
        }
    }

    /// A hole under the key in hand, after all that was listed before it.
    fn hole(&mut self, error: Error) {
        self.hand_out();
        let under = Key::new(&self.key).to_owned();
        self.ready.push_back(Listed::Hole(Hole { error: error.on(&under), under }));
    }

    fn hand_out(&mut self) {
        if !self.builder.is_empty() {
            self.ready.push_back(Listed::Page(self.builder.take()));
        }
    }
}

impl Listing for TreeListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        loop {
            if self.operations > 0 {
                let owed = std::mem::take(&mut self.operations);
                pace.spend(self.request.side, owed, 0).map_err(|_| interrupted())?;
            }
            if let Some(listed) = self.ready.pop_front() {
                return Ok(Some(listed));
            }
            match (self.frames.is_empty(), self.builder.is_empty()) {
                (true, true) => return Ok(None),
                (true, false) => self.hand_out(),
                (false, _) => self.advance(),
            }
        }
    }
}
