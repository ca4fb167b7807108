"""Both ways of each `if` of a function of one element, and what makes such a function elementwise.

A function of one element is traced once for each way through it, on all elements at once; `where`
then chooses for each element what its way gives. That is the function itself only where each of its
ops works element by element. What is not becomes known here, when the op is added.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tessel.compiler.diagnostics import ControlFlowError
from tessel.compiler.frontend.tracing.apply import apply
from tessel.compiler.frontend.tracing.promotion import cast_to
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.base import TesselOp
from tessel.dialects.bitwise import BitwiseAnd, BitwiseNot
from tessel.dialects.comparison import Select
from tessel.dialects.conversion import Cast
from tessel.dialects.elementwise import ElementwiseOp
from tessel.dialects.mlir import ir

if TYPE_CHECKING:
    from tessel.compiler.frontend.tracing.region import Region

_MOST_WAYS = 256
"""Of one function: each is traced."""

_ELEMENTWISE = (ElementwiseOp, Cast, Select)


class NotElementwiseError(BaseException):
    """An op of a function of one element is not elementwise.

    No `Exception`, since the user's function might catch it.
    """


@dataclass
class Elements:
    """The values that stand for one element each, while a function of one element is traced.

    `values` is None where the function runs on one element, so that any op may be in it.
    `conditions` are what was decided on the way that is traced, `ways` which of the two it took.
    """

    region: "Region | None"
    values: set[ir.Value] | None
    conditions: list[TracedArray] = field(default_factory=list)
    ways: list[bool] = field(default_factory=list)
    reached: int = 0
    suspended: bool = False

    def holds(self, value: ir.Value) -> bool:
        """Whether `value` stands for one element."""
        return self.values is not None and value in self.values

    def refuse_array(self, value: ir.Value) -> None:
        """Raises NotElementwiseError for what has another meaning for one element."""
        if self.holds(value):
            raise NotElementwiseError

    def reads(self, op: type[TesselOp], operands: Sequence[Any]) -> bool:
        """Whether an op reads elements; NotElementwiseError where it then is not elementwise."""
        if self.values is None or self.suspended:
            return False
        given = [one for operand in operands for one in _flat(operand)]
        if not any(one in self.values for one in given):
            return False
        fits = all(one in self.values or not ir.RankedTensorType(one.type).rank for one in given)
        if not fits or not issubclass(op, _ELEMENTWISE):
            raise NotElementwiseError
        return True

    def note(self, results: Sequence[ir.Value]) -> None:
        """Notes what stands for elements from here on."""
        if self.values is not None:
            self.values.update(results)

    def decide(self, condition: Any) -> bool:
        """Which way an `if` goes this time."""
        position = self.reached
        self.reached += 1
        if position == len(self.ways):
            if position >= _MOST_WAYS:
                raise _too_many()
            self.ways.append(True)
        self.conditions.append(condition)
        return self.ways[position]

    def each_way(self) -> Iterator[None]:
        """Once for each way, in an order in which the next one turns at the last `if` it can."""
        count = 0
        while True:
            self.reached, self.conditions = 0, []
            count += 1
            if count > _MOST_WAYS:
                raise _too_many()
            yield
            while self.ways and not self.ways[-1]:
                self.ways.pop()
            if not self.ways:
                return
            self.ways[-1] = False

    def taken(self) -> Any:
        """Where elements take the way that is traced; None where all do."""
        holds = None
        for condition, way in zip(self.conditions, self.ways):
            truth = cast_to(condition, np.bool_)
            truth = truth if way else apply(BitwiseNot, truth)
            holds = truth if holds is None else apply(BitwiseAnd, holds, truth)
        return holds

    @contextmanager
    def whole(self) -> Iterator[None]:
        """While it lasts, ops may take all elements together."""
        before, self.suspended = self.suspended, True
        try:
            yield
        finally:
            self.suspended = before


def _too_many() -> ControlFlowError:
    message = f"a function of one element has more than {_MOST_WAYS} ways through it"
    hint = "use tessel.while_loop, or numpy.where in a loop of static length"
    return ControlFlowError(message, location=user_location(), hint=hint)


def _flat(operand: Any) -> list[ir.Value]:
    if isinstance(operand, list | tuple):
        return [one for part in operand for one in _flat(part)]
    return [operand] if isinstance(operand, ir.Value) else []
