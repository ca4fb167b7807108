"""A trace: the program that grows while a Python function runs on traced arrays.

The current trace is a context variable, so that threads and nested compilations do not meet.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tessel.compiler.diagnostics import DTypeError, ShapeError
from tessel.compiler.frontend.region import Region
from tessel.compiler.locations import user_location, user_place
from tessel.dialects import new_context
from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.constant import Parameter, build_constant
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType

if TYPE_CHECKING:
    from tessel.compiler.frontend.traced_array import Storage

INLINE_LIMIT = 1024
"""Bytes up to which a closed-over array is written in the IR, where it can be folded."""

_current: ContextVar["Trace | None"] = ContextVar("tessel_trace", default=None)


@dataclass
class Trace:
    """A module with one function `main`, and the arrays that it closes over, by key."""

    context: ir.Context
    module: ir.Module
    entry: func.FuncOp
    parameters: dict[str, np.ndarray] = field(default_factory=dict)
    _keys: dict[int, str] = field(default_factory=dict)
    region: Region | None = None
    checks: bool = True
    """Whether data is checked (`run_time_checks.py`); `failure` is what was found so far."""
    failure: "Storage | None" = None
    checks_made: int = 0

    @staticmethod
    def begin(argument_types: Sequence[ArrayType], checks: bool = True) -> "Trace":
        """An empty program whose function takes arrays of these types."""
        context = new_context()
        with context, ir.Location.unknown():
            module = ir.Module.create()
            with ir.InsertionPoint(module.body):
                entry = func.FuncOp("main", ([t.to_mlir() for t in argument_types], []))
                entry.add_entry_block()
        return Trace(context, module, entry, checks=checks)

    @property
    def arguments(self) -> list[ir.Value]:
        return list(self.entry.entry_block.arguments)

    @contextmanager
    def active(self) -> Iterator[None]:
        """While it lasts, creation functions add to this trace."""
        token = _current.set(self)
        try:
            with self.context, ir.InsertionPoint(self.entry.entry_block):
                yield
        finally:
            _current.reset(token)

    def build(self, op: type[TesselOp], *operands: Any, **attributes: Any) -> Any:
        """Adds an op at the user's line; a broken constraint becomes an error at that line."""
        try:
            with user_location(self.context):
                return op.build(*operands, **attributes)
        except ConstraintError as error:
            kind = DTypeError if "dtype" in error.message else ShapeError
            raise kind(str(error), place=user_place()) from None

    def constant(self, array: np.ndarray) -> ir.Value:
        """A closed-over array: written in the IR when small, else a parameter, once an array."""
        if array.dtype not in SUPPORTED_DTYPES:
            raise DTypeError(f"dtype {array.dtype} cannot be compiled", place=user_place())
        with user_location(self.context):
            if array.nbytes <= INLINE_LIMIT:
                return build_constant(array)
            key = self._keys.setdefault(id(array), f"p{len(self._keys)}")
            # Also keeps the array alive, so that its id stays its own.
            self.parameters[key] = array
            return Parameter.build(key=key, dtype=array.dtype, shape=array.shape)

    def finish(self, results: Sequence[ir.Value]) -> None:
        """Ends the function with `results`."""
        with self.context, ir.InsertionPoint(self.entry.entry_block), ir.Location.unknown():
            func.ReturnOp(list(results))
            inputs = self.entry.type.inputs
            function_type = ir.FunctionType.get(inputs, [value.type for value in results])
            self.entry.operation.attributes["function_type"] = ir.TypeAttr.get(function_type)


def current_trace() -> Trace | None:
    """The trace that is active in this thread, or None outside a compiled function."""
    return _current.get()
