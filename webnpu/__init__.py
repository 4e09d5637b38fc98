"""WebNPU: an executable WebNN specification, and backends that are proved to agree with it."""

from .budget import Budget
from .builder import MLGraphBuilder
from .context import ML, MLContext, MLContextLostInfo, MLGraph, MLTensor
from .errors import (
    BudgetExceeded,
    GraphFileError,
    InvalidStateError,
    MLTypeError,
    NotSupportedError,
    OperationError,
    OperatorError,
    Unsupported,
    WebNPUError,
)
from .graph import Graph
from .operator import MLOperand, Operator
from .operators import OPERATORS
from .types import DataType, OperandDescriptor

__version__ = "0.1.0"

__all__ = [
    "ML",
    "OPERATORS",
    "Budget",
    "BudgetExceeded",
    "DataType",
    "Graph",
    "GraphFileError",
    "InvalidStateError",
    "MLContext",
    "MLContextLostInfo",
    "MLGraph",
    "MLGraphBuilder",
    "MLOperand",
    "MLTensor",
    "MLTypeError",
    "NotSupportedError",
    "OperandDescriptor",
    "OperationError",
    "Operator",
    "OperatorError",
    "Unsupported",
    "WebNPUError",
]
