"""Writes, reads, scans and removes records of the table `orders`, as an application does."""

import sys

from pypegasus.pgclient import Pegasus
from pypegasus.utils.tools import ScanOptions
from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks

# The numbers of this client; the server says 1 for a record that is not there.
OK, NOT_FOUND = 0, 23
WELL = []


def expect(found, wanted):
    if found != wanted:
        raise AssertionError("%r in place of %r" % (found, wanted))


@inlineCallbacks
def drive():
    client = Pegasus(sys.argv[1:], "orders", 5000)
    expect((yield client.init()), True)
    for number in range(100):
        hash_key, sort_key = "h%d" % number, "s%d" % (number % 7)
        found = yield client.set(hash_key, sort_key, "v%d" % number, 0, 5000)
        expect(found[0], OK)
    for number in range(100):
        hash_key, sort_key = "h%d" % number, "s%d" % (number % 7)
        found = yield client.get(hash_key, sort_key, 5000)
        expect(found, (OK, b"v%d" % number))
    found = yield client.multi_set("many", {"1": "a", "2": "b", "3": "c"}, 0, 5000)
    expect(found[0], OK)
    found = yield client.remove("many", "3", 5000)
    expect(found[0], OK)
    found = yield client.get("many", "3", 5000)
    expect(found[0], NOT_FOUND)
    options = ScanOptions()
    options.batch_size = 5
    seen = 0
    for scanner in client.get_unordered_scanners(4, options):
        while (yield scanner.get_next()):
            seen += 1
    expect(seen, 102)
    client.close()
    WELL.append(True)


def stop(outcome):
    if outcome is not None:
        print(outcome)
    reactor.stop()


reactor.callWhenRunning(lambda: drive().addBoth(stop))
reactor.run()
if not WELL:
    sys.exit(1)
print("all is well")
