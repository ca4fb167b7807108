"""`tessel.compile`: a Python function on arrays becomes one that runs native code.

In the order a call happens: the arguments are flattened and looked up; the first time, the function
is traced, the program compiled and kept; then the program runs and its results are put back into
the structure that the function returned.
"""

import functools
import inspect
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.driver import compile_module, run_until
from tessel.compiler.frontend import methods
from tessel.compiler.frontend.apply import traced
from tessel.compiler.frontend.pytree import Structure, flatten, unflatten
from tessel.compiler.frontend.trace import Trace
from tessel.compiler.frontend.traced_array import TracedArray
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu import host_target
from tessel.dialects.mlir import ir
from tessel.dialects.types import SUPPORTED_DTYPES, ArrayType
from tessel.runtime.devices import thread_count
from tessel.runtime.executable import Executable

assert methods  # importing it gives traced arrays their methods


def compile(  # noqa: A001
    function: Callable[..., Any] | None = None,
    *,
    target: str = "host",
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """Compiles `function` for the arguments of each call; use it as a call or as a decorator.

    Arrays (and NumPy scalars, Python floats and complex numbers) are traced; integers, booleans,
    strings and arguments in `static_argnames` are static: each new value compiles again.

    >>> import numpy as np
    >>> @compile
    ... def double(x):
    ...     return x + x
    >>> double(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    if function is None:
        return functools.partial(compile, target=target, static_argnames=static_argnames)
    names = (static_argnames,) if isinstance(static_argnames, str) else tuple(static_argnames)
    return CompiledFunction(function, target, names)


@dataclass
class Statistics:
    """What a compiled function has done so far."""

    calls: int = 0
    traces: int = 0
    compiles: int = 0


@dataclass(frozen=True)
class Signature:
    """One set of argument types: what a program is compiled for."""

    structure: Structure
    leaves: tuple[Hashable, ...]


@dataclass
class Program:
    """A traced function: its IR, parameters, and what its results mean."""

    trace: Trace
    result_structure: Structure
    results: list[Any]
    mutated: list[int]


@dataclass
class Entry:
    """A compiled program and how its results go back to the caller."""

    executable: Executable
    program: Program


class CompiledFunction:
    """A function that is compiled for the types of its arguments when it is called."""

    def __init__(self, function: Callable[..., Any], target: str, static_argnames: tuple[str, ...]):
        functools.update_wrapper(self, function)
        self.function = function
        self.stats = Statistics()
        self._static = static_argnames
        self._signature = inspect.signature(function)
        self._target = target
        self._entries: dict[Hashable, Entry] = {}
        self._fast: dict[Hashable, Entry] = {}
        self._lock = threading.Lock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.stats.calls += 1
        if not kwargs:
            try:
                entry = self._fast.get(tuple([(a.dtype, a.shape) for a in args]))
            except AttributeError:
                entry = None
            if entry is not None and all(type(a) is np.ndarray for a in args):
                return _deliver(entry, args, entry.executable(args))
        return self._general_call(args, kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A compiled method, as a function would be."""
        return self if instance is None else functools.partial(self, instance)

    def ir(self, stage: str, *args: Any, **kwargs: Any) -> str:
        """The program for these arguments at a stage: trace, dialect, fused or linalg."""
        program = self._trace(*self._bind(args, kwargs))
        run_until(program.trace.module, stage)
        return str(program.trace.module)

    def _general_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        leaves, structure = self._bind(args, kwargs)
        key = Signature(structure, tuple(_leaf_key(leaf) for leaf in leaves))
        entry = self._entries.get(key)
        if entry is None:
            entry = self._compile(key, leaves, structure)
            if not kwargs and args and all(type(a) is np.ndarray for a in args):
                self._fast[tuple([(a.dtype, a.shape) for a in args])] = entry
        arrays = [np.asarray(leaf) for leaf in leaves if not _is_static(leaf)]
        return _deliver(entry, arrays, entry.executable(arrays))

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Structure]:
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{self.function.__name__}() {error}") from None
        named = {
            name: _Static(value) if name in self._static else value
            for name, value in bound.arguments.items()
        }
        return flatten(named)

    def _compile(self, key: Signature, leaves: list[Any], structure: Structure) -> Entry:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                program = self._trace(leaves, structure)
                self.stats.compiles += 1
                executable = compile_module(
                    program.trace.module, self._resolved_target(), program.trace.parameters
                )
                entry = self._entries[key] = Entry(executable, program)
            return entry

    def _resolved_target(self) -> Target:
        return host_target(thread_count())

    def _trace(self, leaves: list[Any], structure: Structure) -> Program:
        self.stats.traces += 1
        arrays = [leaf for leaf in leaves if not _is_static(leaf)]
        trace = Trace.begin([_array_type(leaf) for leaf in arrays])
        values = iter(zip(trace.arguments, arrays))
        inputs: list[TracedArray] = []
        traced_leaves: list[Any] = []
        for leaf in leaves:
            if _is_static(leaf):
                traced_leaves.append(leaf.value if isinstance(leaf, _Static) else leaf)
                continue
            value, original = next(values)
            weak = type(original) if type(original) in (float, complex) else None
            inputs.append(TracedArray.of(trace, value, weak))
            traced_leaves.append(inputs[-1])
        bound = inspect.BoundArguments(self._signature, unflatten(structure, traced_leaves))
        with trace.active():
            returned = self.function(*bound.args, **bound.kwargs)
            return _finish(trace, inputs, returned)


@dataclass(frozen=True)
class _Static:
    """An argument that is part of the program and not of its data."""

    value: Any


def _finish(trace: Trace, inputs: list[TracedArray], returned: Any) -> Program:
    """Ends the trace with what the function returned, and with the arguments that it changed."""
    leaves, structure = flatten(returned)
    results: list[Any] = []
    outputs: list[ir.Value] = []
    for leaf in leaves:
        if isinstance(leaf, TracedArray | np.ndarray | np.generic):
            outputs.append(traced(leaf, trace).value)
            results.append(_FROM_PROGRAM)
        else:
            results.append(leaf)
    mutated = [i for i, array in enumerate(inputs) if array.storage.version]
    outputs += [inputs[i].storage.value for i in mutated]
    trace.finish(outputs)
    return Program(trace, structure, results, mutated)


_FROM_PROGRAM = object()


def _deliver(entry: Entry, arrays: Sequence[np.ndarray], outputs: list[np.ndarray]) -> Any:
    """Writes changed arguments back and gives the results the structure they were returned in."""
    program = entry.program
    if program.mutated:
        count = len(outputs) - len(program.mutated)
        for position, value in zip(program.mutated, outputs[count:]):
            np.copyto(arrays[position], value)
        outputs = outputs[:count]
    if program.result_structure.kind == "leaf" and outputs:
        return outputs[0] if outputs[0].ndim else outputs[0][()]
    remaining = iter(outputs)
    leaves = [
        (lambda a: a if a.ndim else a[()])(next(remaining)) if leaf is _FROM_PROGRAM else leaf
        for leaf in program.results
    ]
    return unflatten(program.result_structure, leaves)


def _is_static(leaf: Any) -> bool:
    return not isinstance(leaf, np.ndarray | np.generic | float | complex)


def _leaf_key(leaf: Any) -> Hashable:
    if _is_static(leaf):
        return ("static", type(leaf), leaf)
    if isinstance(leaf, np.ndarray | np.generic):
        return (leaf.dtype, leaf.shape)
    return type(leaf)


def _array_type(leaf: Any) -> ArrayType:
    array_type = ArrayType.of(np.asarray(leaf))
    if array_type.dtype not in SUPPORTED_DTYPES:
        raise ArgumentError(f"an argument has dtype {array_type.dtype}, which cannot be compiled")
    return array_type
