"""Random graphs around products so large that they go through tiles; the conformance corpus has none."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from webnpu import Graph, MLGraphBuilder
from webnpu.types import DataType

SIDES = (1, 4, 30, 32, 64, 100, 128, 200, 384, 1000)
FILTER_LAYOUTS = ("oihw", "hwio", "ohwi", "ihwo")


class ProductComposer:
    """A graph of one product, of what it takes from other operators, and of what takes it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.builder: Any = MLGraphBuilder()
        self.data_type = self.random.choice((DataType.FLOAT32, DataType.FLOAT16))
        self.inputs = 0

    def graph(self) -> Graph:
        y = self.random.choice((self.matmul, self.gemm, self.conv2d, self.conv2d))()
        y = self.random.choice((self.builder.relu, self.builder.sigmoid, self.builder.identity))(y)
        outputs = {"y": y}
        if self.sometimes():
            outputs["z"] = self.builder.mul(y, self.given(1))
        graph: Graph = self.builder.finish(outputs)
        return graph

    def sometimes(self) -> bool:
        return self.random.random() < 0.5

    def given(self, *shape: int, data_type: DataType | None = None, constant: bool | None = None) -> Any:
        """A new input or constant."""
        data_type = data_type or self.data_type
        if self.sometimes() if constant is None else constant:
            return self.builder.constant((np.arange(np.prod(shape)) % 8).astype(data_type.numpy).reshape(shape))
        self.inputs += 1
        return self.builder.input(f"x{self.inputs}", {"dataType": data_type, "shape": shape})

    def turned(self, operand: Any) -> Any:
        """An operand, or its dimensions in another order."""
        order = list(range(operand.rank))
        self.random.shuffle(order)
        return self.builder.transpose(operand, permutation=order) if self.sometimes() else operand

    def quantized(self, rows: int, columns: int) -> Any:
        """A matrix, dequantised, and perhaps turned."""
        turn = self.sometimes()
        shape = (columns, rows) if turn else (rows, columns)
        scale = [self.random.choice([size for size in (1, full // 32, full) if size and full % size == 0]) for full in shape]
        data_type = self.random.choice((DataType.INT4, DataType.UINT4, DataType.INT8, DataType.UINT8, DataType.INT32))
        constant = self.random.choice((True, False, None))
        operands = [self.given(*shape, data_type=data_type, constant=constant), self.given(*scale, constant=constant)]
        matrix = self.builder.dequantize_linear(*operands, self.given(*scale, data_type=data_type, constant=constant))
        return self.builder.transpose(matrix) if turn else matrix

    def matmul(self) -> Any:
        m, n, k = (self.random.choice(SIDES) for _ in range(3))
        outer = self.random.choice(((), (), (1,), (3,), (2, 4)))
        left = self.given(*outer, m, k)
        if self.sometimes():
            left = self.builder.transpose(self.given(*outer, k, m), permutation=[*range(len(outer)), len(outer) + 1, len(outer)])
        right = self.quantized(k, n) if self.sometimes() else self.given(k, n)
        y = self.builder.matmul(left, right)
        return self.turned(self.builder.add(y, self.given(n)) if self.sometimes() else y)

    def gemm(self) -> Any:
        m, n, k = (self.random.choice(SIDES) for _ in range(3))
        turn_a, turn_b = self.sometimes(), self.sometimes()
        a, b = self.given(*((k, m) if turn_a else (m, k))), self.given(*((n, k) if turn_b else (k, n)))
        c = self.given(*self.random.choice(((n,), (m, 1), (1, 1)))) if self.sometimes() else None
        alpha, beta = self.random.choice((1.0, 0.1)), self.random.choice((1.0, -2.5))
        return self.builder.gemm(a, b, c=c, alpha=alpha, beta=beta, a_transpose=turn_a, b_transpose=turn_b)

    def conv2d(self) -> Any:
        choose = self.random.choice
        groups, window, layout, filter_layout = choose((1, 2, 4)), choose((1, 3)), choose(("nchw", "nhwc")), choose(FILTER_LAYOUTS)
        channels, out_channels = choose((1, 8, 12, 32)), choose((4, 36, 64)) * groups
        image = {"n": choose((1, 2)), "c": channels * groups, "h": choose((14, 28, 33)), "w": 28}
        taps = {"o": out_channels, "i": channels, "h": window, "w": window}
        x = self.given(*(image[axis] for axis in layout), constant=False)
        filters = self.given(*(taps[axis] for axis in filter_layout))
        y = self.builder.conv2d(
            x,
            filters,
            bias=self.given(out_channels) if self.sometimes() else None,
            groups=groups,
            padding=choose(([0, 0, 0, 0], [1, 1, 1, 1])),
            strides=choose(([1, 1], [2, 2])),
            input_layout=layout,
            filter_layout=filter_layout,
        )
        return self.turned(y)
