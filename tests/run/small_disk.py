"""A disk of any size: a tmpfs in a mount namespace of the test's own process, which nobody else sees.

Root makes one, and so does everybody where user namespaces are allowed. Where neither is possible the
tests fail: they prove nothing there.
"""

import ctypes
import errno
import os

NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000
READ_ONLY, REMOUNT, RECURSIVE, PRIVATE = 1, 32, 16384, 1 << 18
PAGE = 4096
C = ctypes.CDLL(None, use_errno=True)


def called(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}; full disks cannot be tested here")


def mount(source, target, kind, flags=0, options=""):
    called(C.mount(source.encode(), str(target).encode(), kind.encode(), flags, options.encode()),
           f"mounting {target}")


def own_mounts():
    """Moves this process, which must have one thread, to mounts of its own."""
    user, group = os.getuid(), os.getgid()
    if user == 0 and C.unshare(NEW_MOUNTS) == 0:
        pass
    else:
        called(C.unshare(NEW_MOUNTS | NEW_USERS), "a user namespace")
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    # In a changed root "/" is no mount, and mounts and their ends may be seen outside.
    if C.mount(b"none", b"/", b"none", RECURSIVE | PRIVATE, b"") != 0 and ctypes.get_errno() != errno.EINVAL:
        called(-1, "mounts of its own")


class SmallDisk:
    """The folder PATH as a disk of its own."""

    def __init__(self, path):
        self.path = path
        path.mkdir(exist_ok=True)

    def make(self, size, files=1000):
        """A new, empty one of SIZE bytes for so many files."""
        mount("tmpfs", self.path, "tmpfs", 0, f"size={size},nr_inodes={files + 1}")

    def grow(self, size=64 << 20):
        mount("tmpfs", self.path, "tmpfs", REMOUNT, f"size={size},nr_inodes=10000")

    def allow_writing(self, allowed):
        mount("tmpfs", self.path, "tmpfs", REMOUNT | (0 if allowed else READ_ONLY))

    def drop_all(self):
        """What a test that failed has left."""
        while C.umount2(str(self.path).encode(), 2) == 0:
            continue

    def drop(self):
        called(C.umount2(str(self.path).encode(), 2), f"unmounting {self.path}")
