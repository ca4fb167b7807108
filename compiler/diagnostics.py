"""The errors a user can meet: a class each, one sentence with location and remedy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tessel.runtime.errors import TesselError

__all__ = [
    "ArgumentError",
    "ArgumentValueError",
    "AxisError",
    "CompilationError",
    "ControlFlowError",
    "DTypeError",
    "IndexOutOfBoundsError",
    "LeakedArrayError",
    "LinearAlgebraError",
    "OutOfRangeError",
    "PassError",
    "ShapeError",
    "SourceLocation",
    "StackError",
    "TargetError",
    "TesselError",
    "UnsupportedError",
    "ZeroDivisorError",
]


@dataclass(frozen=True)
class SourceLocation:
    """A line of the user's code."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class UserError(TesselError):
    """An error with a location in the user's code; `hint` says what to do."""

    def __init__(self, message: str, *, location: SourceLocation | None = None, hint: str = ""):
        self.message, self.location, self.hint = message, location, hint
        super().__init__(message)

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        remedy = f"; {self.hint}" if self.hint else ""
        return f"{where}{self.message}{remedy}"


class ShapeError(UserError, ValueError):
    """Shapes that do not fit together, or a rank that an operation does not take."""


class AxisError(ShapeError, IndexError):
    """An axis or index outside the array."""


class IndexOutOfBoundsError(UserError, IndexError):
    """An index outside its axis."""


class ZeroDivisorError(UserError, ZeroDivisionError):
    """A division by a zero that only data shows."""


class LinearAlgebraError(ShapeError, np.linalg.LinAlgError):
    """Matrices of a shape that a decomposition does not take."""


class DTypeError(UserError, TypeError):
    """A dtype that an operation does not take."""


class OutOfRangeError(UserError, OverflowError):
    """A Python number that the dtype of the arrays beside it cannot hold."""


class UnsupportedError(UserError, NotImplementedError):
    """A NumPy function or argument that Tessel does not compile."""


class ControlFlowError(UserError, TypeError):
    """Python control flow, or a conversion to a Python number, that needs a traced value.

    `regions` are the bodies of loops and branches that compute the value; None when not known.
    """

    def __init__(
        self,
        message: str,
        *,
        location: SourceLocation | None = None,
        hint: str = "",
        regions: Sequence[object] | None = None,
    ):
        super().__init__(message, location=location, hint=hint)
        self.regions = regions


class LeakedArrayError(UserError, RuntimeError):
    """A traced array that is used outside the trace that made it."""


class ArgumentError(UserError, TypeError):
    """Arguments of a compiled function that do not fit it."""


class ArgumentValueError(UserError, ValueError):
    """A value of an argument that a function of NumPy does not take."""


class CompilationError(UserError, RuntimeError):
    """The back end refused a program."""


class PassError(UserError, ValueError):
    """An unknown pass, a malformed pipeline, or a pass that failed."""


class StackError(UserError, RuntimeError):
    """A thread whose stack is too small to compile in."""


class TargetError(UserError, ValueError):
    """A target that does not exist or cannot be used."""
