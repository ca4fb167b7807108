"""Raises what the checks of a program found: NumPy's kind of exception, with the user's line.

A program with checks returns, as its last result, which check failed first (`dialects/checks.py`).
What the number of a check means stands in the ops (`checked_programs.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tessel.compiler.diagnostics import (
    ArgumentValueError,
    IndexOutOfBoundsError,
    LinearAlgebraError,
    OutOfRangeError,
    SourceLocation,
    UserError,
    ZeroDivisorError,
)

_ERRORS: Mapping[str, type[UserError]] = {
    "IndexError": IndexOutOfBoundsError,
    "ValueError": ArgumentValueError,
    "LinAlgError": LinearAlgebraError,
    "OverflowError": OutOfRangeError,
    "ZeroDivisionError": ZeroDivisorError,
}


@dataclass(frozen=True)
class Report:
    """What a check that failed says: the exception, its message, and the user's line."""

    error: str
    message: str
    location: SourceLocation | None

    def exception(self, value: int = 0, other: int = 0) -> UserError:
        """The exception, with the two integers of the failure in its message."""
        text = self.message.replace("{value}", str(value)).replace("{other}", str(other))
        return _ERRORS[self.error](text, location=self.location)


@dataclass(frozen=True)
class RunTimeChecks:
    """What the checks of a program mean, by their numbers."""

    reports: Mapping[int, Report]

    def raise_first(self, failure: np.ndarray) -> None:
        """Raises what the last result of a call says, if it says that something failed."""
        code = failure.item(0)
        if code:
            value, other = failure.tolist()[1:]
            raise self.reports[code].exception(value, other)
