"""Convert the modules of torch_modules.py with coremltools' own converter, and store them beside PyTorch's results.

Run it where PyTorch and a NumPy that coremltools' converter works with (below 2.4) are installed::

    python tests/backends/coreml/make_packages.py
"""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path

logging.getLogger("coremltools").setLevel(logging.ERROR)

import coremltools as ct  # noqa: E402 -- only after its logger was told to keep quiet
import numpy as np  # noqa: E402
import torch  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
from torch_modules import MODULES, made  # noqa: E402 -- a neighbour, once the path is set

PACKAGES = Path(__file__).parent / "packages"
PRECISIONS = {"float32": ct.precision.FLOAT32, "float16": ct.precision.FLOAT16}


def convert(name: str, precision: str) -> ct.models.MLModel:
    """One module, converted."""
    network, given = made(name)
    dtype = np.int32 if given.dtype == torch.int32 else np.float32
    return ct.convert(
        torch.jit.trace(network, given),
        inputs=[ct.TensorType(name="x", shape=tuple(given.shape), dtype=dtype)],
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS17,
        compute_precision=PRECISIONS[precision],
        skip_model_load=True,
    )


def main() -> None:
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir()
    for name in MODULES:
        network, given = made(name)
        with torch.no_grad():
            outputs = network(given)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        arrays = {f"output{i}": output.numpy() for i, output in enumerate(outputs)}
        np.savez(PACKAGES / f"{name}.npz", x=given.numpy(), **arrays)
        for precision in PRECISIONS:
            convert(name, precision).save(str(PACKAGES / f"{name}-{precision}.mlpackage"))


if __name__ == "__main__":
    main()
