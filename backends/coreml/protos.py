"""The protobuf messages of Core ML's model format, from coremltools.

The only module that imports coremltools for writing; it does so quietly, since off macOS coremltools reports
one missing library after another on its logger.
"""

from __future__ import annotations

import logging

logging.getLogger("coremltools").setLevel(logging.ERROR)

import coremltools  # noqa: E402 -- only after its logger was told to keep quiet
from coremltools.proto import FeatureTypes_pb2, MIL_pb2, Model_pb2  # noqa: E402

__all__ = ["FeatureTypes_pb2", "MIL_pb2", "Model_pb2", "version"]

version: str = coremltools.__version__
"""The version of coremltools."""
