"""A small classifier built by hand, with WebNN's own words, on every backend that is installed."""

from __future__ import annotations

import numpy as np

from webnpu import ML, MLGraphBuilder, NotSupportedError
from webnpu.backend import backend_names

rng = np.random.default_rng(0)
weights = rng.standard_normal((16, 4)).astype(np.float32)
sample = rng.standard_normal((1, 16)).astype(np.float32)

for name in backend_names():
    try:
        context = ML().create_context(backend=name)
    except NotSupportedError as reason:
        print(f"{name:10} not here: {reason}")
        continue
    builder = MLGraphBuilder(context)
    x = builder.input("x", {"dataType": "float32", "shape": [1, 16]})
    scores = builder.softmax(builder.matmul(builder.relu(x), builder.constant(weights)), axis=1)
    graph = builder.build({"scores": scores})
    print(f"{name:10} {np.array2string(graph(x=sample)['scores'], precision=4)}")
