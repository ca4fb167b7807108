"""A trace: the program that grows while a Python function runs on traced arrays.

The current trace is a context variable, so that threads and nested compilations do not meet.
"""

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import numpy as np

from tessel.compiler.diagnostics import (
    DTypeError,
    LeakedArrayError,
    ShapeError,
    SourceLocation,
    UnsupportedError,
)
from tessel.compiler.frontend.tracing.active_trace import ACTIVE
from tessel.compiler.frontend.tracing.region import Region
from tessel.compiler.frontend.tracing.traced_value import INLINE_LIMIT
from tessel.compiler.host_resources import check_memory
from tessel.compiler.locations import user_location
from tessel.compiler.mlir_locations import location_at
from tessel.dialects.assumptions import Assumptions
from tessel.dialects.base import ConstraintError, TesselOp
from tessel.dialects.constant import Parameter, build_constant
from tessel.dialects.context import new_context
from tessel.dialects.dim import Size
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType
from tessel.dialects.value_sizes import ValueSizes


class ArrayOfTrace(Protocol):
    """What a trace asks of its arrays: what an error says of one, and to end with it."""

    @property
    def array_type(self) -> ArrayType:
        """Dtype and shape."""
        ...

    @property
    def made(self) -> SourceLocation | None:
        """The user's line that made it."""
        ...

    def end(self, trace: Any) -> None:
        """Forgets the value, which has no meaning after its trace."""
        ...


Settle = Callable[["Trace", type[TesselOp], Sequence[Any], Sequence[tuple[Any, Any]]], list[Any]]


@dataclass
class Trace:
    """A module with one function `main`, and the arrays that it closes over, by key.

    `name` is the function that is traced, and `location` where the newest array was made. One
    thread builds a trace: MLIR's context is not for two. `reshapes` are storages before and after a
    step that is a view or a copy, by the layout; `reads_order` says that elements were read in the
    order of memory.
    """

    context: ir.Context
    module: ir.Module
    entry: func.FuncOp
    assumptions: Assumptions
    settle: Settle
    parameters: dict[str, np.ndarray] = field(default_factory=dict)
    _keys: dict[int, str] = field(default_factory=dict)
    region: Region | None = None
    checks: bool = True
    """Whether data is checked (`run_time_checks.py`); `failure` is what was found so far."""
    failure: Any = None
    checks_made: int = 0
    checked: set[tuple[Any, ...]] = field(default_factory=set)
    name: str = "function"
    location: SourceLocation | None = None
    sizes: ValueSizes = field(init=False)
    substitution: Any = None
    reshapes: list[tuple[Any, Any]] = field(default_factory=list)
    reads_order: bool = False
    called: str = ""
    """The function of NumPy's that the user called, which errors name."""
    elements: Any = None
    """While a function of one element is traced (`vectorize.py`): what stands for elements."""
    state: Any = None
    """What of the user's state is traced (`frontend/state`), and which arrays it can take."""
    _thread: int = field(default_factory=threading.get_ident)
    _arrays: list[weakref.ref[ArrayOfTrace]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sizes = ValueSizes(self.assumptions)

    @staticmethod
    def begin(
        argument_types: Sequence[ArrayType],
        assumptions: Assumptions,
        settle: "Settle",
        name: str = "function",
        location: SourceLocation | None = None,
        checks: bool = True,
    ) -> "Trace":
        """An empty program whose function takes arrays of these types.

        `assumptions` are those of the `Dim`s in them; `settle` gives operands whose sizes fit to
        an op that needs sizes to be equal which depend on data (`unproven_sizes.py`).
        """
        check_memory()
        context = new_context()
        with context, ir.Location.unknown():
            module = ir.Module.create()
            with ir.InsertionPoint(module.body):
                entry = func.FuncOp("main", ([t.to_mlir() for t in argument_types], []))
                entry.add_entry_block()
        trace = Trace(
            context, module, entry, assumptions, settle, name=name, location=location, checks=checks
        )
        trace.sizes.enter(trace.arguments, argument_types)
        return trace

    @property
    def arguments(self) -> list[ir.Value]:
        return list(self.entry.entry_block.arguments)

    @contextmanager
    def active(self) -> Iterator[None]:
        """While it lasts, creation functions add to this trace."""
        token = ACTIVE.set(self)
        try:
            with self.context, ir.InsertionPoint(self.entry.entry_block):
                yield
        finally:
            ACTIVE.reset(token)
            self.sizes.forget()
            self._release()

    def adopt(self, array: ArrayOfTrace) -> None:
        """Notes an array of this trace, so that it can be told when the trace ends."""
        self._arrays.append(weakref.ref(array))

    def _release(self) -> None:
        """Takes its program from the arrays that are still held somewhere: it changes from here on.

        They would keep it in memory, too.
        """
        ended = EndedTrace(self.name)
        for reference in self._arrays:
            array = reference()
            if array is not None:
                array.end(ended)
        self._arrays.clear()
        # They lead back here: the module would wait for the collector of cycles.
        self.state = self.substitution = None

    def check(self, array: ArrayOfTrace) -> None:
        """Raises LeakedArrayError where an array of this trace cannot be used."""
        if threading.get_ident() != self._thread:
            _refuse_leaked(array, f"is used in another thread than the one that traces {self.name}")
        if ACTIVE.get() is not self:
            _refuse_leaked(array, f"of {self.name} is used in the trace of another function")

    def build(self, op: type[TesselOp], *operands: Any, **attributes: Any) -> Any:
        """Adds an op at the user's line; a broken constraint becomes an error at that line."""
        self.location = user_location()
        reads_elements = self.elements is not None and self.elements.reads(op, operands)
        try:
            inferred, pairs = self._infer(op, operands, attributes)
            if pairs:
                operands = tuple(self.settle(self, op, operands, pairs))
                inferred, pairs = self._infer(op, operands, attributes)
            if pairs:
                message = f"{op.short_name()} needs sizes to be equal that depend on data"
                raise UnsupportedError(message, location=self.location)
            with location_at(self.location, self.context):
                operation = op.create(operands, inferred, attributes)
                self.sizes.note(operation, inferred)
                if self.elements is not None and reads_elements:
                    self.elements.note(list(operation.results))
                return op.results_of(operation)
        except ConstraintError as error:
            kind = DTypeError if "dtype" in error.message else ShapeError
            text = f"{self.called}: {error.message}" if self.called else str(error)
            raise kind(text, location=self.location) from None

    def _infer(
        self, op: type[TesselOp], operands: Sequence[Any], attributes: dict[str, Any]
    ) -> tuple[list[ArrayType], list[tuple[Any, Any]]]:
        """Types of results, and sizes that they take to be equal though they depend on data."""
        types = [self.sizes.types_of(operand) for operand in operands]
        inferred = op.infer_types(*types, **attributes)
        pairs = list(self.assumptions.unproven)
        self.assumptions.unproven.clear()
        return inferred, pairs

    @contextmanager
    def calling(self, name: str) -> Iterator[None]:
        """While it lasts, errors name what the user called: `name`, or what calls that."""
        before, self.called = self.called, self.called or name
        try:
            yield
        finally:
            self.called = before

    def constant(self, array: np.ndarray) -> ir.Value:
        """A closed-over array: written in the IR when small, else a parameter, once an array."""
        if array.dtype not in SUPPORTED_DTYPES:
            raise DTypeError(f"dtype {array.dtype} cannot be compiled", location=user_location())
        self.location = user_location()
        with location_at(self.location, self.context):
            if array.nbytes <= INLINE_LIMIT:
                return build_constant(array)
            key = self._keys.setdefault(id(array), f"p{len(self._keys)}")
            # Also keeps the array alive, so that its id stays its own.
            self.parameters[key] = array
            return Parameter.build(key=key, dtype=array.dtype, shape=array.shape)

    def size_value(self, size: Size) -> ir.Value:
        """An int64 array of rank 0 that holds a size."""
        with location_at(user_location(), self.context):
            return self.sizes.value_of(size, self.build)

    def finish(self, results: Sequence[ir.Value]) -> None:
        """Ends the function with `results`."""
        with self.context, ir.InsertionPoint(self.entry.entry_block), ir.Location.unknown():
            func.ReturnOp(list(results))
            inputs = [value.type for value in self.arguments]
            function_type = ir.FunctionType.get(inputs, [value.type for value in results])
            self.entry.operation.attributes["function_type"] = ir.TypeAttr.get(function_type)


@dataclass(frozen=True)
class EndedTrace:
    """What arrays know of their trace when it has ended: the name of the function."""

    name: str
    region: None = None
    elements: None = None

    def check(self, array: ArrayOfTrace) -> NoReturn:
        """Raises LeakedArrayError."""
        _refuse_leaked(array, f"is used after the trace of {self.name} has ended")


def _refuse_leaked(array: ArrayOfTrace, what: str) -> NoReturn:
    message = f"a traced {array.array_type} made at {array.made} {what}"
    hint = "return it from the function, or pass it as an argument"
    raise LeakedArrayError(message, location=user_location(), hint=hint)


def current_trace() -> Trace | None:
    """The trace that is active in this thread, or None outside a compiled function."""
    return ACTIVE.get()
