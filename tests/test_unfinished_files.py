"""What a killed writer leaves beside its place is removed by the next that writes there; what others are at is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from webnpu import working_folder as folders
from webnpu.files import replacing, replacing_folder

from .file_writers import unfinished

WRITER = """
import sys
from pathlib import Path
from webnpu import files

_, kind, place = sys.argv
exchange = kind != "renamed"
if not exchange:
    files._exchanged = lambda one, other: False
    rename = Path.rename
    def slow(path, target):
        result = rename(path, target)
        if path == Path(place):
            print("written", flush=True)
            sys.stdin.readline()
        return result
    Path.rename = slow
made = files.replacing("test", place) if kind == "file" else files.replacing_folder("test", place, Path.is_dir, "a folder")
with made as partial:
    (partial if kind == "file" else partial / "inside").write_text("theirs")
    if exchange:
        print("written", flush=True)
        sys.stdin.readline()
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and signals are those of POSIX")


@pytest.fixture(params=["file", "folder"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def writer(kind: str, place: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of writing, which goes on once it reads a line."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, kind, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
            yield process
        finally:
            process.kill()


def killed(kind: str, place: Path) -> None:
    with writer(kind, place) as process:
        process.kill()
        assert process.wait(30) < 0


def write(kind: str, place: Path, text: str = "ours") -> None:
    if kind == "file":
        with replacing("test", place) as partial:
            partial.write_text(text)
    else:
        with replacing_folder("test", place, Path.is_dir, "a folder") as partial:
            (partial / "inside").write_text(text)


def read(place: Path) -> str:
    return (place / "inside" if place.is_dir() else place).read_text()


@pytest.mark.parametrize("name", ["place", "n" * 255, "é" * 127])
def test_the_next_writer_removes_what_killed_ones_left(kind: str, name: str, tmp_path: Path) -> None:
    place = tmp_path / name
    killed(kind, place)
    (left,) = unfinished(tmp_path)
    assert len(os.fsencode(left)) <= 255
    assert not place.exists()
    write(kind, place)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    killed(kind, place)
    assert read(place) == "ours"
    assert len(unfinished(tmp_path)) == 1
    with pytest.raises(ValueError, match="no"):  # even one that fails
        write_and_fail(kind, place)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert read(place) == "ours"


def write_and_fail(kind: str, place: Path) -> None:
    with replacing("test", place) if kind == "file" else replacing_folder("test", place, Path.is_dir, "a folder"):
        raise ValueError("no")


def test_two_at_once_do_not_harm_each_other(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    with writer(kind, place) as process:
        (theirs,) = unfinished(tmp_path)
        write(kind, place)
        assert read(place) == "ours"
        assert unfinished(tmp_path) == [theirs]
        process.communicate("\n", timeout=30)
        assert process.returncode == 0
    assert read(place) == "theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_a_thread_does_not_take_another_ones(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    with replacing("test", place) if kind == "file" else replacing_folder("test", place, Path.is_dir, "a folder") as partial:
        write(kind, place)
        (partial if kind == "file" else partial / "inside").write_text("later")
    assert read(place) == "later"
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_what_is_left_for_other_places_and_what_only_looks_alike_stays(kind: str, tmp_path: Path) -> None:
    for name in ("place.onnx", "n" * 254 + "a"):
        killed(kind, tmp_path / name)
    alike = unfinished(tmp_path)
    beginning = folders._beginning(tmp_path / "place")
    (tmp_path / f"{beginning}00000000.partial").write_text("a file")
    (tmp_path / f"{beginning}00000001.partial").symlink_to(tmp_path)
    for name in (".place.partial", f"{beginning}precious.notes.partial", f"{beginning}00000002.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("precious")
    before = sorted(entry.name for entry in tmp_path.iterdir())
    write(kind, tmp_path / "place")
    write(kind, tmp_path / ("n" * 254 + "b"))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*before, "place", "n" * 254 + "b"])
    assert len(alike) == 2


def test_a_folder_that_was_moved_aside_goes_back(tmp_path: Path) -> None:
    """Where the system cannot exchange folders, a writer may be killed between two renames."""
    place = tmp_path / "place"
    for attempt in (write, write_and_fail):
        write("folder", place, "old")
        killed("renamed", place)
        assert not place.exists()
        if attempt is write:
            write("folder", place, "new")
        else:
            with pytest.raises(ValueError, match="no"):
                write_and_fail("folder", place)
        assert read(place) == ("new" if attempt is write else "old")
        assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_a_folder_that_is_taken_before_it_is_locked_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, mkdir, taken = tmp_path / "place", Path.mkdir, []

    def lost(folder: Path, *arguments: int, **options: bool) -> None:
        mkdir(folder, *arguments, **options)
        if folder.name.endswith(".partial") and len(taken) < 3:
            folders._remove_left(folder, place)  # as another writer does
            taken.append(not folder.exists())

    monkeypatch.setattr(Path, "mkdir", lost)
    write("file", place)
    assert taken == [True] * 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_a_folder_is_held_while_it_is_removed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its writer could lock it in between, and would find it gone under its hands."""
    place, clear, held = tmp_path / "place", folders._clear, []
    killed(kind, place)
    (left,) = unfinished(tmp_path)

    def cleared(folder: Path, place: Path) -> None:
        if folder.name == left:
            with (folder / folders._LOCK).open("r+b") as lock:
                held.append(not folders._holds(lock, otherwise=True))
        clear(folder, place)

    monkeypatch.setattr(folders, "_clear", cleared)
    write(kind, place)
    assert held == [True]
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_without_locks_nothing_is_removed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(kind, tmp_path / "place")
    left = unfinished(tmp_path)

    def none(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", none)
    write(kind, tmp_path / "place")
    assert unfinished(tmp_path) == left
    assert read(tmp_path / "place") == "ours"
