"""The layers of the library: a module imports from below, never from above."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = [
    {"spelling"},
    {"errors"},
    {"types", "site"},
    {"shapes", "agreement", "buffers", "files", "working_folder", "naming", "budget"},
    {"operator"},
    {"operators"},
    {"graph", "builder_methods"},
    {"builder"},
    {"emulation", "graph_file", "graph_view"},
    {"program"},
    {"backend"},
    {"context", "reference"},
    {"conformance", "generate", "onnx", "passes"},
    {"cli"},
]
"""The modules and packages of webnpu from the lowest up; those of one layer may import one another."""
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
MODULES = sorted((ROOT / "webnpu").rglob("*.py"))
BACKENDS = sorted((ROOT / "backends").rglob("*.py"))


def imports(path: Path, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The modules that a file imports at run time, as parts of their full names; those for type checkers alone are left out."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module or "").split(".")) if node.module else base
            yield from ((*module, alias.name) for alias in node.names)


def package_of(path: Path) -> tuple[str, ...]:
    """The package that relative imports start from."""
    return path.relative_to(ROOT).parent.parts


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_imports_only_from_its_layer_and_below(path: Path) -> None:
    own = path.relative_to(ROOT / "webnpu").parts[0].removesuffix(".py")
    if own == "__init__":
        return  # the package's front door shows everything
    assert own in HEIGHT, f"{own} stands in no layer"
    for module in imports(path, package_of(path)):
        if module[0] == "webnpu" and len(module) > 1 and module[1] in HEIGHT:
            assert HEIGHT[module[1]] <= HEIGHT[own], f"{own} imports {'.'.join(module)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_core_imports_no_backend(path: Path) -> None:
    for module in imports(path, package_of(path)):
        assert module[0] != "backends"
        assert module[:2] != ("webnpu", "backends")


@pytest.mark.parametrize("path", BACKENDS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_backend_knows_no_other(path: Path) -> None:
    own = package_of(path)
    for module in imports(path, own):
        inside = module[0] == "backends" or module[:2] == ("webnpu", "backends")
        assert not inside or module[:2] == own[:2], f"imports {'.'.join(module)}"
