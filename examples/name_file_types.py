"""Magika's guess at what files hold: ``python name_file_types.py MODEL.onnx CONFIG.json FILE...``.

The model sees the first 1024 bytes without leading white space, and the last 1024 without trailing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from webnpu.backend import load_backend
from webnpu.onnx import import_model
from webnpu.passes import optimize

SIDE, BLOCK, PADDING = 1024, 4096, 256

model, config, *paths = sys.argv[1:]
labels = json.loads(Path(config).read_text(encoding="utf-8"))["target_labels_space"]
program = load_backend("reference").compile(optimize(import_model(model, shapes={"bytes": (1, 2 * SIDE)})))
for path in paths:
    content = Path(path).read_bytes()
    first, last = content[:BLOCK].lstrip()[:SIDE], content[-BLOCK:].rstrip()[-SIDE:]
    seen = [*first, *[PADDING] * (SIDE - len(first)), *[PADDING] * (SIDE - len(last)), *last]
    [scores] = program.run({"bytes": np.asarray([seen], np.int32)})["target_label"]
    print(f"{labels[int(scores.argmax())]:16} {scores.max():.3f}  {path}")
