"""`tessel.compile`: a Python function on arrays becomes one that runs native code."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar, overload

from tessel.compiler.automatic_dynamic import Dynamic
from tessel.compiler.compiled_function import CompiledFunction
from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.frontend.tracing.wrapping import wrap
from tessel.compiler.targets.registry import resolve_target

MODES = ("default", "max-autotune")
CHECKS = ("on", "off")

P = ParamSpec("P")
R = TypeVar("R")


@overload
def compile(
    function: Callable[P, R],
    *,
    target: str = "host",
    static_argnames: str | Sequence[str] = (),
    dynamic: Dynamic = None,
    mode: str = "default",
    flush_subnormals: bool = False,
    checks: str = "on",
) -> "CompiledFunction[P, R]": ...


@overload
def compile(
    function: None = None,
    *,
    target: str = "host",
    static_argnames: str | Sequence[str] = (),
    dynamic: Dynamic = None,
    mode: str = "default",
    flush_subnormals: bool = False,
    checks: str = "on",
) -> "Callable[[Callable[P, R]], CompiledFunction[P, R]]": ...


def compile(
    function: Any = None,
    *,
    target: str = "host",
    static_argnames: str | Sequence[str] = (),
    dynamic: Dynamic = None,
    mode: str = "default",
    flush_subnormals: bool = False,
    checks: str = "on",
) -> Any:
    """Compiles `function` for the arguments of each call; use it as a call or as a decorator.

    Arrays (and NumPy scalars, Python floats and complex numbers) are traced; integers, booleans,
    strings and arguments in `static_argnames` are static: each new value compiles again. The first
    program is one for the sizes of its call; a dimension whose size varies becomes dynamic in one
    more compilation, unless that is slow for its ops. With `dynamic=True` one program serves all
    sizes from the start, with `dynamic=False` each size compiles. A mapping says it of single
    dimensions, `dynamic={"x": {0: Dim("batch", max=64), 1: STATIC}}`, as torch.export spells it;
    calls with a size outside a `Dim`'s range raise ShapeError. `target` is `host` or a name that
    `tessel info` lists.
    The mode `max-autotune` measures how each kernel is best cut, in worker processes and once a
    machine, and whether threads pay; results are those of the mode `default`, bit for bit.
    With `flush_subnormals` numbers below the smallest normal one count as zeros, where processors
    take long for them.
    Calls raise NumPy's errors for what only data shows, such as indices out of bounds, and then
    write nothing; with the checks `off` such indices are clamped, and writes at them dropped.
    Raises TargetError for an unknown target; calls raise UserError for what cannot be compiled.

    >>> import numpy as np
    >>> @compile
    ... def double(x):
    ...     return x + x
    >>> double(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    if function is None:
        return functools.partial(
            compile,
            target=target,
            static_argnames=static_argnames,
            dynamic=dynamic,
            mode=mode,
            flush_subnormals=flush_subnormals,
            checks=checks,
        )
    if mode not in MODES:
        raise ArgumentError(f"unknown mode '{mode}'", hint=f"modes: {', '.join(MODES)}")
    if checks not in CHECKS:
        raise ArgumentError(f"unknown checks '{checks}'", hint=f"checks: {', '.join(CHECKS)}")
    names = (static_argnames,) if isinstance(static_argnames, str) else tuple(static_argnames)
    chosen = replace(resolve_target(target), flushes_subnormals=flush_subnormals)
    return wrap(function, lambda one: CompiledFunction(one, chosen, names, dynamic, mode, checks))
