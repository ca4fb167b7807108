"""Errors that only data can show: ops that note the first check that failed, as data.

What failed is an array like any other, so the ops are pure: `failure` is int64[3], zeros as long as
nothing failed, else the number of the check that failed first and two integers that its message
names. Programs hand it out as their last result (`FAILURE`), and who calls them raises.
"""

import numpy as np

from tessel.dialects.base import Operand, Result, TesselOp, check
from tessel.dialects.types import ArrayType, is_bool, is_integer

FAILURE = "tessel.failure"
"""The attribute of a function whose last result is what failed."""

FAILURE_TYPE = ArrayType(np.dtype(np.int64), (3,))

ERRORS = ("IndexError", "ValueError", "LinAlgError", "OverflowError", "ZeroDivisionError")
"""The exceptions that a check may stand for."""

_NUMBER = ArrayType(np.dtype(np.int64), ())


class Check(TesselOp, name="check"):
    """Notes that a check failed, unless another one failed before.

    Semantics: result = failure if failure[0] != 0 or not failed, else [code, value, other].
    `error` names the exception that the failure means, and `message` what it says, with `{value}`
    and `{other}` for the two integers.
    (C1) failure is int64[3].  (C2) failed is a bool of rank 0.  (C3) value and other are int64 of
    rank 0.  (C4) code >= 1, and `error` is IndexError, ValueError, LinAlgError,
    OverflowError or ZeroDivisionError.
    Source: JAX `checkify`.
    """

    failure: Operand
    failed: Operand
    value: Operand
    other: Operand
    code: int
    error: str
    message: str
    result: Result

    @staticmethod
    def infer(
        failure: ArrayType,
        failed: ArrayType,
        value: ArrayType,
        other: ArrayType,
        code: int,
        error: str,
        message: str,
    ) -> ArrayType:
        _check_failure(failure, code, error)
        scalar = is_bool(failed.dtype) and failed.rank == 0
        check(scalar, "C2", f"what failed is {failed}, not a bool of rank 0")
        numbers = value == _NUMBER and other == _NUMBER
        check(numbers, "C3", f"the numbers are {value} and {other}, not int64 of rank 0")
        return FAILURE_TYPE

    @staticmethod
    def reference(
        failure: np.ndarray,
        failed: np.ndarray,
        value: np.ndarray,
        other: np.ndarray,
        code: int,
        error: str,
        message: str,
    ) -> np.ndarray:
        if failure[0] != 0 or not failed:
            return failure
        return np.array([code, value, other], np.int64)


class CheckIndices(TesselOp, name="check_indices"):
    """Notes an index outside an axis, unless another check failed before.

    Semantics: fails where an index i, as int64, is not in 0 <= i < size, or -size <= i < size where
    it `counts_from_back`. The first integer is the largest of the negative ones among those, else
    the largest of all; the second one is the size.
    (C1) failure is int64[3].  (C2) indices are integers, size is int64 of rank 0.  (C3) code >= 1,
    and `error` is one of those of `check`.
    Source: NumPy's indexing.
    """

    failure: Operand
    indices: Operand
    size: Operand
    code: int
    error: str
    message: str
    counts_from_back: bool
    result: Result

    @staticmethod
    def infer(
        failure: ArrayType,
        indices: ArrayType,
        size: ArrayType,
        code: int,
        error: str,
        message: str,
        counts_from_back: bool,
    ) -> ArrayType:
        _check_failure(failure, code, error, "C3")
        fits = is_integer(indices.dtype) and size == _NUMBER
        check(fits, "C2", f"cannot check indices {indices} against a size {size}")
        return FAILURE_TYPE

    @staticmethod
    def reference(
        failure: np.ndarray,
        indices: np.ndarray,
        size: np.ndarray,
        code: int,
        error: str,
        message: str,
        counts_from_back: bool,
    ) -> np.ndarray:
        if failure[0] != 0 or indices.size == 0:
            return failure
        wide, lowest = indices.astype(np.int64), -size if counts_from_back else 0
        below, above = wide[wide < lowest], wide[wide >= size]
        if below.size + above.size == 0:
            return failure
        return np.array([code, max(below if below.size else above), size], np.int64)


def _check_failure(failure: ArrayType, code: int, error: str, named: str = "C4") -> None:
    check(failure == FAILURE_TYPE, "C1", f"the failure is {failure}, not {FAILURE_TYPE}")
    check(code >= 1, named, f"the number of a check is {code}, not 1 or more")
    check(error in ERRORS, named, f"error '{error}' is none of {', '.join(ERRORS)}")
