"""Folders in which files are made before they take their place: held by who writes, and removed by who comes after a killed one.

Each stands beside the place, under a name that begins with a dot, says which place it is for, and ends in ``.partial``. A lock
of the system on a file inside tells whether its writer lives: it ends with the process, whatever ends that, and is seen from
other containers and, on most network drives, from other machines. Where the system has no such locks nothing is removed.
The file that is locked is made first and removed last, so that what has none is empty.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_LOCK, _MADE, _OLD = "lock", "made", "old"
_TRIES = 8
"""How often a folder is made anew, when another process takes it for one that was left before it is locked."""


@contextmanager
def working_folder(place: Path) -> Iterator[Path]:
    """A new folder in the same folder as a place, removed at the end; those for the same place whose writers are gone are removed first.

    Args:
        place: where what is made in the folder will be put, links followed.

    Raises:
        OSError: the folder cannot be made.
    """
    for folder in _alike(place):
        _remove_left(folder, place)
    for _ in range(_TRIES):
        folder = place.with_name(f"{_beginning(place)}{secrets.token_hex(4)}.partial")
        try:
            lock = _made(folder)
            if lock:
                with lock:
                    (folder / _MADE).mkdir()
                    yield folder / _MADE
                return
        finally:
            _clear(folder, place)
    raise OSError(errno.EBUSY, "other processes remove what is made beside it")


def old_in(folder: Path) -> Path:
    """Where, in a working folder, what stands at the place is kept while it is replaced; it goes back if nothing is there at the end."""
    return folder / _OLD


def _beginning(place: Path) -> str:
    """What the names of working folders for a place begin with: as much as every file system allows, and a sum of the whole."""
    name = os.fsencode(place.name)
    return f".{name[:100].decode('utf-8', 'ignore')}.{zlib.crc32(name):08x}"


def _made(folder: Path) -> IO[bytes] | None:
    """Make a folder and lock it; None where another process removed it before it was locked."""
    folder.mkdir(0o700)
    try:
        lock = (folder / _LOCK).open("xb")
    except FileNotFoundError:
        return None
    if _holds(lock, otherwise=True) and (folder / _LOCK).exists():
        return lock
    lock.close()
    return None


def _alike(place: Path) -> list[Path]:
    """The working folders for a place."""
    beginning = _beginning(place)
    length = len(os.fsencode(f"{beginning}00000000.partial"))
    with suppress(OSError), os.scandir(place.parent) as entries:
        alike = [entry for entry in entries if entry.name.startswith(beginning) and entry.name.endswith(".partial")]
        return [Path(e.path) for e in alike if len(os.fsencode(e.name)) == length and e.is_dir(follow_symlinks=False)]
    return []


def _remove_left(folder: Path, place: Path) -> None:
    """Remove a folder whose writer is gone.

    Its lock is held until it is gone, so that a writer that has made it but not yet locked it sees so, and makes another; so
    does one whose folder has no lock yet, which is removed if it is empty.
    """
    try:
        with (folder / _LOCK).open("r+b") as lock:
            if _holds(lock, otherwise=False):
                _clear(folder, place)
    except FileNotFoundError:
        with suppress(OSError):
            folder.rmdir()
    except OSError:
        pass  # it is another user's


def _holds(lock: IO[bytes], otherwise: bool) -> bool:
    """Whether a lock could be taken, which lasts until the file is closed; something else where the system has no locks."""
    if sys.platform == "win32":
        return otherwise
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return otherwise
    return True


def _clear(folder: Path, place: Path) -> None:
    """Remove a folder, if it is there, once what it keeps of the place is back; an interrupt waits until that is done."""
    try:
        _remove(folder, place)
    except BaseException:
        _remove(folder, place)
        raise


def _remove(folder: Path, place: Path) -> None:
    old = old_in(folder / _MADE)
    if old.exists() and not os.path.lexists(place):
        with suppress(OSError):
            old.rename(place)
        if not os.path.lexists(place):
            return
    shutil.rmtree(folder / _MADE, ignore_errors=True)
    with suppress(OSError):
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()
