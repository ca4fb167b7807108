"""What `tessel.compile` returns: a function that keeps a program for each kind of arguments.

In the order a call happens: the arguments are flattened and looked up; the first time, the function
is traced, the program compiled and kept; then the program runs and its results are put back into
the structure that the function returned.
"""

import functools
import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import numpy as np

from tessel.compiler.automatic_dynamic import Dynamic, SizePolicy
from tessel.compiler.compilation_history import CompilationHistory
from tessel.compiler.compiled_entry import Entry, Statistics, check_writable, keep, remember
from tessel.compiler.deferred import deferred
from tessel.compiler.frontend.state.state_lock import STATE_LOCK, StateChanged
from tessel.compiler.frontend.traced_function import TracedFunction, as_result
from tessel.compiler.frontend.tracing.active_trace import ACTIVE
from tessel.compiler.frontend.tracing.argument_memory import (
    ROW_MAJOR,
    ArgumentMemory,
    memory_of_call,
)
from tessel.compiler.frontend.tracing.captured_values import (
    CapturedValues,
    captured_by,
    replace_weights,
)
from tessel.compiler.frontend.tracing.signature import STATIC_AXES, Arguments, Axes, Signature
from tessel.compiler.frontend.tracing.wrapping import global_name
from tessel.compiler.locations import user_location
from tessel.compiler.output_arrays import call_into
from tessel.compiler.program import Program
from tessel.compiler.stack_check import check_stack
from tessel.compiler.stances import CURRENT, EagerAnswers, call_eagerly
from tessel.compiler.stateful_calls import Served, StateCall, StatefulCalls
from tessel.compiler.targets.base import Target
from tessel.compiler.warm_start.program_records import ProgramRecord
from tessel.dialects.assumptions import SizeGuards
from tessel.runtime.executable import Executable
from tessel.runtime.forking import tell_after_fork

if TYPE_CHECKING:
    from tessel.compiler import function_compilation
    from tessel.compiler.explain.profile import Profile
    from tessel.compiler.frontend.state.stateful_trace import StatefulTrace
    from tessel.compiler.function_compilation import StateEntry, Traced
    from tessel.compiler.memory_footprint import MemoryFootprint
else:
    function_compilation = deferred("tessel.compiler.function_compilation")

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")

_PATIENCE = 20.0
"""Seconds that a thread waits for another one's compilation, before it compiles itself."""

_ATTEMPTS = 8
"""Programs that one call makes where other threads change what the function assigns."""

_log = logging.getLogger("tessel.recompiles")


class CompiledFunction(Generic[P, R]):
    """A function that is compiled for the types of its arguments when it is called."""

    def __init__(
        self,
        function: Callable[P, R],
        target: Target,
        static_argnames: Sequence[str],
        dynamic: Dynamic,
        mode: str,
        checks: str = "on",
    ):
        functools.update_wrapper(self, function)
        self.checks = checks
        self.function, self.target, self.dynamic, self.mode = function, target, dynamic, mode
        self.stats = Statistics()
        self._signature = Signature(function, static_argnames)
        self._sizes = SizePolicy(dynamic, self._signature.name)
        # Programs for the same arguments differ by what else the function read, and, where sizes
        # are not part of the program, by what they assume of sizes.
        self._entries: dict[Hashable, list[Entry | StateEntry]] = {}
        # Calls with nothing but arrays are found by their dtypes and shapes, without flattening.
        self._fast: dict[Hashable, Entry] = {}
        self._eager = EagerAnswers(self._signature.name)
        self._history = CompilationHistory(self._signature.name)
        self._drops = False
        self._lock = threading.RLock()  # a function may call itself while it is traced
        self._stateful = StatefulCalls(self._entries, self._signature.name)
        tell_after_fork(self)

    def after_fork(self) -> None:
        """A lock that another thread of the parent held stays held in a child of `fork`."""
        self._lock = threading.RLock()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs the program for these arguments, compiling it the first time."""
        self.stats.calls += 1
        if not kwargs and CURRENT.name != "eager":
            arrays: Any = args
            for one in arrays:
                if type(one) is not np.ndarray:
                    break
            else:
                entry = self._fast.get(tuple([(one.dtype, one.shape) for one in arrays]))
                if entry is not None and ((holds := entry.captured.holds) is None or holds()):
                    outputs = entry.executable(arrays)
                    if entry.returns_one_result:
                        if entry.function.program.checks is not None:
                            entry.function.program.checks.raise_first(outputs[-1])
                        return as_result(outputs[0])
                    return entry.function.deliver(list(arrays), outputs)
        return self._call_any(args, kwargs)

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> "CompiledFunction[P, R]": ...

    @overload
    def __get__(
        self: "CompiledFunction[Concatenate[Any, Q], R]", instance: object, owner: Any = None
    ) -> Callable[Q, R]: ...

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A compiled method, as a function would be."""
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> str:
        """Pickled by name, as functions are."""
        return global_name(self.function, self)

    def __copy__(self) -> "CompiledFunction[P, R]":
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> "CompiledFunction[P, R]":
        return self

    def __repr__(self) -> str:
        return f"<compiled function {getattr(self.function, '__qualname__', self.function)}>"

    def trace(self, *args: Any, **kwargs: Any) -> "Traced":
        """The function as a program of arrays, for arguments of these types; nothing is run.

        >>> import numpy as np
        >>> from tessel import compile
        >>> traced = compile(lambda x: x + x).trace(np.ones(3))
        >>> "tessel.add" in traced.as_text()
        True
        >>> traced.lower().compile()(np.array([1.0, 2.0, 3.0]))
        array([2., 4., 6.])
        """
        given = self._signature.bind(args, kwargs)
        traced = self._trace(given, ROW_MAJOR, axes := self._sizes.axes(given))
        function, arguments = traced.function, traced.all_arguments
        if self.mode == "max-autotune":
            function_compilation.attach_measured(function.program, self.target)
        traced, signature = function_compilation.Traced, self._signature
        return traced(function, signature, arguments, self.target, self._build, axes)

    def ir(self, stage: str, *args: Any, **kwargs: Any) -> str:
        """The program for these arguments at a stage.

        Stages: trace, dialect, fused, linalg, iree, llvm, asm.
        """
        return self.trace(*args, **kwargs).as_text(stage)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """What is computed for these arguments: the kernels, what was fused, FLOPs and bytes.

        Then, where the function was compiled more than once, why it was each time.
        """
        explained = self.trace(*args, **kwargs).explain()
        return "\n".join(one for one in (explained, str(self._history)) if one)

    def profile(self, *args: Any, **kwargs: Any) -> "Profile":
        """Measures each kernel alone: its time, and its share of what this machine can do.

        The machine is measured once, in about ten seconds, and the result kept in a file.
        """
        return self.trace(*args, **kwargs).profile()

    def memory(self, *args: Any, **kwargs: Any) -> "MemoryFootprint":
        """How many bytes the program for these arguments needs, without running it."""
        return self.trace(*args, **kwargs).memory()

    def _call_any(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        out = None if self._signature.takes_out else kwargs.pop("out", None)
        arguments = self._signature.bind(args, kwargs)
        if arguments.holds_traced_arrays or ACTIVE.get() is not None:
            return function_compilation.with_tracing_numpy(self.function)(*args, **kwargs)
        if CURRENT.name != "default" and self._is_answered_eagerly(arguments):
            return call_eagerly(self.function, args, kwargs, out, self._signature.name)
        entry = self._stateful.call(arguments, out) or self._entry_or_call(arguments, out)
        if isinstance(entry, StateCall):
            return entry.result
        arrays = arguments.arrays
        if out is not None:
            name = self._signature.name
            return call_into(entry.function, entry.executable, arrays, out, name)
        if not kwargs and all(type(one) is np.ndarray and one.dtype.isnative for one in args):
            # An array that is static is part of the program, and not one of its arrays.
            depends_on_memory = entry.function.program.mutated or entry.function.order_matters
            if not depends_on_memory and len(arrays) == len(args):
                remember(self._fast, args, entry)
        inputs = entry.function.memory.inputs(arrays) if entry.function.memory.shared else arrays
        return entry.function.deliver(arrays, entry.executable(inputs))

    def _is_answered_eagerly(self, arguments: Arguments) -> bool:
        """Whether the stance of the thread has the Python function answer."""
        return self._eager.takes(
            arguments.key(),
            lambda: self._is_served(arguments, ROW_MAJOR),
            lambda: self._history.reason(arguments, self._programs_of(arguments)),
            lambda: self._compiled_for(arguments),
        )

    def _compiled_for(self, arguments: Arguments) -> None:
        """Makes the program for these arguments, also where the function assigns state."""
        with suppress(Served, StateChanged):
            self._entry(arguments)

    def _entry_or_call(self, arguments: Arguments, out: Any) -> Entry | StateCall:
        """The program for these arguments, or what a call that assigns state has given."""
        for _ in range(_ATTEMPTS):
            try:
                return self._entry_in_memory(arguments)
            except (Served, StateChanged):
                call = self._stateful.call(arguments, out)
            if call is not None:
                return call
        self._stateful.refuse_changes()

    def _entry_in_memory(self, arguments: Arguments) -> Entry:
        """The program for arguments with the layouts and the sizes of these."""
        entry = self._entry(arguments)
        mutated, order_matters = entry.function.program.mutated, entry.function.order_matters
        if not (mutated or order_matters):
            return entry
        arrays = arguments.arrays
        check_writable(entry.function.program, arrays, self._signature.name)
        memory = memory_of_call(arrays, mutated, order_matters, bool(entry.axes))
        return entry if memory is ROW_MAJOR else self._entry(arguments, memory)

    def _entry(self, arguments: Arguments, memory: ArgumentMemory = ROW_MAJOR) -> Entry:
        """The program for arguments of these types; compiled once, also when many threads ask."""
        entry = self._found(arguments, memory)
        if entry is not None:
            return entry
        # The trace that holds the lock may wait for this thread.
        held = self._lock.acquire(timeout=_PATIENCE)
        try:
            check_stack(f"{self._signature.name}() is compiled", user_location())
            return self._found(arguments, memory) or self._made(arguments, memory)
        finally:
            if held:
                self._lock.release()

    def _is_served(self, arguments: Arguments, memory: ArgumentMemory) -> bool:
        """Whether there is a program for these arguments, with or without state."""
        found = self._found(arguments, memory)
        return found is not None or self._stateful.serves(arguments)

    def _found(self, arguments: Arguments, memory: ArgumentMemory) -> Entry | None:
        """A program that serves these arguments."""
        if memory is not ROW_MAJOR:
            return self._found_under((arguments.key(), memory), ())
        for axes in self._sizes.candidates(arguments):
            shapes = arguments.shapes if axes else ()
            entry = self._found_under(arguments.key(axes), shapes)
            if entry is not None:
                return entry
        return None

    def _found_under(self, key: Hashable, shapes: tuple[tuple[int, ...], ...]) -> Entry | None:
        known = self._entries.get(key, [])
        for entry in known:
            holds = entry.captured.holds
            if not isinstance(entry, Entry):
                continue  # it is called by `_stateful`
            if (holds is None or holds()) and entry.fits(shapes):
                if entry is not known[0]:
                    self._entries[key] = [entry, *(one for one in known if one is not entry)]
                return entry
        return None

    def _made(self, arguments: Arguments, memory: ArgumentMemory) -> Entry:
        """A new program, kept for the arguments that it serves."""
        if memory is not ROW_MAJOR:
            entry, key = self._compile(arguments, memory), (arguments.key(), memory)
        else:
            entry = self._sizes.make(arguments, lambda axes: self._compile(arguments, memory, axes))
            key = arguments.key(entry.axes)
        self._keep(entry, key)
        return entry

    def _keep(self, entry: "Entry | StateEntry", key: Hashable) -> None:
        most = keep(self._entries, key, entry)
        if most:
            self._fast.clear()
            if not self._drops:
                message = "%s has %d programs, and drops the oldest for each new one"
                _log.warning(message, self._signature.name, most)
            self._drops = True

    def _programs_of(self, arguments: Arguments) -> list[tuple[SizeGuards, CapturedValues]]:
        """The programs that have the types of these arguments, and do not serve them."""
        keys = [arguments.key(axes) for axes in self._sizes.candidates(arguments)]
        known = [entry for key in keys for entry in self._entries.get(key, [])]
        return [(entry.function.program.guards, entry.captured) for entry in known]

    def update(self, **arrays: np.ndarray) -> None:
        """Replaces large arrays that the function closes over, such as weights.

        Each is named as the function reads it, and gets its new elements in place: `model.w` is
        `update(**{"model.w": w})`. Without arrays, all are read again as they are now.
        Raises ArgumentError for an unknown name, ShapeError or DTypeError for what does not fit.
        """
        with self._lock:
            entries = [entry for known in self._entries.values() for entry in known]
            replace_weights([entry.captured for entry in entries], arrays, self._signature.name)
            self._fast.clear()
            for key, known in self._entries.items():
                self._entries[key] = [entry for entry in known if not entry.captured.weights]

    def _compile(
        self, arguments: Arguments, memory: ArgumentMemory, axes: Axes = STATIC_AXES
    ) -> Entry:
        with STATE_LOCK.held():
            # Made by another thread meanwhile, or another one's trace had its values in objects.
            if self._is_served(arguments, memory):
                raise Served
            captured = captured_by(self.function, arguments.statics)
            reason = self._history.reason(arguments, self._programs_of(arguments))
            record = self._record(arguments) if memory is ROW_MAJOR and not axes else None
            found = None if record is None else record.load(self.target.threads)
            if found is not None:
                self._history.note(arguments, axes, reason)
                return Entry(found[1], found[0], captured, axes)
            traced = self._trace(arguments, memory, axes)
            if traced.is_stateful:
                if axes:  # the sizes of arrays that are state are those of one program
                    axes = STATIC_AXES
                    traced = self._trace(arguments, memory, axes)
                captured = function_compilation.captured_beside(traced, self.function, arguments)
        function = traced.function
        if not traced.is_stateful:
            self._sizes.note(arguments, axes, function.program, self.target)
        self._history.note(arguments, axes, reason)
        self.stats.compiles += 1
        if traced.is_stateful:
            executable = self._build(function.program, traced.inputs_when_traced)
            entry = function_compilation.StateEntry.of(executable, traced, captured, arguments)
            self._keep(entry, arguments.key())
            self._stateful.note()
            raise Served
        executable = self._build(function.program, memory.inputs(arguments.arrays))
        if record is not None:
            record.save(function, executable)
        return Entry(executable, function, captured, axes)

    def _record(self, arguments: Arguments) -> ProgramRecord | None:
        """Where the program for these arguments may be on disk, from a process before this one."""
        if self.mode != "default" or not (self.dynamic is None or self.dynamic is False):
            return None
        name, options = self._signature.name, (self.checks, self._signature.static_names)
        return ProgramRecord.of(self.function, name, arguments, self.target, options)

    def _build(self, program: Program, arrays: Sequence[np.ndarray]) -> Executable:
        return function_compilation.build_program(program, arrays, self.target, self.mode)

    def _trace(self, arguments: Arguments, memory: ArgumentMemory, axes: Axes) -> "StatefulTrace":
        relations = self._sizes.contract(arguments).relations if axes else ()
        compilation = function_compilation

        def trace(signature: Signature, given: Arguments, found: ArgumentMemory) -> TracedFunction:
            self.stats.traces += 1
            memory_of, checks = found if memory is ROW_MAJOR else memory, self.checks == "on"
            return compilation.trace_function(
                compilation.called_by_signature,
                signature,
                given,
                axes,
                checks,
                memory_of,
                relations,
            )

        known = self._stateful.assigned
        with STATE_LOCK.held():
            return compilation.trace_with_state(
                self.function, self._signature, arguments, trace, known
            )
