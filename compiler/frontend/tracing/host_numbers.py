"""Python numbers that may be others in the next call, such as a counter `self.n`.

What Python computes with them is recorded, and computed again by Python before each call: integers
have no bounds, and errors are Python's. Beside arrays they become arguments of the program. Where
Python needs to know one (`if self.n > 3`, an index of a list) the answer is a guard: a program is
for calls that answer the same.
"""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import LeakedArrayError
from tessel.compiler.frontend.tracing.additions import Additions
from tessel.compiler.frontend.tracing.static_key import static_key
from tessel.compiler.frontend.tracing.trace import Trace, current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType, is_integer

NUMBERS = (int, float, complex)
"""Types of Python's numbers; a flag is none."""

DTYPES: dict[type, np.dtype] = {
    int: np.dtype(np.int64),
    float: np.dtype(np.float64),
    complex: np.dtype(np.complex128),
}
"""The dtypes in which a program is given Python's numbers."""

_FUNCTIONS: tuple[Any, ...] = (
    *(int, float, complex, abs, round, divmod, pow, min, max, math.pow),
    *(math.sqrt, math.exp, math.log, math.log2, math.log10, math.log1p, math.expm1),
    *(math.sin, math.cos, math.tan, math.sinh, math.cosh, math.tanh, math.atan, math.atan2),
    *(math.floor, math.ceil, math.trunc, math.fabs, math.fmod, math.hypot, math.gcd),
)
"""Functions of Python's that are computed again before each call."""


_RECORDED = (*_FUNCTIONS, isinstance, type)


@dataclass(frozen=True)
class _Step:
    """One computation; operands are registers where `is_register` says so, else values.

    The result must have the type `kind`, and be equal to what is `expected`, if that holds one.
    """

    function: Callable[..., Any]
    operands: tuple[Any, ...]
    is_register: tuple[bool, ...]
    kind: type
    expected: tuple[Any, ...] = ()


@dataclass
class HostProgram:
    """What Python computes before a call: `inputs` numbers, then a register for each step.

    `arguments` are the registers that the program takes, in order, and their dtypes.
    """

    inputs: int
    steps: list[_Step] = field(default_factory=list)
    arguments: list[tuple[int, np.dtype]] = field(default_factory=list)

    def run(self, numbers: Sequence[Any]) -> list[Any] | None:
        """All registers; None where a guard does not hold, or Python cannot compute one.

        The function is then traced with these numbers, and raises what Python raises.
        """
        registers = list(numbers)
        for step in self.steps:
            operands = [
                registers[one] if is_register else one
                for one, is_register in zip(step.operands, step.is_register)
            ]
            try:
                result = step.function(*operands)
            except (ArithmeticError, ValueError, TypeError):
                return None
            if type(result) is not step.kind:
                return None
            if step.expected and result != step.expected[0]:
                return None
            registers.append(result)
        return registers

    def arrays(self, registers: Sequence[Any]) -> list[np.ndarray]:
        """What the program takes of the registers."""
        return [np.asarray(registers[one], dtype) for one, dtype in self.arguments]


class HostNumbers:
    """Records, while a function is traced, what Python computes with such numbers."""

    def __init__(self, trace: Trace, inputs: Sequence[Any]):
        self.trace, self.program = trace, HostProgram(len(inputs))
        self.numbers = [HostNumber(self, register, one) for register, one in enumerate(inputs)]
        self._arrays: dict[int, ir.Value] = {}

    def record(self, function: Callable[..., Any], *operands: Any) -> Any:
        """The result of a function of numbers: a number like its operands, or what is guarded."""
        result = function(*[plain(one) for one in operands])
        if type(result) in NUMBERS:
            return HostNumber(self, self._step(function, operands, type(result)), result)
        if type(result) is tuple and all(type(one) in NUMBERS for one in result):
            return tuple(
                self.record(lambda *given, at=at: function(*given)[at], *operands)
                for at in range(len(result))
            )
        self._step(function, operands, type(result), (result,))
        return result

    def pin(self, number: "HostNumber") -> Any:
        """The number itself: the program is for calls where it is this one."""
        self._step(static_key, (number,), tuple, (static_key(number.value),))
        return number.value

    def argument(self, number: "HostNumber") -> TracedArray:
        """The number as an argument of the program; one beyond the dtype is pinned."""
        dtype = DTYPES[type(number.value)]
        if number.register not in self._arrays:
            if not number.is_within(dtype):
                value = self.trace.constant(np.asarray(self.pin(number)))
                return TracedArray.of(self.trace, value, type(number.value))
            array_type = ArrayType(dtype, ())
            with self.trace.context, ir.Location.unknown():
                value = self.trace.entry.entry_block.add_argument(
                    array_type.to_mlir(), ir.Location.unknown()
                )
            self.trace.sizes.enter([value], [array_type])
            self.program.arguments.append((number.register, dtype))
            self._arrays[number.register] = value
        return TracedArray.of(self.trace, self._arrays[number.register], type(number.value))

    def _step(
        self,
        function: Callable[..., Any],
        operands: Sequence[Any],
        kind: type,
        expected: tuple[Any, ...] = (),
    ) -> int:
        is_register = tuple(isinstance(one, HostNumber) for one in operands)
        given = tuple(one.read(self) if isinstance(one, HostNumber) else one for one in operands)
        self.program.steps.append(_Step(function, given, is_register, kind, expected))
        return self.program.inputs + len(self.program.steps) - 1


class HostNumber:
    """A number of one call, while its function is traced."""

    __slots__ = ("_numbers", "register", "touched", "value")

    def __init__(self, numbers: HostNumbers, register: int, value: Any):
        self._numbers, self.register, self.value = numbers, register, value
        self.touched = False

    def read(self, reader: HostNumbers | None = None) -> int:
        """Its register. Raises LeakedArrayError where its trace has ended, or is another one."""
        self.touched = True
        if reader is not None and reader is not self._numbers:
            message = f"a number of {self._numbers.trace.name} is used after its call"
            raise LeakedArrayError(message, location=user_location(), hint="return it from there")
        return self.register

    @property
    def trace(self) -> Trace:
        """The trace that it belongs to."""
        return self._numbers.trace

    @property
    def kind(self) -> type:
        """int, float or complex."""
        self.touched = True
        return type(self.value)

    def record(self, function: Callable[..., Any], *operands: Any) -> Any:
        """A function of this and other numbers."""
        return self._numbers.record(function, *operands)

    def as_array(self) -> TracedArray:
        """The number as a traced Python number."""
        self.touched = True
        return self._numbers.argument(self)

    def pinned(self) -> Any:
        """The number, to which the program is then bound."""
        return self._numbers.pin(self)

    def is_within(self, dtype: np.dtype) -> bool:
        """Whether an integer has a place in an integer dtype: a guard."""
        return self.side_of(dtype) == 0

    def side_of(self, dtype: np.dtype) -> int:
        """-1 for an integer below all of an integer dtype, 1 for one above, else 0: a guard."""
        if type(self.value) is not int or not is_integer(dtype):
            return 0
        limits = np.iinfo(dtype)
        low, high = int(limits.min), int(limits.max)
        side = (self.value > high) - (self.value < low)
        self._numbers._step(lambda number: (number > high) - (number < low), (self,), int, (side,))
        return side

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*map(as_operand, inputs), **options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        named = {name: as_operand(one) for name, one in kwargs.items()}
        return function(*map(as_operand, args), **named)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.pinned(), dtype)

    def __bool__(self) -> bool:
        return self.record(bool, self)

    def __hash__(self) -> int:
        return hash(self.pinned())

    def __index__(self) -> int:
        return operator.index(self.pinned())

    def __int__(self) -> int:
        return int(self.pinned())

    def __float__(self) -> float:
        return float(self.pinned())

    def __complex__(self) -> complex:
        return complex(self.pinned())

    def __repr__(self) -> str:
        return repr(self.pinned())

    def __str__(self) -> str:
        return str(self.pinned())

    def __format__(self, specification: str) -> str:
        return format(self.pinned(), specification)

    def __round__(self, *digits: Any) -> Any:
        return self.record(round, self, *digits)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.pinned(), name)  # `.real`, `.is_integer()`


def plain(value: Any) -> Any:
    """The value that a number has in this call; all else as it is."""
    return value.value if isinstance(value, HostNumber) else value


def as_operand(value: Any) -> Any:
    """A number as a traced array, also in lists and tuples; all else as it is."""
    if isinstance(value, HostNumber):
        return value.as_array()
    if type(value) in (list, tuple):
        return type(value)(map(as_operand, value))
    return value


def recorded(
    function: Callable[..., Any], otherwise: Callable[..., Any]
) -> Callable[..., Any] | None:
    """What stands for a function of Python's that may be given such numbers; None for others.

    Where it is given none, `otherwise` is called.
    """
    trace = current_trace()
    if trace is None or trace.state is None or not any(function is one for one in _RECORDED):
        return None

    def call(*args: Any, **kwargs: Any) -> Any:
        if function is type and len(args) == 1 and isinstance(args[0], Additions):
            return args[0].kind
        given = [one for one in args if isinstance(one, HostNumber)]
        if not given:
            return otherwise(*args, **kwargs)
        if function in (isinstance, type):
            given[0].touched = True  # the type of an input is always a guard
            return function(*[plain(one) for one in args])
        if kwargs or not all(type(one) in (HostNumber, bool, *NUMBERS) for one in args):
            return otherwise(*args, **kwargs)
        return given[0].record(function, *args)

    return call


def _binary(function: Callable[[Any, Any], Any], is_reflected: bool) -> Callable[..., Any]:
    def operate(self: HostNumber, other: Any) -> Any:
        pair = (other, self) if is_reflected else (self, other)
        if isinstance(other, (HostNumber, bool, *NUMBERS)) and not isinstance(other, np.generic):
            return self.record(function, *pair)
        if hasattr(type(other), "__array_ufunc__"):  # arrays, NumPy's scalars, traced ones
            array = self.as_array()
            return function(other, array) if is_reflected else function(array, other)
        value = self.pinned()
        return function(other, value) if is_reflected else function(value, other)

    return operate


def _compare(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    compare = _binary(function, is_reflected=False)

    def operate(self: HostNumber, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return function(self.value, other)
        return compare(self, other)

    return operate


for _name in (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("and_", "or_", "xor", "lshift", "rshift"),
):
    _operator, _bare = getattr(operator, _name), _name.rstrip("_")
    setattr(HostNumber, f"__{_bare}__", _binary(_operator, is_reflected=False))
    setattr(HostNumber, f"__r{_bare}__", _binary(_operator, is_reflected=True))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(HostNumber, f"__{_name}__", _compare(getattr(operator, _name)))
for _name in ("neg", "pos", "abs", "invert"):
    _unary = getattr(operator, _name)
    setattr(HostNumber, f"__{_name}__", lambda self, _of=_unary: self.record(_of, self))
for _name in ("floor", "ceil", "trunc"):
    _whole = getattr(math, _name)
    setattr(HostNumber, f"__{_name}__", lambda self, _of=_whole: self.record(_of, self))
