"""The MIL interpreter: runs saved ``.mlpackage`` files of type mlProgram on any machine, with NumPy.

It is not Apple's runtime. It evaluates what Apple's documentation of the operations says, in float64 inside each
operation, rounded once to the operation's type; it knows nothing of the lowering that writes our own packages.
"""

from __future__ import annotations

from .errors import EvaluationError, MissingOperationError, PackageError
from .features import Feature
from .package import LoadedPackage, evaluate_package, load_package

__all__ = [
    "EvaluationError",
    "Feature",
    "LoadedPackage",
    "MissingOperationError",
    "PackageError",
    "evaluate_package",
    "load_package",
]
