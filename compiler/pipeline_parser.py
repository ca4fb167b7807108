"""Pipelines as text: `builtin.module(tessel-canonicalize,cse,func.func(canonicalize))`.

Passes of ours run on the module; upstream's may nest as upstream allows. A word that names a
pipeline stands for its passes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tessel.compiler.diagnostics import PassError, TesselError
from tessel.compiler.passes.base import Pass, all_passes, make_pass, near_matches
from tessel.dialects.mlir import PassManager, ir

PREFIX = "tessel-"
"""How the names of our passes and pipelines begin."""

COMMON_UPSTREAM = (
    "canonicalize",
    "control-flow-sink",
    "convert-scf-to-cf",
    "cse",
    "inline",
    "linalg-fold-unit-extent-dims",
    "linalg-fuse-elementwise-ops",
    "linalg-generalize-named-ops",
    "loop-invariant-code-motion",
    "print-ir",
    "print-op-stats",
    "remove-dead-values",
    "sccp",
    "strip-debuginfo",
    "symbol-dce",
    "topological-sort",
)
"""Passes of upstream MLIR that are useful here, for listings and near matches; all others work."""

_CLOSING = {"(": ")", "{": "}", "[": "]", "<": ">"}


@dataclass(frozen=True)
class Element:
    """One entry of a pipeline: its name, and the text that it is written as."""

    name: str
    text: str

    @property
    def is_ours(self) -> bool:
        return self.name.startswith(PREFIX)

    def make(self) -> Pass:
        """The pass of ours that this names. Raises PassError for an unknown name or option."""
        return make_pass(self.name, dict(_options(self)))


def parse_pipeline(text: str, named: Mapping[str, Sequence[str]]) -> list[Element]:
    """The entries of a pipeline in order; those of `named` are replaced by their passes.

    Raises PassError for text that is no pipeline, and for our passes inside a nested one.
    """
    inner = text.strip()
    if match := re.fullmatch(r"builtin\.module\s*\((.*)\)", inner, re.DOTALL):
        inner = match[1]
    elements: list[Element] = []
    for part in _split(inner, ","):
        if part in named:
            elements += parse_pipeline(",".join(named[part]), named)
        else:
            elements.append(_element(part, text))
    return elements


def make_manager(
    elements: Sequence[Element],
    errors: list[Exception],
    wrap: Any = None,
    verify_each: bool = True,
) -> Any:
    """An upstream PassManager with these passes; needs a current context.

    With `verify_each` it verifies the module after each of them.

    Upstream cannot carry a Python exception through its manager, so that a pass of ours which
    raises signals failure and leaves its exception in `errors`. `wrap(name, run)` may replace the
    function that runs a pass of ours. Raises PassError for an unknown pass or option.
    """
    manager = PassManager("builtin.module")
    manager.enable_verifier(verify_each)
    for element in elements:
        if element.is_ours:
            run = element.make().run
            run = wrap(element.name, run) if wrap else run
            callback = _as_callback(element.name, run, errors)
            manager.add(callback, name=element.name, argument=element.name)
        else:
            _add_upstream(manager, element)
    return manager


def _element(part: str, whole: str) -> Element:
    match = re.match(r"[A-Za-z_][\w.\-]*", part)
    if match is None:
        raise PassError(f"'{part}' is no pass in the pipeline '{whole}'")
    name = match[0]
    if not name.startswith(PREFIX):
        nested = re.search(rf"(?<![\w.\-]){PREFIX}[\w\-]+", part)
        if nested and "(" in part[: nested.start()]:
            remedy = "write it directly in builtin.module(...)"
            raise PassError(f"pass '{nested[0]}' runs on the module", hint=remedy)
    return Element(name, part)


def _options(element: Element) -> Iterator[tuple[str, str]]:
    """The options in `name{key=value other=value}`."""
    rest = element.text[len(element.name) :].strip()
    if not rest:
        return
    if not (rest.startswith("{") and rest.endswith("}")):
        raise PassError(f"after '{element.name}' comes '{rest}'", hint="options go in {key=value}")
    for option in _split(rest[1:-1], " "):
        key, equals, value = option.partition("=")
        if not equals:
            raise PassError(f"option '{option}' of '{element.name}' has no value")
        yield key, value.strip("'\"")


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that are outside of brackets, without empty ones."""
    parts, start, open_brackets = [], 0, list[str]()
    for position, character in enumerate(text):
        if character in _CLOSING:
            open_brackets.append(_CLOSING[character])
        elif open_brackets and character == open_brackets[-1]:
            open_brackets.pop()
        elif character in ")}":
            raise PassError(f"'{character}' closes nothing in the pipeline '{text}'")
        elif character == separator and not open_brackets:
            parts.append(text[start:position])
            start = position + 1
    if open_brackets:
        raise PassError(f"'{open_brackets[-1]}' is missing in the pipeline '{text}'")
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def _add_upstream(manager: Any, element: Element) -> None:
    try:
        manager.add(element.text)
    except ValueError as error:
        raise _upstream_error(element, str(error)) from None


def _upstream_error(element: Element, message: str) -> PassError:
    """Upstream's several lines about a pipeline as one."""
    if match := re.search(r"'([^']*)' does not refer to a registered pass", message):
        choices = [*all_passes(), *COMMON_UPSTREAM]
        return PassError(f"unknown pass '{match[1]}'", hint=near_matches(match[1], choices))
    if match := re.search(r"no such option (\S+)", message):
        owner = re.search(r"failed to add `([^`]*)`", message)
        name = owner[1] if owner else element.name
        return PassError(f"pass '{name}' has no option '{match[1]}'")
    first = message.strip().splitlines()[0]
    return PassError(f"malformed pipeline '{element.text}': {first.rpartition('error: ')[2]}")


def _as_callback(
    name: str, run: Callable[[ir.Operation], None], errors: list[Exception]
) -> Callable[[Any, Any], None]:
    def callback(operation: Any, external: Any) -> None:
        try:
            run(operation.operation)
        except TesselError as error:
            errors.append(error)
            external.signal_pass_failure()
        except Exception as error:
            errors.append(_failure(name, error))
            external.signal_pass_failure()

    return callback


def _failure(name: str, error: Exception) -> PassError:
    """What a pass did not expect: IR that a person wrote, or a fault of the pass."""
    lines = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__
    failure = PassError(f"pass '{name}' cannot rewrite this module ({said})")
    failure.__cause__ = error
    return failure
