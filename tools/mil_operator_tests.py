"""Put the MIL interpreter under the operator tests that coremltools ships, and group what fails by cause.

``python tools/mil_operator_tests.py --every 4`` runs a quarter of them, ``--every 1`` all; so many processes (``--jobs``) take
up to 1 GB each. The tests are coremltools'
own, unchanged: they build a program, convert it, and compare what Core ML predicts with what they expect. Off macOS
they predict nothing; here ``MLModel.predict`` is the interpreter, on the package that the converter saved. The converter's
optional passes stay out of it, so that the operation under test is in the package. Only the float32 variants of mlprograms
are run: those of float16 allow an error of 0.5 and prove nothing. Some tests need PyTorch, which only says what is expected.

This file is also the pytest plugin that does it (``-p mil_operator_tests``).
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_EVERY, _RESULTS = "MIL_TESTS_EVERY", "MIL_TESTS_RESULTS"
_FOLDER = ("converters", "mil", "mil", "ops", "tests")
MACOS = (15, 0)
"""The version of macOS that the tests are told, so that they run what the newest operation sets have."""
FLOAT16 = 2.0**-8
"""How far outputs may be off, absolutely and relatively, where a program has float16: its roundings are not in what is expected."""
KNOWN = {
    "iOS16/test_image_resizing.py::TestCropResize": "it expects 7.899 where the exact value is 7.9",
    "iOS17/test_image_resizing.py::TestCropResize": "it expects 7.899 where the exact value is 7.9",
    "iOS15/test_image_resizing.py::TestResample": "it counts what the converter's passes insert",
    "test_ios17_invalid_indices": "it expects the words of Core ML's own error",
}
"""Tests that fail for a reason that is not the interpreter's, by a part of their names."""


def main() -> int:
    """Run a sample and print the figures; exit status 1 where a test fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="only these of them, such as iOS17/test_linear.py")
    parser.add_argument("--every", type=int, default=4, metavar="N", help="run one test in N, chosen by its name (default 4)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many processes (default 2)")
    parser.add_argument("-k", default="", metavar="EXPRESSION", help="only tests whose names match, as with pytest")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every result")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="webnpu-") as folder:
        results = _run(options, Path(folder))
    if not results:
        print("no test was run")
        return 2
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return _report(results)


def _run(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    found = find_spec("coremltools")
    if found is None or found.origin is None:
        sys.exit("coremltools is not installed: pip install 'webnpu[coreml]'")
    tests = Path(found.origin).parent.joinpath(*_FOLDER)
    environment = os.environ | {
        "INCLUDE_MIL_FP32_UNIT_TESTS": "1",
        "RUN_BACKWARD_COMPATIBILITY": "1",
        "PYMIL_TEST_TARGETS": "mlprogram",
        "PYTHONPATH": str(Path(__file__).parent),
        _EVERY: str(options.every),
        _RESULTS: str(folder),
    }
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tests), "-p", "mil_operator_tests"]
    command += ["-p", "no:cacheprovider", "-q", "--tb=no", "--no-header", "--disable-warnings", "--maxfail=1000000"]
    command += ["-n", str(options.jobs), "--dist", "worksteal"] if options.jobs > 1 else []
    command += ["-k", options.k] if options.k else []
    command += [str(tests / file) for file in options.files] or [str(tests)]
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines = (line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines())
    return sorted((json.loads(line) for line in lines), key=lambda result: str(result["test"]))


def _report(results: list[dict[str, Any]]) -> int:
    counts = Counter(result["outcome"] for result in results)
    predictions = sum(result["predictions"] for result in results)
    print(f"{len(results):,} tests, {predictions:,} predictions compared: {', '.join(f'{n:,} {k}' for k, n in sorted(counts.items()))}")
    causes: dict[str, list[str]] = defaultdict(list)
    for result in results:
        if result["outcome"] in ("failed", "known", "refused"):
            causes[_cause(result["reason"])].append(result["test"])
    for cause, tests in sorted(causes.items(), key=lambda item: -len(item[1])):
        functions = Counter(test.split("[")[0].rpartition("/")[2] for test in tests)
        print(f"\n{len(tests)} x {cause}")
        for function, count in functions.most_common(8):
            print(f"    {count} x {function}")
    return 1 if counts["failed"] else 0


def _cause(reason: str) -> str:
    """A reason without what differs from one test to the next."""
    reason = re.sub(r"'[^']*'|\"[^\"]*\"", "…", " ".join(reason.splitlines()[:2]) or "no reason")
    return re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "N", reason)[:160]


_OUTCOMES = {"": "passed", "Skipped": "skipped", "XFailed": "skipped", "MissingOperationError": "refused"}
"""What becomes of a test by what it raises; anything else is a failure."""
_compared = SimpleNamespace(count=0)
"""How many predictions the running test has asked for."""


def pytest_configure() -> None:
    """Let the interpreter predict. Only inside a run that this file started."""
    import logging

    logging.getLogger("coremltools").setLevel(logging.ERROR)
    import coremltools as ct
    from coremltools.converters.mil import testing_reqs, testing_utils

    from webnpu.backend import load_backend

    backend: Any = load_backend("coreml")

    def predict(self: Any, data: dict[str, Any], state: Any = None) -> dict[str, Any]:
        _compared.count += 1
        package = state or backend.load_package(self.package_path, self.function_name or "")
        return dict(package.run(data))

    model: Any = ct.models.MLModel
    model.predict = predict
    model.make_state = lambda self: backend.load_package(self.package_path, self.function_name or "")
    testing_reqs.backends_internal[:] = [each for each in testing_reqs.backends_internal if each.precision == "fp32"]
    testing_reqs.backends[:] = [each for each in testing_reqs.backends if each[1] == "fp32"]
    utilities: Any = testing_utils
    utilities._IS_MACOS = True
    utilities.coremltoolsutils = SimpleNamespace(_is_macos=lambda: True, _macos_version=lambda: MACOS)
    convert, compare = utilities.ct_convert, utilities.compare_backend

    def convert_as_it_is(*arguments: Any, **options: Any) -> Any:
        options["pass_pipeline"] = options.get("pass_pipeline") or ct.PassPipeline.EMPTY
        return convert(*arguments, **options)

    def compare_by_type(mlmodel: Any, *arguments: Any, **options: Any) -> Any:
        if _uses_float16(mlmodel.get_spec()):
            options |= {name: max(options.get(name, 0.0), FLOAT16) for name in ("atol", "rtol")}
        return compare(mlmodel, *arguments, **options)

    utilities.ct_convert, utilities.compare_backend = convert_as_it_is, compare_by_type


def _uses_float16(spec: Any) -> bool:
    """Whether a value of a program is of float16: what is expected was not rounded where that is."""
    from coremltools.proto import MIL_pb2

    def has(block: Any) -> bool:
        kinds = (output.type.tensorType.dataType for operation in block.operations for output in operation.outputs)
        return MIL_pb2.FLOAT16 in kinds or any(has(inner) for operation in block.operations for inner in operation.blocks)

    functions = spec.mlProgram.functions.values()
    inputs = (item.type.tensorType.dataType for function in functions for item in function.inputs)
    return MIL_pb2.FLOAT16 in inputs or any(has(block) for function in functions for block in function.block_specializations.values())


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Keep the float32 variants of mlprograms, and of these one in so many, by name."""
    every = int(os.environ[_EVERY])
    kept = [item for item in items if _is_float32(item) and zlib.crc32(item.nodeid.encode()) % every == 0]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def pytest_collection_finish() -> None:
    """Keep what was collected out of the garbage collector's way: the converter calls it for every test."""
    gc.collect()
    gc.freeze()


def _is_float32(item: Any) -> bool:
    backend = getattr(item, "callspec", SimpleNamespace(params={})).params.get("backend")
    kind = (backend.backend, backend.precision) if hasattr(backend, "precision") else backend
    return bool(kind == ("mlprogram", "fp32"))


def pytest_runtest_setup(item: Any) -> None:
    """The same random numbers whatever ran before."""
    import numpy as np

    np.random.seed(zlib.crc32(item.nodeid.encode()))
    _compared.count = 0


def pytest_runtest_makereport(item: Any, call: Any) -> None:
    """Note what became of a test: passed, failed, known to, refused, skipped, or passed without a prediction."""
    failed = call.excinfo is not None
    if call.when != "call" and not failed:
        return
    kind = call.excinfo.typename if failed else ""
    reason = f"{kind}: {call.excinfo.value}".strip() if failed else ""
    outcome = _OUTCOMES.get(kind, "failed")
    if outcome == "passed" and not _compared.count:
        outcome = "passed without a prediction"
    elif outcome == "failed" and (known := [why for part, why in KNOWN.items() if part in item.nodeid]):
        outcome, reason = "known", known[0]
    elif "'torch' is not defined" in reason:
        outcome = "skipped"
    elif kind == "EvaluationError" and "undefined" in reason:
        outcome = "refused"
    line = {"test": item.nodeid, "outcome": outcome, "reason": _told(reason), "predictions": _compared.count}
    with Path(os.environ[_RESULTS], f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _told(reason: str) -> str:
    return "\n".join(_lines(reason))[:600]


def _lines(reason: str) -> Iterator[str]:
    yield from (line.strip() for line in reason.splitlines() if line.strip())


if __name__ == "__main__":
    sys.exit(main())
