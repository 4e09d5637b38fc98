"""Doors that take calls: command lines, the Python builder and context, and the JavaScript builder in Node."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from doors import ROOT, Door, graphs
from mutations import HOSTILE

import webnpu
from webnpu.operators import OPERATORS


class Commands(Door):
    """Command lines: files that are there and not, options with and without meaning, values of every kind."""

    FILES = ("m.safetensors", "m.safetensors", "m.onnx", "none.onnx", "folder", "broken.safetensors", "", "x.mlpackage")
    OPTIONS = (
        "--backend", "--input", "-i", "--output", "-o", "--json", "--seed", "--dim", "--shape", "--known", "--mean", "--std", "--range",
        "--channels", "--fit", "--resize", "--padding", "--rate", "--hop", "--carry", "--labels", "--top", "--float16", "--optimize",
        "--function", "--budget", "--no-mmap", "--to", "--opset", "--int32-io", "--target", "--backends", "--runs", "--dot", "--html",
        "--help", "--version",
    )  # fmt: skip
    VALUES = (
        "", "x", "0", "1", "-1", "1e9", "nan", "x=random", "x=[[1,2,3],[4,5,6]]", "x=in.npy", "x=none.npy", "x=in.wav", "x=in.png@0", "=",
        "x=", "a=b=c", "reference", "tflite", "nothing", "reference,reference", "graph", "onnx", "ane", "litert-npu",
        "n=2", "x=2,3", "x=2,,3", "nodes=1", "bytes=1e9", "out.npy", "y=out.npy", "out.json", "out.npz", "/dev/null", "/dev/full", "folder",
        "\x1b[31m", "\u202e", "n" * 5000, "rgb", "crop", "0,1", "1,1", "random", "é", "-", "--", "0x10", "9" * 400,
    )  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        from typer.testing import CliRunner

        from webnpu.cli.app import app

        self.app, self.runner = app, CliRunner()
        b: Any = webnpu.MLGraphBuilder()
        graph = b.finish({"y": b.relu(b.input("x", {"dataType": "float32", "shape": [2, 3]}))})
        webnpu.graph_file.save_graph(graph, folder / "m.safetensors")
        from webnpu.onnx import save_model

        save_model(graph, folder / "m.onnx")
        np.save(folder / "in.npy", np.ones((2, 3), np.float32))
        (folder / "folder").mkdir()
        (folder / "broken.safetensors").write_bytes(b"no graph")
        (folder / "in.wav").write_bytes(b"RIFF")

    def take(self, rng: Random) -> str:
        command = rng.choice(("run", "run", "run", "export", "check", "show", "explain", "diff", "profile", "bench", "nothing", ""))
        words = [command] if command else []
        if rng.random() < 0.9:
            words.append(
                rng.choice(("m.safetensors", "m.safetensors", "m.onnx", "none.onnx", "folder", "broken.safetensors", "", "x.mlpackage"))
            )
        if command in ("run", "diff", "profile", "bench") and rng.random() < 0.7:
            words += ["--input", "x=random"]
        words += {"export": ["--to", "graph", "-o", "out.safetensors"], "diff": ["--backends", "reference,reference"]}.get(command, [])
        words += ["--target", "ane"] if command == "check" else []
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            words.append(rng.choice(self.OPTIONS))
            if rng.random() < 0.85:
                words.append(rng.choice(self.VALUES))
        if rng.random() < 0.1:
            rng.shuffle(words)
        result = self.runner.invoke(self.app, words)
        error = result.exception
        if error is not None and not isinstance(error, SystemExit):
            raise error
        if result.exit_code not in (0, 1, 2):
            raise AssertionError(f"{words}: status {result.exit_code}: {result.stderr[-300:]}")
        ours = result.stderr.startswith("webnpu: ")
        if result.exit_code == 2 and not ours and "Error" not in result.stderr and "Usage:" not in result.output:
            raise AssertionError(f"{words}: status 2 without a word: {result.stderr[-300:]}")
        if ours and result.stderr.rstrip("\n").count("\n"):
            raise AssertionError(f"{words}: more than a line: {result.stderr[-300:]}")
        if ours and any(not c.isprintable() and c != "\n" for c in result.stderr):
            raise AssertionError(f"{words}: what does not show: {result.stderr[-300:]!r}")
        return "right" if result.exit_code != 2 else "refused"


class Builder(Door):
    """Calls of the Python builder and of contexts, with values of every kind in any place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.context = webnpu.ML().create_context(backend="reference")

    def value(self, rng: Random, operands: list[Any]) -> Any:
        kind = rng.randrange(10)
        if kind < 4 and operands:
            return rng.choice(operands)
        if kind == 4:
            return [rng.choice((0, 1, 2, 3, -1, 2**31, 1.5)) for _ in range(rng.randrange(5))]
        if kind == 5:
            return rng.choice((1, 2, 3, 0.5, True, "float32", "int8", "nhwc", "both", [1, 2], [2, 3], None))
        if kind == 6:
            dtype = rng.choice(("f4", ">f4", "f2", "f8", "i1", "u1", "i4", "u8", "?", "c8", "O", "S3", "U2", "M8[s]"))
            return np.zeros([rng.randrange(4) for _ in range(rng.randrange(4))], dtype)
        if kind == 7:
            return rng.choice((b"", bytes(24), bytearray(24), memoryview(bytes(6)), object(), int, {1}, range(3), 1j))
        return rng.choice(HOSTILE)

    def take(self, rng: Random) -> str:
        b: Any = webnpu.MLGraphBuilder(self.context if rng.random() < 0.5 else None)
        shapes = ([2, 3], [3], [1, 2, 4, 4], [2, 2, 3, 3], [], [4, 2, 3], [1, 8, 3])
        operands = [
            b.input(f"x{i}", {"dataType": rng.choice(("float32", "float32", "float16", "int32", "uint8", "int64")), "shape": shape})
            for i, shape in enumerate(rng.sample(shapes, 4))
        ]
        right = 0
        for _ in range(rng.randrange(1, 6)):
            name = rng.choice(list(OPERATORS))
            operator = OPERATORS[name]
            fields = list(operator.model_fields)
            values = [self.value(rng, operands) for _ in operator.operand_limits]
            options = {rng.choice(fields): self.value(rng, operands) for _ in range(rng.randrange(3))}
            with contextlib.suppress(webnpu.WebNPUError):
                made = getattr(b, operator.method)(*values, **{n: v for n, v in options.items() if n not in operator.operand_limits})
                operands += made if isinstance(made, tuple) else [made]
                right += 1
        with contextlib.suppress(webnpu.WebNPUError):
            b.constant(*(self.value(rng, operands) for _ in range(rng.randrange(1, 3))))
        with contextlib.suppress(webnpu.WebNPUError):
            self.context.create_tensor(self.value(rng, operands))
        if all(o.descriptor.size < 2**12 for o in operands):
            with contextlib.suppress(webnpu.WebNPUError):
                outputs: Any = {rng.choice(("y", "x0", "", "\0", 3)): self.value(rng, operands[4:]) for _ in range(2)}
                graph = b.finish(outputs) if rng.random() < 0.7 else b.finish(self.value(rng, operands))
                str(graph)
        return "right" if right else "refused"


class JavaScript(Door):
    """Calls of the builder in Node, through the polyfill as it is distributed; one process takes them all."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        script = Path(__file__).with_name("builder.mjs")
        command = ["node", "--max-old-space-size=2048", str(script), str(ROOT / "polyfill" / "dist" / "index.js")]
        self.node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def attempt(self, number: int) -> str:
        assert self.node.stdin is not None
        assert self.node.stdout is not None
        self.node.stdin.write(f"{number}\n")
        self.node.stdin.flush()
        answer = self.node.stdout.readline()
        if not answer:
            raise RuntimeError(f"Node ended with status {self.node.wait()}")
        found = json.loads(answer)
        if "finding" in found:
            raise RuntimeError(found["finding"])
        return str(found["outcome"])

    def take(self, rng: Random) -> str:
        raise NotImplementedError  # its inputs are made in JavaScript


__all__ = ["Builder", "Commands", "JavaScript", "graphs"]
