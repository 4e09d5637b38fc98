"""Sorting, selection of the greatest, and non-maximum suppression."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .operations import evaluates
from .types import NUMPY


def _order(x: Array, axis: int, *, ascending: bool) -> Array:
    """The positions in order; of equal elements the first comes first."""
    if ascending:
        return np.argsort(x, axis, kind="stable")
    backward = np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)
    return np.asarray(x.shape[axis] - 1 - backward)


@evaluates()
def argsort(x: Array, axis: Array, ascending: Array) -> Array:
    return _order(x, int(axis), ascending=bool(ascending)).astype(np.int32)


@evaluates(raw=True)
def topk(
    x: Array,
    k: Array,
    axis: Array,
    ascending: Array,
    sort: Array | bool = True,
    return_indices: Array | bool = True,
    output_indices_dtype: str = "int32",
) -> tuple[Array, ...]:
    along = int(axis)
    order = _order(x, along, ascending=bool(ascending))
    count = x.shape[along] if int(k) == -1 else int(k)
    chosen = np.take(order, np.arange(count), along)
    values = np.take_along_axis(x, chosen, along)
    return (values, chosen.astype(NUMPY[output_indices_dtype])) if bool(return_indices) else (values,)


def _overlap(box: Array, others: Array) -> Array:
    """The intersection over union of a box with others, each x, y of the centre, width, height."""

    def corners(boxes: Array) -> tuple[Array, Array]:
        return boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2

    (low, high), (lows, highs) = corners(box), corners(others)
    common = np.clip(np.minimum(high, highs) - np.maximum(low, lows), 0, None).prod(-1)
    return np.asarray(common / (box[2:].prod() + others[..., 2:].prod(-1) - common))


def _kept(boxes: Array, scores: Array, iou_threshold: float, score_threshold: float) -> list[int]:
    """The boxes that are kept, best first, by one score each."""
    candidates = [int(at) for at in np.argsort(-scores, kind="stable") if scores[at] >= score_threshold]
    kept: list[int] = []
    while candidates:
        best = candidates.pop(0)
        kept.append(best)
        overlaps = _overlap(boxes[best], boxes[candidates])
        candidates = [at for at, overlap in zip(candidates, overlaps, strict=True) if overlap <= iou_threshold]
    return kept


def _suppressed(boxes: Array, scores: Array, iou: float, least: float, count: int, *, per_class: bool) -> tuple[Array, Array, Array, int]:
    """One image: boxes and scores of those kept, padded; their indices, -1 where there is none; how many."""
    best = scores.max(1)
    if per_class:
        classes = scores.argmax(1)
        groups = [np.flatnonzero(classes == each) for each in range(scores.shape[1])]
        kept = [int(group[at]) for group in groups for at in _kept(boxes[group], best[group], iou, least)]
        kept.sort(key=lambda at: -best[at])
    else:
        kept = _kept(boxes, best, iou, least)
    kept = kept[:count]
    out_boxes, out_scores = np.zeros((count, 4)), np.zeros((count, scores.shape[1]))
    indices = np.full(count, -1, np.int32)
    out_boxes[: len(kept)], out_scores[: len(kept)], indices[: len(kept)] = boxes[kept], scores[kept], kept
    return out_boxes, out_scores, indices, len(kept)


@evaluates()
def non_maximum_suppression(
    boxes: Array,
    scores: Array,
    iou_threshold: Array,
    max_boxes: Array,
    per_class_suppression: Array,
    score_threshold: Array | None = None,
) -> tuple[Array, ...]:
    """From iOS 17 on, where score_threshold is gone, the boxes stand in the last dimension."""
    last = score_threshold is None
    if last:
        boxes, scores = np.swapaxes(boxes, 1, 2), np.swapaxes(scores, 1, 2)
    least = -np.inf if score_threshold is None else float(score_threshold)
    each = [
        _suppressed(b, s, float(iou_threshold), least, int(max_boxes), per_class=bool(per_class_suppression))
        for b, s in zip(boxes, scores, strict=True)
    ]
    out_boxes, out_scores, indices = (np.stack([image[at] for image in each]) for at in range(3))
    if last:
        return np.swapaxes(out_boxes, 1, 2), np.swapaxes(out_scores, 1, 2), indices
    return out_boxes, out_scores, indices, np.array([image[3] for image in each], np.int32)
