"""Stances: what compiled functions do in this thread where a program would have to be compiled.

    default              compile
    eager                run the Python function, always
    eager-on-recompile   run the Python function; programs that exist are used
    fail-on-recompile    raise; programs that exist are used
    eager-then-compile   run the Python function, while a worker compiles what serves the next calls

Source: torch.compiler.set_stance.
"""

import functools
import logging
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, ParamSpec, TypeVar

from tessel.compiler.diagnostics import ArgumentError, CompilationError
from tessel.compiler.frontend.state.state_lock import STATE_LOCK
from tessel.compiler.frontend.tracing.active_trace import ACTIVE
from tessel.compiler.locations import user_location
from tessel.compiler.output_arrays import write_into
from tessel.runtime.forking import tell_after_fork

STANCES = ("default", "eager", "eager-on-recompile", "fail-on-recompile", "eager-then-compile")

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger("tessel.recompiles")


class _Current(threading.local):
    name = "default"


CURRENT = _Current()
"""The stance of each thread."""


class Stance:
    """A stance that was taken; `with` and decorated functions go back to the one before."""

    def __init__(self, name: str):
        self.name, self._before = name, CURRENT.name
        CURRENT.name = name

    def __enter__(self) -> "Stance":
        return self

    def __exit__(self, *_: object) -> None:
        CURRENT.name = self._before

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, which takes the stance whenever it is called."""
        CURRENT.name = self._before

        @functools.wraps(function)
        def with_stance(*args: P.args, **kwargs: P.kwargs) -> R:
            with stance(self.name):
                return function(*args, **kwargs)

        return with_stance


def stance(name: str) -> Stance:
    """What compiled functions do in this thread where a program would have to be compiled.

    Takes the stance at once, from here on; as a context manager or as a decorator only there.
    `default` compiles; `eager` runs the Python function; `eager-on-recompile` and
    `fail-on-recompile` use programs that exist, and else run the Python function or raise
    CompilationError; `eager-then-compile` runs the Python function until a worker thread has
    compiled it. Raises ArgumentError for another name, and inside a compiled function.

    >>> import numpy as np
    >>> import tessel
    >>> double = tessel.compile(lambda x: x + x)
    >>> with tessel.stance("eager"):
    ...     double(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> double.stats.compiles
    0
    """
    if name not in STANCES:
        hint = f"stances: {', '.join(STANCES)}"
        raise ArgumentError(f"unknown stance '{name}'", location=user_location(), hint=hint)
    if ACTIVE.get() is not None:
        hint = "take it around the call"
        message = "stance() changes nothing inside a compiled function"
        raise ArgumentError(message, location=user_location(), hint=hint)
    return Stance(name)


class EagerAnswers:
    """Which calls of one compiled function are answered by its Python function."""

    def __init__(self, name: str):
        self._name = name
        self._begun: set[Hashable] = set()
        tell_after_fork(self)

    def after_fork(self) -> None:
        """A child of `fork` has no worker thread: what was not compiled may be begun again."""
        self._begun = set()

    def takes(
        self,
        key: Hashable,
        is_compiled: Callable[[], bool],
        reason: Callable[[], str],
        compile: Callable[[], object],
    ) -> bool:
        """Whether this call is answered so, by the stance of the thread.

        `is_compiled` says whether there is a program for its arguments, which have this `key`;
        `reason` why there is none; `compile` makes it. Raises CompilationError where it must not.
        """
        name = CURRENT.name
        if name == "eager":
            return True
        if name == "default" or is_compiled():
            return False
        if name == "fail-on-recompile":
            message = f"{self._name}() would be compiled ({reason()})"
            hint = "the stance is fail-on-recompile: call it in the stance default first"
            raise CompilationError(message, location=user_location(), hint=hint)
        if name == "eager-then-compile" and key not in self._begun:
            self._begun.add(key)
            _worker().submit(self._compile, key, compile)
        return True

    def _compile(self, key: Hashable, compile: Callable[[], object]) -> None:
        """In the worker thread; what cannot be compiled is not tried again."""
        try:
            compile()
        except Exception as error:  # the caller has had its answer: a warning is all there is left
            _log.warning("%s() stays eager: %s", self._name, error)
        else:
            self._begun.discard(key)


def call_eagerly(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, name: str
) -> Any:
    """What the Python function returns, written into `out` where that is given."""
    # The worker thread may trace the function, with values of its trace in the user's objects.
    has_worker = CURRENT.name == "eager-then-compile"
    with STATE_LOCK.held() if has_worker else nullcontext():
        result = function(*args, **kwargs)
    if out is None:
        return result
    results = list(result) if isinstance(result, list | tuple) else [result]
    write_into(results, out, name)
    return out


class _Workers:
    """One thread, made when it is first needed; a child of `fork` makes its own."""

    def __init__(self) -> None:
        self.executor: ThreadPoolExecutor | None = None
        self.lock = threading.Lock()
        tell_after_fork(self)

    def after_fork(self) -> None:
        self.executor, self.lock = None, threading.Lock()


_WORKERS = _Workers()


def _worker() -> ThreadPoolExecutor:
    with _WORKERS.lock:
        if _WORKERS.executor is None:
            _WORKERS.executor = ThreadPoolExecutor(1, "tessel-compile")
        return _WORKERS.executor
