"""What writing an .mlpackage costs, beside coremltools' own converter on the same graph, in one run.

    python benchmarks/coreml.py [--rounds 5] [--json FILE]

Ours: from the graph to a package on disk. Theirs: the same MIL operations, built with coremltools' builder (which is not
timed), through ``ct.convert`` in float32 and saved. The ratio is theirs to ours: above 1 ours is faster.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

logging.getLogger("coremltools").setLevel(logging.ERROR)
sys.path.insert(0, str(Path(__file__).parent))

import coremltools as ct  # noqa: E402 -- only after its logger was told to keep quiet
from coremltools.converters.mil.frontend.milproto import load as milproto  # noqa: E402
from models import MODELS  # noqa: E402 -- a neighbour, once the path is set

from webnpu.backend import load_backend  # noqa: E402
from webnpu.graph import Graph  # noqa: E402


def ours(graph: Graph, folder: Path) -> float:
    """Seconds to write a graph."""
    start = time.perf_counter()
    load_backend("coreml").export(graph, folder / "ours.mlpackage")  # type: ignore[attr-defined]
    return time.perf_counter() - start


def theirs(program: Any, folder: Path) -> float:
    """Seconds to convert and save a program of coremltools' builder."""
    start = time.perf_counter()
    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS17,
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
    )
    model.save(str(folder / "theirs.mlpackage"))
    return time.perf_counter() - start


def loaded(package: Path) -> Any:
    """Our package as a program of coremltools' builder: its own loader makes it."""
    model = ct.models.MLModel(str(package), skip_model_load=True)
    return milproto.load(model.get_spec(), specification_version=8, file_weights_dir=model.weights_dir)


def measured(run: Callable[[], float], rounds: int) -> float:
    return min(run() for _ in range(rounds))


def compare(name: str, rounds: int) -> dict[str, Any]:
    graph = MODELS[name]()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        own = measured(lambda: ours(graph, folder), rounds)
        program = loaded(folder / "ours.mlpackage")
        other = measured(lambda: theirs(program, folder), max(1, rounds // 2))
    return {"model": name, "weight_mb": graph.weight_bytes / 1e6, "ours_s": own, "coremltools_s": other, "ratio": other / own}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    load_backend("coreml").export(MODELS["MobileNetV2"](), Path(tempfile.mkdtemp()) / "warm.mlpackage")  # type: ignore[attr-defined]
    print(f"{'model':20} {'weights MB':>10} {'ours s':>8} {'coremltools s':>14} {'ratio':>6}")
    rows = [compare(name, arguments.rounds) for name in MODELS]
    for row in rows:
        print(f"{row['model']:20} {row['weight_mb']:10.1f} {row['ours_s']:8.3f} {row['coremltools_s']:14.3f} {row['ratio']:6.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"coremltools": ct.__version__, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
