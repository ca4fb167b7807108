"""Why a function was compiled each time: which argument, which dimension, which value.

    f compiles again: x.shape[0] is 8, was 4 (from here on for all sizes of x.shape[0])

The log `recompiles` says it when it happens, and warns of the eighth time; `explain` lists it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.captured_values import CapturedValues
from tessel.compiler.frontend.tracing.pytree import Structure, leaf_paths
from tessel.compiler.frontend.tracing.signature import Arguments, Axes, is_traced, static_value
from tessel.dialects.assumptions import SizeGuards

_log = logging.getLogger("tessel.recompiles")

_MANY = 8
"""Compilations of a function from which a warning says so, once (torch.compile's limit)."""

_KEPT = 256
"""Compilations that are remembered."""

_NAMED = 3
"""Differences between two calls that are told."""

_LONGEST_VALUE = 40
"""Characters of a static value that are shown."""


@dataclass(frozen=True)
class Compilation:
    """One program: the arguments that it was compiled for, in words and leaf by leaf, and why."""

    arguments: str
    reason: str
    structure: Structure
    leaves: tuple[Any, ...]


@dataclass
class CompilationHistory:
    """The compilations of one function, the newest last."""

    name: str
    compilations: list[Compilation] = field(default_factory=list)
    _warned: bool = False

    def reason(
        self,
        arguments: Arguments,
        known: Sequence[tuple[SizeGuards, CapturedValues]],
    ) -> str:
        """Why there is no program for these arguments, where those `known` have their types."""
        shapes = arguments.shapes
        for guards, captured in known:
            guard = guards.broken_by(shapes)
            if guard is not None:
                return f"{guard} was assumed, and does not hold for the sizes {shapes}"
            change = captured.change()
            if change is not None:
                return change
        described = _described(arguments)
        alike = [one for one in self.compilations if one.structure == arguments.structure]
        if not alike:
            return "the arguments nest otherwise" if self.compilations else "the first call"
        paths = leaf_paths(arguments.structure)
        found = [_differences(paths, one.leaves, described) for one in reversed(alike)]
        least = min(found, key=len)
        if not least and known:
            return "what it assigns is of another kind"
        if not least:
            return "update() was called, or its program was dropped"
        more = f" and {len(least) - _NAMED} more" if len(least) > _NAMED else ""
        return ", ".join(least[:_NAMED]) + more

    def note(self, arguments: Arguments, axes: Axes, reason: str) -> None:
        """Remembers a compilation, and logs it where it is not the first one."""
        if self.compilations:
            names = ", ".join(arguments.axis_names(axes))
            suffix = f" (from here on for all sizes of {names})" if names else ""
            is_many = len(self.compilations) + 1 >= _MANY and not self._warned
            if is_many:
                self._warned = True
                suffix += f"; that is {_MANY} times, and docs/guide.md says how to avoid it"
            level = logging.WARNING if "in place" in reason or is_many else logging.INFO
            _log.log(level, "%s compiles again: %s%s", self.name, reason, suffix)
        text = _in_words(arguments, axes)
        leaves = _described(arguments)
        self.compilations.append(Compilation(text, reason, arguments.structure, leaves))
        del self.compilations[:-_KEPT]

    def __str__(self) -> str:
        """A line for each compilation; empty where there was no second one."""
        if len(self.compilations) < 2:
            return ""
        lines = [f"{self.name}() was compiled for"]
        lines += [f"  {one.arguments}: {one.reason}" for one in self.compilations]
        return "\n".join(lines)


def _described(arguments: Arguments) -> tuple[Any, ...]:
    """What of each leaf counts: dtype and shape, the type of a number, a static value's text."""
    return tuple(map(_describe, arguments.leaves))


def _describe(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype, leaf.shape
    return type(leaf).__name__ if is_traced(leaf) else _static_text(leaf)


def _static_text(leaf: Any) -> str:
    text = repr(static_value(leaf))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def _differences(paths: list[str], before: tuple[Any, ...], now: tuple[Any, ...]) -> list[str]:
    found: list[str] = []
    for path, was, one in zip(paths, before, now):
        if was == one:
            continue
        if not isinstance(was, tuple) or not isinstance(one, tuple):
            found.append(f"{path} is {_text(one)}, was {_text(was)}")
            continue
        (old_dtype, old_shape), (dtype, shape) = was, one
        if old_dtype != dtype:
            found.append(f"{path} is {dtype}, was {old_dtype}")
        if len(old_shape) != len(shape):
            found.append(f"{path} has {len(shape)} dimensions, had {len(old_shape)}")
            continue
        found += [
            f"{path}.shape[{axis}] is {size}, was {old}"
            for axis, (size, old) in enumerate(zip(shape, old_shape))
            if size != old
        ]
    return found


def _in_words(arguments: Arguments, axes: Axes) -> str:
    """The arguments with their types, `?` for a dynamic size: `x float64[?, 8], n 3`."""
    words, count = [], 0
    for path, leaf in zip(leaf_paths(arguments.structure), arguments.leaves):
        described = _describe(leaf)
        if isinstance(described, tuple):
            dtype, shape = described
            sizes = ["?" if (count, axis) in axes else str(size) for axis, size in enumerate(shape)]
            words.append(f"{path} {dtype}[{', '.join(sizes)}]")
        else:
            words.append(f"{path} {described}")
        count += is_traced(leaf)
    return ", ".join(words) or "no arguments"


def _text(described: Any) -> str:
    if isinstance(described, tuple):
        dtype, shape = described
        return f"{dtype}[{', '.join(map(str, shape))}]"
    return str(described)
