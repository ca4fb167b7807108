"""What a pass is, and how the folder is the list of passes.

A pass is a frozen dataclass in a file of its name: `FuseElementwise` in `fuse_elementwise.py` is
`tessel-fuse-elementwise` on the command line and in the logs, with `lit_tests/passes/
fuse_elementwise.mlir` as its tests. Fields of the dataclass are its options. A pass that rewrites
lists its rules:

    @rule(Transpose)
    def cancel_transposes(op: OpInstance) -> ir.Value | None:
        '''transpose(transpose(x, p), q)  ->  transpose(x, p[q])'''

A rule returns what replaces the op (a value, or a list of them), or None when it does not apply.
"""

import difflib
import importlib
import pkgutil
import re
from collections.abc import Collection, Sequence
from dataclasses import fields
from functools import cache
from types import ModuleType
from typing import Any, ClassVar

from tessel.compiler.diagnostics import PassError
from tessel.compiler.rewrites.base import Rule, Rules, apply_rules, rule
from tessel.dialects.mlir import ir

__all__ = ["Pass", "Rule", "all_passes", "apply_rules", "make_pass", "near_matches", "rule"]


class Pass:
    """Base of all passes; a subclass overrides `run`, or sets `rules`."""

    rules: ClassVar[Sequence[Rules]] = ()

    @classmethod
    def name(cls) -> str:
        """The pass's name on the command line: `tessel-` and its file's name with hyphens."""
        return "tessel-" + cls.__module__.rsplit(".", 1)[1].replace("_", "-")

    @classmethod
    def summary(cls) -> str:
        """The first line of the file's documentation."""
        text = importlib.import_module(cls.__module__).__doc__ or ""
        return text.strip().splitlines()[0]

    def run(self, module: ir.Operation) -> None:
        """Rewrites `module` in place."""
        apply_rules(module, [one for group in self.rules for one in group])


@cache
def all_passes() -> dict[str, type[Pass]]:
    """Every pass of the folder by its name; the folder is the registry."""
    package = importlib.import_module(__name__.rsplit(".", 1)[0])
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if info.name != "base"]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in sorted(names)]
    passes = [_pass_of(module) for module in modules]
    return {cls.name(): cls for cls in passes}


def make_pass(name: str, options: dict[str, str] | None = None) -> Pass:
    """The pass called `name` with options as on the command line.

    Raises PassError for a name or option that does not exist, with the ones that do.
    """
    cls = all_passes().get(name)
    if cls is None:
        raise PassError(f"unknown pass '{name}'", hint=near_matches(name, all_passes()))
    return cls(**_parse_options(cls, options or {}))


def near_matches(word: str, choices: Collection[str]) -> str:
    """What else `word` may have meant: `did you mean 'a' or 'b'?`, or all there is."""
    near = difflib.get_close_matches(word, choices, n=3)
    if near:
        return f"did you mean {' or '.join(repr(one) for one in near)}?"
    return f"choices: {', '.join(choices)}" if choices else "it has none"


def _parse_options(cls: type[Pass], options: dict[str, str]) -> dict[str, Any]:
    known = {field.name.replace("_", "-"): field for field in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, text in options.items():
        if key not in known:
            message = f"pass '{cls.name()}' has no option '{key}'"
            raise PassError(message, hint=near_matches(key, known))
        values[known[key].name] = _parse_value(cls, known[key], text)
    return values


def _parse_value(cls: type[Pass], field: Any, text: str) -> Any:
    if field.type is bool and text in ("true", "false", "1", "0"):
        return text in ("true", "1")
    if field.type is int and re.fullmatch(r"-?\d+", text):
        return int(text)
    if field.type is str:
        return text
    raise PassError(f"option '{field.name}' of '{cls.name()}' cannot be '{text}'")


def _pass_of(module: ModuleType) -> type[Pass]:
    name = "".join(word.capitalize() for word in module.__name__.rsplit(".", 1)[1].split("_"))
    return getattr(module, name)
