"""What is made of one text: by `tessel-opt`, by the compiler, and by the program that comes out.

Each function returns an outcome, by name, and what was said. They run in processes that may die.
"""

import contextlib
import io
import sys
from typing import Any

import numpy as np

from tessel.compiler.compile_ir import build_text, load_text, parse_module
from tessel.compiler.diagnostics import TesselError
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.interpreter import interpret
from tessel.dialects.types import ArrayType
from tessel.tools import tessel_opt

_LARGEST = 1 << 22
"""Elements of arguments up to which a program is run."""


def run_tool(text: str) -> tuple[str, str]:
    """What `tessel-opt --tessel-to-linalg` makes of a text: an outcome and what it says."""
    output, errors = io.StringIO(), io.StringIO()
    stdin, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = tessel_opt.main(["--tessel-to-linalg"])
    except Exception as error:
        return "internal error", f"{type(error).__name__}: {str(error)[:300]}"
    finally:
        sys.stdin = stdin
    if code == 0:
        return "accepted", ""
    said = errors.getvalue()
    if "cannot rewrite this module" in said:
        return "failed pass", said[:300]
    return ("clean error" if said.strip() and "Traceback" not in said else "internal error"), said[
        :300
    ]


def compile_text(text: str, stage: str) -> tuple[str, Any]:
    """Machine code, or what is said instead."""
    try:
        return "accepted", build_text(text, resolve_target("host", threads=1), stage)
    except TesselError as error:
        failed = "cannot rewrite this module" in str(error)
        return "failed pass" if failed else "clean error", str(error)[:300]
    except Exception as error:
        return "internal error", f"{type(error).__name__}: {str(error)[:300]}"


def run_and_compare(text: str, stage: str, code: bytes) -> tuple[str, str]:
    """Whether machine code gives what the interpreter gives for the text."""
    module = parse_module(text)
    with module.context:
        (entry,) = [one for one in module.body.operations if _is_main(one)]
        types = [ArrayType.of(one) for one in entry.type.inputs]
    if any(_too_large(one) for one in types):
        return "too large to run", ""
    rng = np.random.default_rng(0)
    arguments = [_random(one, rng) for one in types]
    try:
        expected = interpret(module, [one.copy() for one in arguments])
        refusal = ""
    except LookupError as error:
        if "knows no" in str(error):
            return "not of the dialect", str(error)
        expected, refusal = [], f"{type(error).__name__}: {str(error)[:200]}"
    except Exception as error:
        expected, refusal = [], f"{type(error).__name__}: {str(error)[:200]}"
    target = resolve_target("host", threads=1)
    try:
        given = load_text(text, code, target, stage)(*arguments)
    except (TesselError, LookupError, ValueError, ArithmeticError, MemoryError) as error:
        outcome = "both refuse" if refusal else "only the program refuses"
        return outcome, f"{refusal} | {type(error).__name__}: {str(error)[:200]}"
    if refusal:
        return "reference refuses", refusal
    results = [np.asarray(one) for one in (given if isinstance(given, tuple) else (given,))]
    for position, (have, want) in enumerate(zip(results, expected, strict=True)):
        if have.dtype != want.dtype or have.shape != want.shape:
            return "wrong type", f"{position}: {have.dtype}{have.shape}, {want.dtype}{want.shape}"
        if not _close(have, want):
            return "differs", f"{position}: {have.ravel()[:6]}, {want.ravel()[:6]}"
    return "same values", ""


def _is_main(view: Any) -> bool:
    return view.operation.name == "func.func" and view.name.value == "main"


def _too_large(one: ArrayType) -> bool:
    size = 1
    for dimension in one.shape:
        size *= 3 if dimension is None else dimension
    return size > _LARGEST


def _random(one: ArrayType, rng: np.random.Generator) -> np.ndarray:
    shape = [3 if size is None else size for size in one.shape]
    if one.dtype.kind in "iub":
        return rng.integers(0, 2 if one.dtype.kind == "b" else 5, shape).astype(one.dtype)
    numbers = rng.uniform(-2, 2, shape)
    return (numbers + 1j * rng.uniform(-2, 2, shape) if one.dtype.kind == "c" else numbers).astype(
        one.dtype
    )


def _close(have: np.ndarray, want: np.ndarray) -> bool:
    if want.dtype.kind in "iub":
        return bool(np.array_equal(have, want))
    wide = np.complex128 if want.dtype.kind == "c" else np.float64
    mine, its = have.astype(wide), want.astype(wide)
    tolerance = {2: 5e-2, 4: 1e-3, 8: 1e-3}.get(want.dtype.itemsize, 1e-8)
    finite = np.abs(its[np.isfinite(its)])
    scale = float(finite.max()) if finite.size else 0.0
    return np.allclose(mine, its, tolerance, tolerance * scale, equal_nan=True)
