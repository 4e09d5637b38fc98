"""Where Core ML is known, or suspected, not to do what its documentation says, each with its source.

None of it was run by this project. The lowering goes around what it can; what it cannot go around is listed so that a
difference on a device is not a surprise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where the runtime and the documents part, or where the documents are silent.

    Attributes:
        operation: the MIL operation.
        what: what happens, or what is not said.
        answer: how the lowering deals with it.
        source: where it was reported; '' where it is the silence of the documents.
    """

    operation: str
    what: str
    answer: str
    source: str


_ISSUES = "https://github.com/apple/coremltools/issues/"
_CHROMIUM = "https://chromium.googlesource.com/chromium/src/+/main/services/webnn/coreml/graph_builder_coreml.cc"

DEVIATIONS = (
    Deviation("pow", "a constant base of 2 gives the square of the exponent", "written as exp2", _ISSUES + "2628"),
    Deviation(
        "conv_transpose",
        "processors differ where output_shape and padding do not agree",
        "both are always written, and agree; what lies beyond is padded afterwards",
        _ISSUES + "2281",
    ),
    Deviation("batch_norm", "rank 5 crashes off the CPU", "reshaped to rank 4", _CHROMIUM),
    Deviation("layer_norm", "axes that are no neighbours crash", "the formula is written out", _CHROMIUM),
    Deviation("gather", "rank 5 with a scalar index crashes", "gathered between two dimensions, by a vector of indices", _CHROMIUM),
    Deviation("log", "an epsilon is added by default", "always written as 0", _CHROMIUM),
    Deviation("inverse", "an epsilon is added by default", "not used: a division is", _CHROMIUM),
    Deviation("gather, scatter", "an index outside is undefined", "every index is brought inside first", ""),
    Deviation("cast", "a float beyond the range of the integers is undefined, NaN too", "bounded first, NaN made 0", ""),
    Deviation("real_div", "of int32, rounding is not documented", "floor_div, then corrected toward zero", ""),
    Deviation("resize", "how the nearest neighbour is rounded is not documented", "gathered with constant indices", ""),
    Deviation("gru", "the documented formula and coremltools' tests differ on the reset gate", "not used: written out", ""),
    Deviation("lstm", "which cell state the output gate's peephole sees is not documented", "written out with peepholes", ""),
    Deviation("lstm", "in reverse the sequence comes in the order of processing", "reversed afterwards", ""),
    Deviation("add, mul", "that int32 wraps modulo 2**32 is not documented", "relied upon", ""),
    Deviation("round, quantize", "ties to even are not documented for all processors", "relied upon", ""),
    Deviation("scatter", "of several updates to one place, which one stays is not documented", "relied upon: the last", ""),
    Deviation("all", "NaN and infinity on the GPU and the Neural Engine are not documented", "relied upon", ""),
)
"""All that is known."""
