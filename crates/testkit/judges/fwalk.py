"""Compares two directory trees and prints every difference; prints nothing when there is none.

usage: fwalk.py LOWER UPPER

Walks by directory descriptors, so that it reaches paths longer than PATH_MAX. `.boatlift`
at the top of either side is left out. Owners are compared where we are root. A file may
take fewer blocks on UPPER than on LOWER, but not more, apart from a little for metadata.
"""

import hashlib
import os
import stat
import sys

SLACK_BYTES = 64 * 1024
CHUNK = 1 << 20


def content(directory, name):
    """Hash of a file's bytes, without reading its holes."""
    hasher = hashlib.blake2b()
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    try:
        size = os.fstat(fd).st_size
        at = 0
        while at < size:
            block = os.pread(fd, CHUNK, at)
            if not block:
                break
            if block.count(0) != len(block):
                hasher.update(b"%d:" % at)
                hasher.update(block)
            at += len(block)
    finally:
        os.close(fd)
    return hasher.hexdigest()


def attributes(directory, name):
    """All extended attributes, ACLs among them, by name."""
    path = b"/proc/self/fd/%d/%s" % (directory, name)
    found = {}
    for key in os.listxattr(path, follow_symlinks=False):
        if key != "security.selinux":
            found[key] = os.getxattr(path, key, follow_symlinks=False)
    return found


def look(directory, name, info):
    """Everything comparable of one entry."""
    entry = {
        "type": stat.S_IFMT(info.st_mode),
        "mtime": info.st_mtime_ns,
        "attributes": attributes(directory, name),
    }
    if not stat.S_ISLNK(info.st_mode):
        entry["mode"] = stat.S_IMODE(info.st_mode)
    if os.geteuid() == 0:
        entry["owner"] = (info.st_uid, info.st_gid)
    if stat.S_ISREG(info.st_mode):
        entry["size"] = info.st_size
        entry["content"] = content(directory, name)
    if stat.S_ISLNK(info.st_mode):
        entry["target"] = os.readlink(name, dir_fd=directory)
    if stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode):
        entry["device"] = info.st_rdev
    return entry


def walk(top):
    """Entries by path, allocated bytes by path, and groups of hard links."""
    entries, allocated, groups = {}, {}, {}

    def stop(error):
        raise error

    for path, directories, files, fd in os.fwalk(top, onerror=stop, follow_symlinks=False):
        below = path[len(top):].lstrip(b"/")
        if not below:
            entries[b"."] = look(fd, b".", os.stat(fd))
            if b".boatlift" in directories:
                directories.remove(b".boatlift")
        for name in directories + files:
            info = os.stat(name, dir_fd=fd, follow_symlinks=False)
            key = os.path.join(below, name)
            entries[key] = look(fd, name, info)
            if stat.S_ISREG(info.st_mode):
                allocated[key] = info.st_blocks * 512
            if not stat.S_ISDIR(info.st_mode) and info.st_nlink > 1:
                groups.setdefault((info.st_dev, info.st_ino), []).append(key)
    members = {key: sorted(group) for group in groups.values() if len(group) > 1 for key in group}
    return entries, allocated, members


def main():
    lower, upper = (os.fsencode(os.path.abspath(side)) for side in sys.argv[1:3])
    sides = [walk(lower), walk(upper)]
    (low, low_blocks, low_groups), (up, up_blocks, up_groups) = sides
    differences = []
    for key in sorted(set(low) | set(up)):
        if key not in up:
            differences.append((key, "missing on UPPER"))
            continue
        if key not in low:
            differences.append((key, "only on UPPER"))
            continue
        for what in sorted(set(low[key]) | set(up[key])):
            one, other = low[key].get(what), up[key].get(what)
            if one != other:
                differences.append((key, "%s: %r on LOWER, %r on UPPER" % (what, one, other)))
        if low_groups.get(key) != up_groups.get(key):
            differences.append((key, "links: %r on LOWER, %r on UPPER"
                                % (low_groups.get(key), up_groups.get(key))))
        if key in low_blocks and key in up_blocks:
            if up_blocks[key] > low_blocks[key] + SLACK_BYTES:
                differences.append((key, "blocks: %d bytes on LOWER, %d on UPPER"
                                    % (low_blocks[key], up_blocks[key])))
    for key, what in differences:
        print("%s: %s" % (repr(key)[1:], what))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
