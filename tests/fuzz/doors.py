"""The doors through which input comes in: for each, sound input of every kind, what is done to it, and what takes it in.

An input is made of its number alone, so that a finding can be made again. Whatever comes of it is a right result or an error of
ours; everything else is raised, and found by the worker.
"""

from __future__ import annotations

import importlib
import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from mutations import changed_json, changed_message, json_bytes, mutated

import webnpu
import webnpu.graph_file
from webnpu.backend import load_backend
from webnpu.conformance.compose import random_graph
from webnpu.errors import WebNPUError

ROOT = Path(__file__).parents[2]
GRAPHS = 24
"""How many random graphs are seeds."""
FEW = 2**14
"""Graphs of so few elements in all are run."""


class Door(ABC):
    """One door.

    Args:
        folder: where it may write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def attempt(self, number: int) -> str:
        """Try an input; ``right``, or ``refused`` where that is no error."""
        return self.take(Random(f"{type(self).__name__} {number}"))

    @abstractmethod
    def take(self, rng: Random) -> str:
        """Make an input, and let the door take it."""


def graphs(count: int = GRAPHS) -> list[webnpu.Graph]:
    return [random_graph(seed, 4)[0] for seed in range(count)]


def used(graph: webnpu.Graph) -> None:
    """Do with a graph what is done with graphs, and run it where it is small."""
    str(graph)
    list(graph.names)
    webnpu.graph_file.to_document(graph)
    from webnpu.passes import optimize

    optimize(graph)
    elements = sum(o.descriptor.size for operator in graph.operators for o in operator.outputs)
    elements += sum(o.descriptor.size for o in graph.inputs.values())
    if elements <= FEW and all(work(operator) <= 10**6 for operator in graph.operators):
        inputs = {name: np.zeros(d.shape, d.data_type.numpy) for name, d in graph.input_descriptors.items()}
        load_backend("reference").compile(graph).run(inputs)


def work(operator: Any) -> int:
    """About how many steps an operator takes: the elements of its results times those of its greatest operand."""
    return int(sum(o.descriptor.size for o in operator.outputs) * max((o.descriptor.size for _, o in operator.operands()), default=1))


class Files(Door):
    """A door that takes files: seeds are mutated, and written to one that is taken."""

    suffix = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.seeds = self.made()
        for seed in self.seeds:
            self.take_file(self.written(seed))

    @abstractmethod
    def made(self) -> list[bytes]:
        """The seeds."""

    @abstractmethod
    def take_file(self, path: Path) -> None:
        """Let the door take a file."""

    def changed(self, rng: Random, seed: bytes) -> bytes:
        """A seed that something was done to."""
        return mutated(rng, seed, self.seeds)

    def written(self, data: bytes) -> Path:
        path = self.folder / f"input{self.suffix}"
        path.write_bytes(data)
        return path

    def take(self, rng: Random) -> str:
        self.take_file(self.written(self.changed(rng, rng.choice(self.seeds))))
        return "right"


class GraphFiles(Files):
    """Graph files: bytes, the header's JSON, and the document in it."""

    suffix = ".safetensors"

    def made(self) -> list[bytes]:
        seeds = []
        for graph in graphs():
            path = self.folder / "seed.safetensors"
            webnpu.graph_file.save_graph(graph, path)
            seeds.append(path.read_bytes())
        return seeds

    def changed(self, rng: Random, seed: bytes) -> bytes:
        if rng.random() < 0.3:
            return mutated(rng, seed, self.seeds)
        length = int.from_bytes(seed[:8], "little")
        header = json.loads(seed[8 : 8 + length])
        if rng.random() < 0.8:
            document = changed_json(rng, json.loads(header["__metadata__"]["webnpu"]))
            header["__metadata__"]["webnpu"] = json_bytes(document).decode("utf-8", "replace")
        else:
            header = changed_json(rng, header)
        encoded = json_bytes(header)
        return len(encoded).to_bytes(8, "little") + encoded + seed[8 + length :]

    def take_file(self, path: Path) -> None:
        used(webnpu.graph_file.load_graph(path))


class OnnxModels(Files):
    """ONNX models: bytes, and the protobuf's fields; some with external data."""

    suffix = ".onnx"

    def made(self) -> list[bytes]:
        from onnx_changes import halved
        from onnx_seeds import models

        from webnpu.onnx import save_model

        seeds = [model.SerializeToString() for model in (*models(), halved(models()[0]))]
        for graph in graphs():
            try:
                save_model(graph, self.folder / "seed.onnx")
            except webnpu.NotSupportedError:
                continue
            seeds.append((self.folder / "seed.onnx").read_bytes())
        (self.folder / "weights.bin").write_bytes(bytes(64))
        (self.folder / "w.bin").write_bytes(bytes(100))
        return seeds

    def changed(self, rng: Random, seed: bytes) -> bytes:
        if rng.random() < 0.3:
            return mutated(rng, seed, self.seeds)
        from onnx import ModelProto
        from onnx_changes import changed, torn

        model = ModelProto.FromString(seed)
        try:
            if rng.random() < 0.5:
                changed_message(rng, model)
            else:
                model = rng.choice((changed, torn))(rng, model)
            return bytes(model.SerializeToString())
        except Exception:
            return mutated(rng, seed, self.seeds)

    def take_file(self, path: Path) -> None:
        from webnpu.onnx import import_model

        used(import_model(path, float16=path.stat().st_size % 2 == 0))


class Packages(Door):
    """Core ML packages: the manifest, the model's protobuf, and the weights."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.load = load_backend("coreml").load_package
        self.model = importlib.import_module(type(load_backend("coreml")).__module__ + ".protos").Model_pb2.Model
        seeds = sorted((ROOT / "tests/backends/coreml/packages").glob("*.mlpackage"))
        for index, graph in enumerate(graphs()):
            try:
                seeds.append(load_backend("coreml").export(graph, folder / f"seed{index}.mlpackage"))
            except webnpu.NotSupportedError:
                continue
        self.seeds = [{str(f.relative_to(seed)): f.read_bytes() for f in sorted(seed.rglob("*")) if f.is_file()} for seed in seeds]

    def take(self, rng: Random) -> str:
        files = dict(rng.choice(self.seeds))
        name = next(n for n in files if n.endswith(".mlmodel")) if rng.random() < 0.7 else rng.choice(list(files))
        data = files[name]
        if name.endswith(".mlmodel") and rng.random() < 0.8:
            model = self.model.FromString(data)
            changed_message(rng, model)
            data = model.SerializeToString()
        elif name.endswith(".json") and rng.random() < 0.7:
            data = json_bytes(changed_json(rng, json.loads(data)))
        else:
            data = mutated(rng, data, list(files.values()))
        path = self.folder / "input.mlpackage"
        shutil.rmtree(path, ignore_errors=True)
        for place, content in (files | {name: data}).items():
            (path / place).parent.mkdir(parents=True, exist_ok=True)
            (path / place).write_bytes(content)
        package = self.load(path, budget=webnpu.Budget(seconds=3))
        str(package)
        if len(package.body.steps) < 60:
            package.run({n: np.zeros([size or 1 for size in f.shape], f.dtype) for n, f in package.inputs.items()})
        return "right"


class Plans(Files):
    """Exported plans of WebGPU, which are verified before any device sees them."""

    suffix = ".webgpu"

    def made(self) -> list[bytes]:
        backend: Any = load_backend("webgpu")
        export = importlib.import_module(type(backend).__module__ + ".export")
        self.loads: Callable[..., Any] = export.load_plan
        seeds = []
        for graph in graphs(12):
            try:
                export.save_plan(backend.lower(graph), graph.input_descriptors, graph.output_descriptors, self.folder / "seed.webgpu")
            except webnpu.NotSupportedError:
                continue
            seeds.append((self.folder / "seed.webgpu").read_bytes())
        return seeds

    def changed(self, rng: Random, seed: bytes) -> bytes:
        if rng.random() < 0.3:
            return mutated(rng, seed, self.seeds)
        length = int.from_bytes(seed[:8], "little")
        header = json.loads(seed[8 : 8 + length])
        key = next(key for key in header["__metadata__"] if header["__metadata__"][key].startswith("{"))
        if rng.random() < 0.9:
            changed = json_bytes(changed_json(rng, json.loads(header["__metadata__"][key])))
            header["__metadata__"][key] = changed.decode("utf-8", "replace")
        else:
            header = changed_json(rng, header)
        encoded = json_bytes(header)
        return len(encoded).to_bytes(8, "little") + encoded + seed[8 + length :]

    def take_file(self, path: Path) -> None:
        self.loads(path, 2**30, 2**30)


class Arrays(Files):
    """Arrays on the command line: ``.npy``, ``.json``, JSON itself."""

    HEADERS = (("(2, 3)", "(2, 3000000000)"), ("(2, 3)", "(-2, -3)"), ("(2, 3)", "()"), ("'<", "'|O"), ("f4", "U99999999"))

    def made(self) -> list[bytes]:
        seeds = []
        for dtype in ("<f4", ">f4", "<f2", "<i8", "u1", "?", "<f8", "<u4"):
            for order in "CF":
                np.save(self.folder / "seed.npy", np.asarray(np.arange(6).reshape(2, 3), dtype, order=order))
                seeds.append((self.folder / "seed.npy").read_bytes())
        return [*seeds, *(json.dumps(value).encode() for value in ([[1, 2, 3], [4, 5, 6]], [[0.5, 1e300, -1]] * 2, [[True] * 3] * 2))]

    def changed(self, rng: Random, seed: bytes) -> bytes:
        if seed.startswith(b"[") and rng.random() < 0.7:
            return json_bytes(changed_json(rng, json.loads(seed)))
        if rng.random() < 0.4 and seed.startswith(b"\x93NUMPY"):
            header = seed[10:128].decode("latin-1")
            old, new = rng.choice(self.HEADERS)
            return seed[:10] + header.replace(old, new).encode("latin-1")[:118].ljust(118) + seed[128:]
        return mutated(rng, seed, self.seeds)

    def take_file(self, path: Path) -> None:
        from webnpu.cli.inputs import arrays_for

        data = path.read_bytes()
        kind = "json" if data[:1] == b"[" else "npy"
        path = path.rename(path.with_name(f"input.{kind}"))
        for shape in ((2, 3), ()):
            descriptors = {"x": webnpu.OperandDescriptor(webnpu.DataType.FLOAT32, shape)}
            for value in (str(path), data.decode("latin-1") if kind == "json" else "random"):
                try:
                    arrays_for(descriptors, {"x": value}, np.random.default_rng(0))
                except WebNPUError as error:
                    str(error)


class Media(Files):
    """Recordings and images on the command line."""

    def made(self) -> list[bytes]:
        import soundfile
        from PIL import Image

        self.kinds: dict[bytes, str] = {}
        tone = np.sin(np.arange(64) / 3).astype(np.float32)
        for suffix in ("wav", "flac", "ogg", "aiff"):
            for channels in (1, 2):
                place = self.folder / f"seed.{suffix}"
                soundfile.write(place, np.repeat(tone[:, None], channels, 1), 8000)
                self.kinds[place.read_bytes()] = suffix
        pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
        for suffix in ("png", "jpg", "bmp", "gif", "tiff", "webp"):
            place = self.folder / f"seed.{suffix}"
            Image.fromarray(pixels).save(place)
            self.kinds[place.read_bytes()] = suffix
        return list(self.kinds)

    def take(self, rng: Random) -> str:
        seed = rng.choice(self.seeds)
        self.suffix = f".{self.kinds[seed]}"
        self.take_file(self.written(self.changed(rng, seed)))
        return "right"

    def take_file(self, path: Path) -> None:
        from webnpu.cli.images import IMAGES, Picture, image_array
        from webnpu.cli.sounds import sound_array

        if path.suffix in IMAGES:
            image_array("x", path, webnpu.OperandDescriptor(webnpu.DataType.FLOAT32, (1, 3, 4, 5)), Picture())
        elif path.suffix:
            sound_array("x", f"{path}@0", webnpu.OperandDescriptor(webnpu.DataType.FLOAT32, (1, 16)), 4000)


def doors() -> dict[str, Callable[[Path], Door]]:
    from calls import Builder, Commands, JavaScript

    return {
        "graphs": GraphFiles,
        "onnx": OnnxModels,
        "packages": Packages,
        "plans": Plans,
        "arrays": Arrays,
        "media": Media,
        "commands": Commands,
        "builder": Builder,
        "javascript": JavaScript,
    }


DOORS = doors()
