"""No file is lost: whatever happens to a writer, the old one or the new one stands there, whole."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu.backend import load_backend
from webnpu.errors import FileError, OccupiedError
from webnpu.files import replacing, replacing_folder
from webnpu.graph import Graph
from webnpu.graph_file import load_graph

from .file_writers import content, graph_of, writer

SCRIPT = Path(__file__).parent / "file_writers.py"
WRITERS = ("graph", "onnx", "tflite", "webgpu", "coreml")
FILES = WRITERS[:-1]
MOMENTS = 25

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, devices and signals are those of POSIX")


@pytest.fixture(params=WRITERS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name not in ("graph", "onnx") and not load_backend(name).available().ok:
        pytest.skip(f"{name} cannot run here")
    if name == "onnx":
        pytest.importorskip("onnx")
    return name


@pytest.fixture(scope="module")
def graph() -> Graph:
    return graph_of(3)


def found(how: str, kind: str, folder: Path, count: int) -> dict[str, int]:
    command = [sys.executable, str(SCRIPT), how, kind, str(folder), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_killed_at_any_moment_the_old_file_or_the_new_one_stands(kind: str, tmp_path: Path) -> None:
    result = found("kill", kind, tmp_path, MOMENTS)
    assert {name: count for name, count in result.items() if name != "unfinished"} == {"old or new": MOMENTS, "left": 0}


def test_interrupted_at_any_moment_next_to_nothing_unfinished_is_left(kind: str, tmp_path: Path) -> None:
    """An interrupt between two instructions of contextlib itself, as it enters or leaves a block, leaves what a kill does."""
    result = found("interrupt", kind, tmp_path, MOMENTS)
    assert result.pop("unfinished") <= 2
    assert result == {"old or new": MOMENTS, "left": 0}


def test_processes_that_write_at_once_leave_one_whole_file(kind: str, tmp_path: Path) -> None:
    result = found("together", kind, tmp_path, 8)
    assert result.pop("there") > 0
    assert {name: count for name, count in result.items() if count} == {"whole": 1}


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may be longer than 64 KiB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_leaves_the_old_file(kind: str, tmp_path: Path, graph: Graph, request: pytest.FixtureRequest) -> None:
    place = tmp_path / "place"
    writer(kind)(graph, place)
    before = content(place)
    request.getfixturevalue("small_files")
    with pytest.raises(FileError, match="place cannot be written: "):
        writer(kind)(graph_of(4), place)
    assert content(place) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_full_file_system_leaves_the_old_file(kind: str, tmp_path: Path, graph: Graph) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    try:
        writer(kind)(graph, disk / "place")  # two megabytes; another two do not fit
        before = content(disk / "place")
        with pytest.raises(FileError, match=r"place cannot be written: .*[Nn]o space"):
            writer(kind)(graph_of(4), disk / "place")
        assert content(disk / "place") == before
        assert [entry.name for entry in disk.iterdir()] == ["place"]
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def as_nobody(work: Callable[[], Any]) -> int:
    """The exit status of a process without rights that does something."""
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            work()
        except FileError as error:
            os._exit(3 if "Permission denied" in str(error) else 4)
        except BaseException:
            os._exit(5)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("name", ["graph", "tflite"])
def test_read_only_folder_is_named(name: str, tmp_path: Path, graph: Graph) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "read-only"
    folder.mkdir()
    writer(name)(graph, folder / "place")
    before = content(folder / "place")
    folder.chmod(0o555)
    for above in tmp_path.parents[:3]:
        if above.stat().st_uid == os.getuid() and above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o111)
    assert as_nobody(lambda: writer(name)(graph_of(4), folder / "place")) == 3
    folder.chmod(0o755)
    assert content(folder / "place") == before


def test_permissions_are_those_of_any_new_file(kind: str, tmp_path: Path, graph: Graph) -> None:
    for mask, file, folder in ((0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)):
        before = os.umask(mask)
        try:
            writer(kind)(graph, tmp_path / "place")
        finally:
            os.umask(before)
        for path in (tmp_path / "place", *(tmp_path / "place").rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (folder if path.is_dir() else file), path


def test_link_is_kept_and_what_it_leads_to_replaced(kind: str, tmp_path: Path, graph: Graph) -> None:
    there = tmp_path / "elsewhere"
    there.mkdir()
    writer(kind)(graph_of(4), there / "target")
    for name, target in (("link", there / "target"), ("relative", Path("elsewhere/target")), ("dangling", there / "new")):
        (tmp_path / name).symlink_to(target)
        writer(kind)(graph, tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert content(tmp_path / name) == content(there / Path(target).name)
    assert content(there / "target") == content(there / "new")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(FileError, match="circle cannot be written"):
        writer(kind)(graph, tmp_path / "circle")
    assert (tmp_path / "circle").is_symlink()


@pytest.mark.parametrize("name", FILES)
def test_device_and_pipe_are_written_through(name: str, tmp_path: Path, graph: Graph) -> None:
    writer(name)(graph, Path("/dev/null"))
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    writer(name)(graph, tmp_path / "whole")
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    thread.start()
    writer(name)(graph, tmp_path / "pipe")
    thread.join(30)
    assert read == [(tmp_path / "whole").read_bytes()]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    if Path("/dev/full").exists():
        with pytest.raises(FileError, match="/dev/full cannot be written: No space left"):
            writer(name)(graph, Path("/dev/full"))


def test_package_replaces_nothing_but_a_package(tmp_path: Path, graph: Graph) -> None:
    core_ml: Any = load_backend("coreml")
    if not core_ml.available().ok:
        pytest.skip("coreml cannot run here")
    core_ml.export(graph, tmp_path / "right")

    def like(name: str, change: Callable[[Path], Any]) -> Path:
        import shutil

        shutil.copytree(tmp_path / "right", tmp_path / name)
        change(tmp_path / name)
        return tmp_path / name

    others = [
        like("more", lambda folder: (folder / "thesis.txt").write_text("precious")),
        like("no manifest", lambda folder: (folder / "Manifest.json").unlink()),
        like("another manifest", lambda folder: (folder / "Manifest.json").write_text('{"name": "an extension"}')),
        like("no JSON", lambda folder: (folder / "Manifest.json").write_text("precious")),
        like("other data", lambda folder: (folder / "Data").rename(folder / "Other")),
        like("what is listed is not there", lambda folder: (folder / "Data/com.apple.CoreML/model.mlmodel").unlink()),
        tmp_path / "a file",
        tmp_path / "an empty folder",
    ]
    others[-2].write_text("precious")
    others[-1].mkdir()
    for path in (*others, Path("/dev/null")):
        before = content(path) if path != Path("/dev/null") else {}
        with pytest.raises(OccupiedError, match=r"exists and is not an \.mlpackage; it is left as it is"):
            core_ml.export(graph, path)
        assert path == Path("/dev/null") or content(path) == before
    core_ml.export(graph_of(4), tmp_path / "right")
    (tmp_path / "right" / ".DS_Store").touch()  # which macOS puts everywhere
    core_ml.export(graph, tmp_path / "right")
    assert not (tmp_path / "right" / ".DS_Store").exists()


def test_file_is_not_written_over_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for write in (lambda: replacing("test", tmp_path / "folder").__enter__(), lambda: replacing("test", ".").__enter__()):
        with pytest.raises(OccupiedError, match="is a folder; a file is not written over it"):
            write()


def test_what_fails_inside_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("old")

    def write(error: BaseException) -> None:
        with replacing("test", tmp_path / "place") as partial:
            partial.write_text("new")
            raise error

    def fill(error: BaseException) -> None:
        with replacing_folder("test", tmp_path / "folder", Path.is_dir, "a folder") as partial:
            (partial / "inside").mkdir()
            raise error

    for error in (ValueError("no"), KeyboardInterrupt(), MemoryError()):
        for fail in (write, fill):
            with pytest.raises(type(error)):
                fail(error)
    assert (tmp_path / "place").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_system_that_cannot_exchange_folders_renames_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webnpu.files._exchanged", lambda one, other: False)
    for text in ("old", "new"):
        with replacing_folder("test", tmp_path / "folder", Path.is_dir, "a folder") as partial:
            (partial / text).touch()
    assert [entry.name for entry in (tmp_path / "folder").iterdir()] == ["new"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_longest_name_is_written(tmp_path: Path, graph: Graph) -> None:
    for name in ("n" * 255, "é" * 127):
        writer("graph")(graph, tmp_path / name)
        np.testing.assert_array_equal(load_graph(tmp_path / name).constants[0].value, graph.constants[0].value)
