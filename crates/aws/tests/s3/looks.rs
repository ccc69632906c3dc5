//! Looks at many keys: listings confirm them, and what they do not confirm is looked at.

use crate::faults::{failure, faults, is_as_amazon_has_it};
use crate::ground::{Ground, Item, facets, write};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Outcome, Store};
use boatlift_testkit::services::aws_faults::{AwsFaults, Fault, Rule};

const KEYS: usize = 100;

fn name(number: usize) -> String {
    format!("d/{number:03}")
}

/// A hundred objects, carried, with what both sides say of them.
fn carried(ground: &Ground) -> Vec<Item> {
    (0..KEYS).for_each(|number| write(&*ground.lower, &name(number), b"content"));
    let items = || -> Vec<Item> { (0..KEYS).map(|number| ground.item(&name(number))).collect() };
    let outcomes = ground.steps(Step::Carry, &items());
    assert!(outcomes.iter().all(Outcome::is_good), "{outcomes:?}");
    items()
}

fn calls(server: &AwsFaults, name: &str) -> u64 {
    server.record().expect("a record").calls.get(name).copied().unwrap_or(0)
}

#[test]
fn a_listing_confirms_and_what_it_does_not_confirm_is_looked_at() {
    let (server, endpoint) = faults();
    let ground = Ground::on(endpoint, endpoint);
    let items = carried(&ground);
    write(&*ground.upper, &name(7), b"another");
    write(&*ground.upper, &name(8), b"longer than it was");
    let gone = ground.item(&name(9));
    let expected = facets(gone.upper.as_deref().expect("it is there"));
    ground.upper.remove(gone.key.as_key(), expected).expect("removed");
    let before = ["s3:HeadObject", "s3:ListObjectsV2"].map(|call| calls(server, call));
    let outcomes = ground.steps(Step::Look, &items);
    let after = ["s3:HeadObject", "s3:ListObjectsV2"].map(|call| calls(server, call));
    // The first is looked at by itself, as are those three.
    assert_eq!([after[0] - before[0], after[1] - before[1]], [4, 1]);
    for (number, why) in [(7, "written again since"), (8, "size 18, not 7"), (9, "it is not there")]
    {
        let error = failure(&outcomes[number]);
        assert_eq!(error.code, Code::LookDiffers);
        assert!(error.to_string().contains(why), "{error}");
    }
    let good = outcomes.iter().filter(|outcome| outcome.is_good()).count();
    assert_eq!(good, KEYS - 3, "{outcomes:?}");
    for (item, outcome) in items.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_good()) {
        let told = outcome.receipt().and_then(|receipt| receipt.upper.as_deref());
        assert_eq!(told, item.upper.as_deref(), "a listing tells what a look does");
    }
    is_as_amazon_has_it(server);
}

#[test]
fn who_may_not_list_looks_at_each() {
    let (server, endpoint) = faults();
    let ground = Ground::on(endpoint, endpoint);
    let items = carried(&ground);
    let denied = Fault::Error(403, "AccessDenied");
    let rule =
        Rule { service: "s3", operation: "ListObjectsV2", after: 0, times: None, fault: denied };
    server.add(&[rule]).expect("a rule");
    let before = calls(server, "s3:HeadObject");
    let outcomes = ground.steps(Step::Look, &items);
    assert!(outcomes.iter().all(Outcome::is_good), "{outcomes:?}");
    assert_eq!(calls(server, "s3:HeadObject") - before, KEYS as u64);
}
