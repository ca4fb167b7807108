"""Refuses random numbers that NumPy or Python would draw once, while a function is compiled.

They would be the same ones in each call. A generator that the function itself makes from a seed
gives the same numbers in each call of the plain function, too, and stays.
"""

import functools
import random
from collections.abc import Callable
from types import BuiltinFunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.trace import current_trace
from tessel.compiler.locations import user_location

_GENERATORS = (
    np.random.Generator,
    np.random.RandomState,
    np.random.BitGenerator,
    np.random.SeedSequence,
    random.Random,
)

_OF_GLOBAL_STATE = (np.random.ranf, np.random.sample, np.random.seed, random.seed)
"""Functions of NumPy's and Python's hidden generators that are none of their methods."""


class RandomDraws:
    """What a traced function calls to draw numbers: its own generators are those made here."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """What stands for a value that a traced function finds under a name."""
        if value is np.random or value is random:
            return TracingRandom(value, self)
        # Classes are asked for their objects, too.
        return value if isinstance(value, type) else self.callee(value) or value

    def callee(self, value: Any) -> Callable[..., Any] | None:
        """What to call instead of `value`; None where it has to do with no random numbers."""
        if value is np.random.default_rng or (
            isinstance(value, type) and issubclass(value, _GENERATORS)
        ):
            return functools.partial(self._make, value)
        owner = value.__self__ if isinstance(value, MethodType | BuiltinFunctionType) else None
        if isinstance(owner, _GENERATORS):
            if id(owner) not in self._made:
                return _refuse(value, _name(value, owner))
            # `spawn` gives generators, which are the function's own as well.
            return functools.partial(self._draw, value)
        if any(value is one for one in _OF_GLOBAL_STATE):
            return _refuse(value, f"{value.__module__}.{value.__name__}")
        return None

    def _make(self, maker: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        given = [one for one in (*args, *kwargs.values()) if one is not None]
        if not given or any(
            isinstance(one, _GENERATORS) and id(one) not in self._made for one in given
        ):
            of_numpy = maker.__module__.startswith("numpy.random")
            module = "numpy.random" if of_numpy else maker.__module__
            return _refuse(maker, f"{module}.{maker.__name__}", _MAKE_INSIDE)(*args, **kwargs)
        return self._noted(maker(*args, **kwargs))

    def _draw(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self._noted(method(*args, **kwargs))

    def _noted(self, value: Any) -> Any:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, _GENERATORS):
                self._made[id(one)] = one
        bits = getattr(value, "bit_generator", None)
        if bits is not None:
            self._made[id(bits)] = bits
        return value


class TracingRandom(ModuleType):
    """`numpy.random` or `random` as a traced function sees it, also one without source."""

    def __init__(self, module: ModuleType, draws: RandomDraws):
        super().__init__(module.__name__, module.__doc__)
        self._module, self._draws = module, draws

    def __getattr__(self, name: str) -> Any:
        return self._draws.of(getattr(self._module, name))


_DRAW_OUTSIDE = "draw outside and pass the array, or use tessel.random with a key"
_MAKE_INSIDE = "give it a constant seed, or use tessel.random with a key"


def _name(method: Any, owner: Any) -> str:
    """How a user calls a method of a generator."""
    name = method.__name__
    for module in (np.random, random):
        if getattr(getattr(module, name, None), "__self__", None) is owner:
            return f"{module.__name__}.{name}"
    return f"{type(owner).__name__}.{name}"


def _refuse(function: Callable[..., Any], name: str, hint: str = _DRAW_OUTSIDE) -> Any:
    """A function that raises while a trace lasts, and draws as `function` does afterwards."""

    def call(*args: Any, **kwargs: Any) -> Any:
        trace = current_trace()
        if trace is None:
            return function(*args, **kwargs)
        message = f"{name}() would draw the same random numbers in each call of {trace.name}"
        raise UnsupportedError(message, location=user_location(), hint=hint)

    return call
