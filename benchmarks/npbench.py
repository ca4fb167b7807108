"""Compiles the unmodified NumPy kernels of a clone of NPBench, and compares with NumPy.

    python -m benchmarks.npbench ~/npbench
    python -m benchmarks.npbench ~/npbench --kernels lu seidel_2d --preset M --seconds 120

A kernel counts when its results and the arrays that it changes are NPBench's own notion of equal
(relative 1e-5, its `validate`). One kernel branches on an argument, which is declared static. Each
runs in a process of its own, with a limit of time that covers
NumPy, the compilation and two runs. Source: https://github.com/spcl/npbench
"""

import argparse
import copy
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

STATIC_ARGUMENTS = {"contour_integral": ("int_pts",)}
"""Arguments whose values a kernel branches on; they become part of the program."""


def main() -> None:
    """Runs all kernels, and prints a line each and how many are right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clone", type=Path, help="folder of the clone")
    parser.add_argument("--kernels", nargs="*", help="names; all by default")
    parser.add_argument("--preset", default="S", help="size: S (default), M, L or paper")
    parser.add_argument("--seconds", type=float, default=60, help="limit for one kernel")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.kernels or sorted(
        file.stem for file in (options.clone / "bench_info").glob("*.json")
    )
    if options.in_process:
        print(measure(options.clone, names[0], options.preset))
        return
    results = [_in_process(options, name) for name in names]
    right = sum(one.startswith("right") for one in results)
    print(f"{right} of {len(names)} kernels are right")


def measure(clone: Path, name: str, preset: str) -> str:
    """Compiles one kernel; what came of it, in one line."""
    import tessel

    info = json.loads((clone / "bench_info" / f"{name}.json").read_text())["benchmark"]
    function, data = _load(clone, info, preset)
    names = info["input_args"]
    expected_arguments = [copy.deepcopy(data[one]) for one in names]
    (expected, numpy_seconds) = _timed(function, expected_arguments)
    static = STATIC_ARGUMENTS.get(name, ())
    compiled = tessel.compile(function, static_argnames=static)
    arguments = [copy.deepcopy(data[one]) for one in names]
    result, first_seconds = _timed(compiled, arguments)
    pairs = list(zip(_as_list(expected), _as_list(result), strict=True))
    changed = [names.index(one) for one in info["output_args"]]
    pairs += [(expected_arguments[at], arguments[at]) for at in changed]
    wrong = [_difference(want, got) for want, got in pairs if not _is_equal(want, got)]
    if wrong:
        return f"wrong    by {max(wrong):.1e}"
    _, seconds = _timed(compiled, [copy.deepcopy(data[one]) for one in names])
    speed = numpy_seconds / seconds
    return f"right    first call {first_seconds:6.2f} s, then {speed:8.2f} times NumPy's speed"


def _in_process(options: argparse.Namespace, name: str) -> str:
    command = [sys.executable, "-m", "benchmarks.npbench", str(options.clone), "--in-process"]
    command += ["--preset", options.preset, "--kernels", name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=options.seconds, check=False
        )
        lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
        line = lines[-1] if lines else f"crashed  with {done.returncode}"
    except subprocess.TimeoutExpired:
        line = f"too slow more than {options.seconds:.0f} s"
    print(f"{name:26} {line[:240]}", flush=True)
    return line


def _load(
    clone: Path, info: dict[str, Any], preset: str
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The kernel and its arguments by name."""
    folder = clone / "npbench" / "benchmarks" / info["relative_path"]
    data = dict(info["parameters"][preset])
    init = info.get("init")
    if init:
        initialize = getattr(_module(folder, info["module_name"]), init["func_name"])
        made = initialize(*[data[one] for one in init["input_args"]])
        outputs = init["output_args"]
        data |= zip(outputs, made if isinstance(made, tuple) and len(outputs) > 1 else (made,))
    kernel = getattr(_module(folder, info["module_name"] + "_numpy"), info["func_name"])
    return kernel, data


def _module(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    sys.path.insert(0, str(folder))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _timed(function: Callable[..., Any], arguments: list[Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def _as_list(result: Any) -> list[Any]:
    if result is None:
        return []
    return list(result) if isinstance(result, tuple | list) else [result]


def _is_equal(want: Any, got: Any) -> bool:
    close = np.allclose(want, got, rtol=1e-5, atol=1e-8, equal_nan=True)
    return np.shape(want) == np.shape(got) and (close or _difference(want, got) < 1e-5)


def _difference(want: Any, got: Any) -> float:
    """Norm of the difference, relative to the norm of what NumPy gives."""
    norm = np.linalg.norm(np.ravel(want))
    difference = np.linalg.norm(np.ravel(want) - np.ravel(got))
    return float(difference / norm) if norm else float(difference)


if __name__ == "__main__":
    main()
