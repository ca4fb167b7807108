"""`out=`: a call whose results are written into arrays of the caller's."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError, ArgumentValueError, ShapeError
from tessel.compiler.frontend.traced_function import TracedFunction, as_result
from tessel.runtime.artifact import ArraySpec
from tessel.runtime.executable import Executable


def call_into(
    function: TracedFunction, executable: Executable, arrays: list[np.ndarray], out: Any, name: str
) -> Any:
    """A call whose results are written into the caller's array, or tuple of arrays."""
    slots = executable.binary.results[: function.returned]
    if function.program.mutated:
        message = f"out= of {name}(), which writes to its arguments"
        raise ArgumentError(message, hint="write to them alone, or call it without out=")
    targets = _targets(out, slots, name)
    same = all(target.dtype == slot.dtype for target, slot in zip(targets, slots))
    if same and function.program.checks is None:
        results = executable(arrays, targets)
        return function.deliver(arrays, [np.asarray(as_result(one)) for one in results])
    results = executable(arrays)
    if function.program.checks is not None:
        function.program.checks.raise_first(results[-1])
    for target, result in zip(targets, results):
        _check_out_shape(target, result.shape, name)
    for target, result in zip(targets, results):
        np.copyto(target, result, casting="same_kind")
    return function.deliver(arrays, [*targets, *results[len(targets) :]])


def write_into(results: Sequence[Any], out: Any, name: str) -> None:
    """Writes what a function returned into the caller's array, or tuple of arrays."""
    arrays = [np.asarray(one) for one in results]
    targets = _targets(out, [ArraySpec(one.dtype, one.shape) for one in arrays], name)
    for target, array in zip(targets, arrays):
        np.copyto(target, array, casting="same_kind")


def _targets(out: Any, slots: Sequence[ArraySpec], name: str) -> list[np.ndarray]:
    """The arrays of `out`, one for each result. Raises NumPy's kind of error for what is none."""
    targets = list(out) if isinstance(out, list | tuple) else [out]
    if len(targets) != len(slots):
        message = f"out= of {name}() has {len(targets)} arrays, and {name}() {len(slots)} results"
        raise ArgumentValueError(message, hint="give one for each result")
    for target, slot in zip(targets, slots):
        _check_out(target, slot, name)
    return targets


def _check_out(target: Any, slot: ArraySpec, name: str) -> None:
    """Raises NumPy's kind of error for what a result cannot be written into."""
    if not isinstance(target, np.ndarray):
        message = f"out= of {name}() is a {type(target).__name__}, and must be an array"
        raise ArgumentError(message, hint=f"make one with numpy.empty({slot.shape})")
    if not target.flags.writeable:
        raise ArgumentValueError(f"out= of {name}() is read-only", hint="give another array")
    if not np.can_cast(slot.dtype, target.dtype, "same_kind"):
        message = f"out= of {name}() is {target.dtype}, which {slot.dtype} results do not fit"
        raise ArgumentError(message, hint=f"give an array of {slot.dtype}")
    _check_out_shape(target, slot.shape, name)


def _check_out_shape(target: np.ndarray, shape: Sequence[int | None], name: str) -> None:
    fits = len(shape) == target.ndim
    if not fits or any(isinstance(n, int) and n != m for n, m in zip(shape, target.shape)):
        message = f"out= of {name}() has shape {target.shape}, and the result {tuple(shape)}"
        raise ShapeError(message, hint="give an array of the shape of the result")
