"""The interpreter on packages that it had no part in: coremltools converted them from PyTorch (make_packages.py)."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from webnpu.backend import load_backend

PACKAGES = Path(__file__).parent / "packages"
NAMES = sorted(file.stem for file in PACKAGES.glob("*.npz"))
BOUNDS = {"float32": 2e-5, "float16": 1e-2}
"""The greatest error beside the greatest output: of float32 a few roundings, of float16 one for each operation."""


@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_pytorch(name: str, precision: str) -> None:
    package = load_backend("coreml").load_package(PACKAGES / f"{name}-{precision}.mlpackage")
    with np.load(PACKAGES / f"{name}.npz") as stored:
        results = package.run({"x": stored["x"]})
        expected = [stored[key] for key in stored.files if key.startswith("output")]
    assert len(results) == len(expected)
    for result, wanted in zip(results.values(), expected, strict=True):
        assert result.shape == wanted.shape
        error = np.abs(result.astype(np.float64) - wanted).max() / np.abs(wanted).max()
        assert error <= BOUNDS[precision], f"error {error:.2e}"


def test_all_kinds_are_there() -> None:
    assert NAMES == ["depthwise_cnn", "gru", "lstm", "residual_cnn", "transformer_encoder", "unet_block"]


@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("name", NAMES)
def test_agrees_when_converted_anew(name: str, precision: str, tmp_path: Path) -> None:
    """The same, with what coremltools' converter makes of the modules today."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    if tuple(map(int, np.__version__.split(".")[:2])) >= (2, 4):
        pytest.skip("coremltools' PyTorch converter needs a NumPy below 2.4")
    sys.path.insert(0, str(Path(__file__).parent))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's and coremltools' own
        import make_packages

        network, given = make_packages.made(name)
        make_packages.convert(name, precision).save(str(tmp_path / "m.mlpackage"))
    results = load_backend("coreml").load_package(tmp_path / "m.mlpackage").run({"x": given.numpy()})
    with torch.no_grad():
        expected = network(given)
    for result, wanted in zip(results.values(), expected if isinstance(expected, tuple) else (expected,), strict=True):
        assert np.abs(result - wanted.numpy()).max() / wanted.abs().max() <= BOUNDS[precision]
