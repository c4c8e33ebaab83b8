"""Whether a folder lies on a network drive, where the system tells nothing of what others do."""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

# As the systems name them. Virtual machines' shared folders are no better than the network.
_REMOTE_TYPES = frozenset(
    {"9p", "afpfs", "afs", "ceph", "cifs", "davfs", "davfs2", "glusterfs", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "webdav"}
)
_REMOTE_FUSE = frozenset(
    {"curlftpfs", "davfs", "gcsfuse", "glusterfs", "goofys", "gvfsd-fuse", "jmtpfs", "kio-fuse"}
    | {"mtpfs", "prl_fsd", "rclone", "s3fs", "simple-mtpfs", "smbnetfs", "sshfs", "vmhgfs-fuse"}
    | {"go-mtpfs", "osxfs", "portal"}
)
_MOUNTS = Path("/proc/self/mountinfo")


def is_remote(folder: Path) -> bool:
    """Whether a folder is on a network drive; ``False`` where that is not known."""
    real = os.path.realpath(folder)
    if sys.platform == "linux":
        try:
            table = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return False
        return _is_remote_type(type_of(real, _read_mountinfo(table)))
    if real.startswith("\\\\"):
        return True
    import psutil

    partitions = psutil.disk_partitions(all=True)
    if any("remote" in p.opts.split(",") for p in partitions if _holds(p.mountpoint, real)):
        return True
    return _is_remote_type(type_of(real, ((p.mountpoint, p.fstype) for p in partitions)))


def type_of(folder: str, mounts: Iterable[tuple[str, str]]) -> str:
    """The type of the file system that a folder lies on.

    Args:
        folder: Absolute, without symbolic links.
        mounts: Mount points and types, in the order they were mounted.
    """
    best, found = "", ""
    for point, kind in mounts:
        # A later mount at the same point hides the earlier one.
        if _holds(point, folder) and len(point) >= len(best):
            best, found = point, kind
    return found


def _holds(point: str, folder: str) -> bool:
    return folder == point or folder.startswith(os.path.join(point, ""))


def _read_mountinfo(table: str) -> list[tuple[str, str]]:
    """Mount points and types from the text of ``/proc/self/mountinfo`` (proc(5))."""
    mounts = []
    for line in table.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if separator and len(fields) > 4:
            point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
            mounts.append((point, after.split(" ")[0]))
    return mounts


def _is_remote_type(kind: str) -> bool:
    kind = kind.lower()
    if kind.startswith("fuse."):
        return kind.removeprefix("fuse.") in _REMOTE_FUSE
    return kind in _REMOTE_TYPES or kind in _REMOTE_FUSE
