"""The package: what the wheel holds, and what importing it does not import."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
OPTIONAL = (
    "ai_edge_litert",
    "coremltools",
    "flatbuffers",
    "jinja2",
    "mpmath",
    "onnx",
    "onnxruntime",
    "playwright",
    "rich",
    "torch",
    "typer",
    "wgpu",
)


def folders(top: str, package: str) -> set[str]:
    """The packages that the folders make: those with a file of Python's in them."""
    found = {path.parent.relative_to(ROOT / top) for path in (ROOT / top).rglob("*.py")}
    return {".".join((package, *folder.parts)) for folder in found if "__pycache__" not in folder.parts}


def test_packages_are_the_folders() -> None:
    assert set(SETUPTOOLS["packages"]) == folders("webnpu", "webnpu") | folders("backends", "webnpu.backends")


def test_every_package_has_an_init() -> None:
    for package in SETUPTOOLS["packages"]:
        folder = ROOT / package.replace("webnpu.backends", "backends").replace(".", "/")
        assert (folder / "__init__.py").is_file(), package


def test_every_backend_has_an_entry_point() -> None:
    groups = PYPROJECT["project"]["entry-points"]
    assert set(groups["webnpu.backends"]) | set(groups["webnpu.backends.by_name"]) == {
        folder.name for folder in (ROOT / "backends").iterdir() if (folder / "__init__.py").is_file()
    } | {"reference"}


def test_all_installs_every_extra() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    [everything] = extras["all"]
    assert set(everything.removeprefix("webnpu[").removesuffix("]").split(",")) == set(extras) - {"all"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel that is built from a copy, so that nothing is left in the checkout."""
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip(f"building needs setuptools 77 or newer; here is {version('setuptools')}")
    source = tmp_path_factory.mktemp("source")
    for name in ("webnpu", "backends"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(source / "dist"), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, cwd=source)
    assert built.returncode == 0, built.stdout + built.stderr
    [file] = (source / "dist").glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_module(wheel: set[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "webnpu").rglob("*.py")}
    modules |= {"webnpu/" + path.relative_to(ROOT).as_posix() for path in (ROOT / "backends").rglob("*.py")}
    assert modules <= wheel


def test_wheel_holds_types_and_data(wheel: set[str]) -> None:
    assert "webnpu/py.typed" in wheel
    tops = {"webnpu": "", "backends": "webnpu/"}
    data = {
        prefix + path.relative_to(ROOT).as_posix()
        for top, prefix in tops.items()
        for path in (ROOT / top).rglob("*")
        if path.suffix not in (".py", ".pyc", "") and "egg-info" not in str(path)
    }
    assert data <= wheel


def test_wheel_holds_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {"webnpu", f"webnpu-{PYPROJECT['project']['version']}.dist-info"}


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_version_is_stated_once_and_the_same() -> None:
    assert python("import webnpu; print(webnpu.__version__)").strip() == PYPROJECT["project"]["version"]


def test_importing_the_library_imports_nothing_optional() -> None:
    loaded = python(
        "import sys, webnpu, webnpu.graph_file, webnpu.reference; print(*{name.partition('.')[0] for name in sys.modules})"
    ).split()
    assert not set(loaded) & set(OPTIONAL)


def test_listing_contexts_and_limits_imports_nothing_optional() -> None:
    code = "import sys, webnpu; webnpu.ML().create_context(backend='reference').op_support_limits(); print(*sys.modules)"
    assert not {name.partition(".")[0] for name in python(code).split()} & set(OPTIONAL)
