"""Writing files so that none is lost: what stands under a name stays there until what replaces it is whole.

Every writer of this library goes through `replacing` or `replacing_folder`: the new file or folder is made beside its
place, brought to the disk, and then renamed. A process that is killed meanwhile leaves the old one, and may leave the
unfinished one beside it, in a folder whose name begins with a dot and ends in ``.partial``, which the next one that writes
to the same place removes (see `webnpu.working_folder`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .errors import FileError, MissingFileError, MLTypeError, OccupiedError
from .working_folder import old_in, working_folder

_TRIES = 8
"""How often a folder is put in place anew, when others put theirs there at the same time."""


def as_path(where: str, path: Any) -> Path:
    """A path from what the caller gave.

    Raises:
        MLTypeError: it is no string and no path object, empty, or holds a character that no path has.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise MLTypeError(f"{where}: the path must be a string or a path object; got {type(path).__name__}")
    text = os.fsdecode(path)
    if not text or "\0" in text:
        raise MLTypeError(f"{where}: the path must not be empty, nor hold a null character; got {text!r}")
    return Path(text)


def existing_file(where: str, path: Any, what: str) -> Path:
    """The path of a file that is there to be read.

    Args:
        where: what the message starts with.
        path: what the caller gave.
        what: what the file should be, for the message: ``graph file``.

    Raises:
        MLTypeError: it is no path.
        MissingFileError: there is nothing.
        FileError: it is a folder or a device, or cannot be looked at.
    """
    file = as_path(where, path)
    with told(file, "read"):
        try:
            mode = file.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise MissingFileError(f"there is no {what} {file}") from None
    if stat.S_ISDIR(mode):
        raise FileError(f"{file} is a folder, no {what}")
    if not stat.S_ISREG(mode):
        raise FileError(f"{file} is a device or a pipe, no {what}")
    return file


@contextmanager
def told(path: Path, done: str) -> Iterator[None]:
    """Raise what the system says of a file as a FileError that names it.

    Args:
        path: the file.
        done: what cannot be done with it: ``read`` or ``written``.
    """
    try:
        yield
    except FileError:
        raise
    except FileNotFoundError as error:
        raise MissingFileError(f"{path} cannot be {done}: {error.strerror or error}") from error
    except OSError as error:
        raise FileError(f"{path} cannot be {done}: {error.strerror or error}") from error


@contextmanager
def replacing(where: str, path: Any) -> Iterator[Path]:
    """A new empty file to write to, which takes the place of another once the block ends without an error.

    A link is kept, and the file that it leads to replaced. What is written to a character device or a pipe goes through
    to it at the end. The file's permissions are those of any new file: what the umask leaves.

    Args:
        where: what a message starts with.
        path: the place.

    Raises:
        MLTypeError: it is no path.
        FileError: a folder or a disk stands there, or the system does not let it be written; the old file is as it was.
    """
    path = as_path(where, path)
    with told(path, "written"):
        mode = _mode(path)
        if stat.S_ISDIR(mode):
            raise OccupiedError(f"{path} is a folder; a file is not written over it")
        if mode and not stat.S_ISREG(mode):
            with _through(path, mode) as partial:
                yield partial
            return
        place = _resolved(path)
        with working_folder(place) as folder:
            partial = folder / "new"
            permissions = _created(partial)
            yield partial
            partial.chmod(permissions)  # a library may have put a file of its own there
            _sync(partial)
            partial.replace(place)
            _sync(place.parent)


@contextmanager
def replacing_folder(where: str, path: Any, is_alike: Callable[[Path], bool], what: str) -> Iterator[Path]:
    """A new empty folder to fill, which takes the place of another of its kind once the block ends without an error.

    Where the system can exchange two folders in one step (Linux, macOS), one of the two stands there at any moment.

    Args:
        where: what a message starts with.
        path: the place; of a link the folder that it leads to.
        is_alike: whether a folder is one that may be replaced.
        what: what it is, for the message: ``an .mlpackage``.

    Raises:
        MLTypeError: it is no path.
        OccupiedError: something else stands there, which is left as it is.
        FileError: the system does not let it be written; the old folder is as it was.
    """
    path = as_path(where, path)
    with told(path, "written"):
        mode = _mode(path)
        place = _resolved(path)
        if mode and not (stat.S_ISDIR(mode) and is_alike(place)):
            raise OccupiedError(f"{path} exists and is not {what}; it is left as it is")
        with working_folder(place) as working:
            partial = working / "new"
            partial.mkdir()
            yield partial
            for folder, _, names in os.walk(partial):
                for name in names:
                    _sync(Path(folder, name))
                _sync(Path(folder))
            _put_folder(partial, place, is_alike, what)
            _sync(place.parent)


def _put_folder(partial: Path, place: Path, is_alike: Callable[[Path], bool], what: str) -> None:
    """Rename a folder from a working folder into place; one that is there ends up in the working folder."""
    aside = old_in(partial.parent)
    for _ in range(_TRIES):
        if not place.exists():
            try:
                partial.rename(place)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
                continue  # another process was faster
            return
        if not is_alike(place):
            raise OccupiedError(f"{place} exists and is not {what}; it is left as it is")
        if _exchanged(partial, place):
            return
        try:
            place.rename(aside)
        except FileNotFoundError:
            continue
        try:
            partial.rename(place)
        except OSError:  # another process was faster
            with suppress(OSError):
                aside.rename(place)
            if place.exists():
                shutil.rmtree(aside, ignore_errors=True)
            continue
        return
    partial.rename(place)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two paths change places in one step, where the system can; whether it did."""
    names = os.fsencode(one), os.fsencode(other)
    library = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        at_working_directory, exchange = -100, 2
        return bool(library.renameat2(at_working_directory, names[0], at_working_directory, names[1], exchange) == 0)  # type: ignore[union-attr]
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(*names, 2) == 0)
    return False


def _mode(path: Path) -> int:
    """What stands at a path, links followed; 0 for nothing."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return 0


def _resolved(path: Path) -> Path:
    """Where a path leads to, whether or not there is anything."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise FileError(f"{path} cannot be written: its links lead in a circle")
    return place


def _created(path: Path) -> int:
    """Make an empty file; the permissions that it got."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return stat.S_IMODE(os.fstat(file).st_mode)
    finally:
        os.close(file)


def _sync(path: Path) -> None:
    """Bring a file or a folder to the disk; where folders cannot be opened, theirs is left to the system."""
    if path.is_dir() and os.name == "nt":
        return
    file = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def _through(path: Path, mode: int) -> Iterator[Path]:
    """A file elsewhere to write to, whose content then goes to a character device or a pipe."""
    if not (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
        raise OccupiedError(f"{path} is a disk or a socket; a file is not written over it")
    with tempfile.TemporaryDirectory(prefix="webnpu-") as folder:
        partial = Path(folder) / "partial"
        partial.touch()
        yield partial
        with partial.open("rb") as source, path.open("wb", buffering=0) as target:
            shutil.copyfileobj(source, target)
