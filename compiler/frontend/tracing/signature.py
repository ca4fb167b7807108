"""Arguments of a call: which are traced, which are static, and the key of their program.

Arrays, NumPy scalars, Python floats and complex numbers are traced. Integers, booleans, strings and
other hashable values are static: they are part of the program, and a new one compiles again.
"""

import inspect
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError, SourceLocation
from tessel.compiler.frontend.tracing.pytree import Structure, flatten, leaf_paths, unflatten
from tessel.compiler.frontend.tracing.static_key import static_key
from tessel.compiler.frontend.tracing.traced_value import (
    PLAIN_ARRAY,
    TracedValue,
    has_other_operators,
)
from tessel.dialects.dtypes import SUPPORTED_DTYPES
from tessel.runtime.arrays import as_numpy

_TRACED = (np.ndarray, np.generic, float, complex)

Axes = frozenset[tuple[int, int]]
"""Axes of the arrays of a call, (array, axis), whose sizes are not part of the program."""

STATIC_AXES: Axes = frozenset()
"""None: the program is for these sizes alone."""


class Static:
    """An argument that is part of the program and not of its data; a leaf, whatever it holds."""

    def __init__(self, value: Any):
        self.value = value


@dataclass(frozen=True)
class Arguments:
    """One call's arguments: leaves in order, and how they nest under the parameters' names.

    `named` are the caller's own, by parameters.
    """

    leaves: list[Any]
    structure: Structure
    named: dict[str, Any] = field(default_factory=dict)

    @property
    def arrays(self) -> list[np.ndarray]:
        """The traced leaves as NumPy arrays."""
        return [np.asarray(leaf) for leaf in self.leaves if is_traced(leaf)]

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the traced leaves."""
        return tuple([np.shape(leaf) for leaf in self.leaves if is_traced(leaf)])

    @property
    def statics(self) -> list[Any]:
        """The values of static leaves."""
        return [static_value(leaf) for leaf in self.leaves if not is_traced(leaf)]

    @property
    def holds_traced_arrays(self) -> bool:
        """Whether the call happens inside the trace of another function."""
        return any(isinstance(leaf, TracedValue) for leaf in self.leaves)

    @property
    def are_traced(self) -> list[bool]:
        """Which leaves are data, and not part of the program."""
        return [is_traced(leaf) for leaf in self.leaves]

    @property
    def array_names(self) -> list[str]:
        """How each traced leaf is reached, as a user would write it."""
        paths = leaf_paths(self.structure)
        return [path for path, leaf in zip(paths, self.leaves) if is_traced(leaf)]

    def axis_names(self, axes: Axes) -> list[str]:
        """Axes as a user would write them: `x.shape[0]`."""
        names = self.array_names
        return [f"{names[array]}.shape[{axis}]" for array, axis in sorted(axes)]

    @property
    def all_axes(self) -> Axes:
        """All axes of all arrays."""
        return frozenset(
            (argument, axis)
            for argument, shape in enumerate(self.shapes)
            for axis in range(len(shape))
        )

    def key(self, axes: Axes = STATIC_AXES) -> Hashable:
        """Equal for calls that the same program serves; sizes of dynamic `axes` do not count."""
        if not axes:
            return (self.structure, tuple([_leaf_key(leaf) for leaf in self.leaves]))
        count, keys = 0, []
        for leaf in self.leaves:
            key = _leaf_key(leaf)
            if is_traced(leaf):
                if isinstance(leaf, np.ndarray):
                    sizes = [
                        None if (count, axis) in axes else size
                        for axis, size in enumerate(leaf.shape)
                    ]
                    key = (leaf.dtype, tuple(sizes))
                count += 1
            keys.append(key)
        return (self.structure, tuple(keys))


class Signature:
    """The parameters of a Python function, and which of them are static by name."""

    def __init__(self, function: Callable[..., Any], static_argnames: Sequence[str]):
        self.name = getattr(function, "__name__", "function")
        self.location = _location_of(function)
        self._signature = inspect.signature(function)
        self._static = frozenset(static_argnames)
        unknown = self._static - set(self._signature.parameters)
        if unknown:
            raise ArgumentError(
                f"{self.name}() has no parameter '{sorted(unknown)[0]}' to make static"
            )

    @property
    def static_names(self) -> list[str]:
        """The parameters that were said to be static."""
        return sorted(self._static)

    @property
    def takes_out(self) -> bool:
        """Whether the function has a parameter `out` of its own."""
        return "out" in self._signature.parameters

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
        """The arguments of a call. Raises ArgumentError for wrong ones, naming the parameter."""
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{self.name}() {error}") from None
        named = {
            name: Static(value) if name in self._static else value
            for name, value in bound.arguments.items()
        }
        leaves, structure = flatten(named)
        checked = [self._check(leaf, structure, position) for position, leaf in enumerate(leaves)]
        return Arguments(checked, structure, named)

    def call(self, function: Callable[..., Any], structure: Structure, leaves: list[Any]) -> Any:
        """Calls `function` with leaves put back into the structure they were given in."""
        return self.call_named(function, self.named(structure, leaves))

    def named(self, structure: Structure, leaves: list[Any]) -> Any:
        """Leaves put back into the structure they were given in, by parameters."""
        return unflatten(structure, leaves)

    def call_named(self, function: Callable[..., Any], named: Any) -> Any:
        """Calls `function` with arguments by parameters."""
        bound = inspect.BoundArguments(self._signature, named)
        return function(*bound.args, **bound.kwargs)

    def _check(self, leaf: Any, structure: Structure, position: int) -> Any:
        if isinstance(leaf, TracedValue | float | complex):
            return leaf
        if hasattr(leaf, "__dlpack__") and not isinstance(leaf, np.ndarray | np.generic):
            leaf = as_numpy(leaf)
        if isinstance(leaf, np.ndarray | np.generic):
            if has_other_operators(leaf):
                where, kind = self._path(structure, position), type(leaf).__name__
                message = f"{where} is a {kind}, which does not compute as an array does"
                raise ArgumentError(message, hint=PLAIN_ARRAY)
            if leaf.dtype.kind not in "biufcV" or native(leaf.dtype) not in SUPPORTED_DTYPES:
                where = self._path(structure, position)
                raise ArgumentError(f"{where} has dtype {leaf.dtype}, which cannot be compiled")
            return leaf
        value = static_value(leaf)
        try:
            static_key(value)
        except (TypeError, ValueError):  # what a writable memoryview raises is a ValueError
            where = self._path(structure, position)
            message = f"{where} is a {type(value).__name__}, which is neither an array nor hashable"
            raise ArgumentError(message) from None
        return leaf

    def _path(self, structure: Structure, position: int) -> str:
        return f"{self.name}(): argument {leaf_paths(structure)[position]}"


def _location_of(function: Callable[..., Any]) -> SourceLocation | None:
    """Where a function begins, for what is made of its arguments."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (
        None
        if code is None
        else SourceLocation(code.co_filename, code.co_firstlineno, code.co_name)
    )


def is_traced(leaf: Any) -> bool:
    """Whether a leaf is data, and not part of the program."""
    return isinstance(leaf, _TRACED)


def static_value(leaf: Any) -> Any:
    """What a static leaf stands for."""
    return leaf.value if isinstance(leaf, Static) else leaf


def native(dtype: np.dtype) -> np.dtype:
    """The dtype in the byte order of this machine."""
    return dtype if dtype.isnative else dtype.newbyteorder("=")


def weak_type(leaf: Any) -> type | None:
    """The kind of a Python number, which takes the dtype of the arrays it meets."""
    return type(leaf) if type(leaf) in (float, complex) else None


def _leaf_key(leaf: Any) -> Hashable:
    if isinstance(leaf, np.ndarray | np.generic):
        return (leaf.dtype, leaf.shape)
    if is_traced(leaf):
        return type(leaf)
    return ("static", isinstance(leaf, Static), static_key(static_value(leaf)))
