"""Seconds to the first result in a fresh process: without compiled code on disk, and with it.

    .venv/bin/python -m benchmarks.compile_time [minilm resnet50 ...] [--rounds N] [--json FILE]

Each figure is of processes of their own, frameworks by turns, medians. What counts begins when the
model, its weights and its inputs are there and its framework is imported, and ends with the result:
Tessel's first call, that of `torch.compile`, the making of ONNX Runtime's session and its first
run, the first call of `jax.jit`. Processor seconds are of all threads and of processes that help.
"second" is the first call with other sizes in the same process.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import tessel
from benchmarks.case import Case, normal
from benchmarks.cases.models import MODELS
from benchmarks.peers import THREADS, onnx_model, torch_tensor

FirstCall = Callable[[list[np.ndarray]], Any]
"""Computes a case for such inputs."""

_ROOT = Path(__file__).parents[1]

_KINDS = ("cold", "second", "warm")
"""Without code on disk, other sizes after that, and another process with the code on disk."""


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    options = _options(arguments)
    if options.child:
        print(json.dumps(_child(options.child, _CASES[options.cases[0]]())))
        return 0
    wanted = options.cases or list(_CASES)
    rows: dict[str, dict[str, dict[str, list[float]]]] = {}
    for name in wanted:
        rows[name] = _measured(name, options.peers, options.rounds)
        for peer, figures in rows[name].items():
            print(_line(name, peer, figures), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"date": time.strftime("%F"), "rows": rows}, indent=1))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help=f"some of: {', '.join(_CASES)} (default: all)")
    parser.add_argument("--peers", nargs="+", default=list(_PEERS), choices=list(_PEERS))
    parser.add_argument("--rounds", type=int, default=3, help="processes of each kind (default 3)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--child", choices=list(_PEERS), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _measured(name: str, peers: list[str], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Medians of (seconds, processor seconds) by peer and kind."""
    samples: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for peer in peers:
            with tempfile.TemporaryDirectory() as folder:
                for kinds in (_KINDS[:2], _KINDS[2:]):
                    figures = _run(peer, name, folder)
                    for kind, figure in zip(kinds, figures or []):
                        samples[peer][kind].append(figure)
    return {
        peer: {
            kind: [statistics.median(column) for column in zip(*figures)]
            for kind, figures in kinds.items()
        }
        for peer, kinds in samples.items()
    }


def _run(peer: str, name: str, folder: str) -> list[list[float]] | None:
    """The figures of one process, whose compiled code is in `folder`; None where it failed."""
    caches = {
        "TESSEL_CACHE_DIR": f"{folder}/tessel",
        "TORCHINDUCTOR_CACHE_DIR": f"{folder}/inductor",
        "JAX_COMPILATION_CACHE_DIR": f"{folder}/jax",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    command = [sys.executable, "-m", "benchmarks.compile_time", name, "--child", peer]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env={**os.environ, **caches},
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"{name:20} {peer:14} did not run: {reason[:100]}", flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def _child(peer: str, case: Case) -> list[list[float]]:
    """(seconds, processor seconds) of the first call, and of the first one with other sizes."""
    first_call = _PEERS[peer](case)
    return [_timed(partial(first_call, one)) for one in (case.inputs, _other_sizes(case))]


def _timed(call: Callable[[], Any]) -> list[float]:
    """Seconds and processor seconds."""
    used, start = _processor_seconds(), time.perf_counter()
    call()
    return [time.perf_counter() - start, _processor_seconds() - used]


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _tessel(case: Case) -> FirstCall:
    compiled = tessel.compile(case.tessel)
    return lambda inputs: compiled(*inputs)


def _torch_compile(case: Case) -> FirstCall:
    torch = importlib.import_module("torch")
    torch.set_num_threads(THREADS)
    compiled = torch.compile(case.module().eval())

    def call(inputs: list[np.ndarray]) -> None:
        with torch.inference_mode():
            compiled(*[torch_tensor(torch, one) for one in inputs])

    return call


def _onnx_runtime(case: Case) -> FirstCall:
    onnxruntime = importlib.import_module("onnxruntime")
    models = {
        tuple(one.shape for one in inputs): onnx_model(replace(case, inputs=inputs))
        for inputs in (case.inputs, _other_sizes(case))
    }

    def call(inputs: list[np.ndarray]) -> None:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = THREADS
        settings.log_severity_level = 3
        model = models[tuple(one.shape for one in inputs)]
        session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        names = [one.name for one in session.get_inputs()]
        session.run(None, dict(zip(names, inputs)))

    return call


def _jax(case: Case) -> FirstCall:
    if case.jax is None:
        raise NotImplementedError("not written for this case")
    package = importlib.import_module("jax")
    compiled = package.jit(case.jax)
    return lambda inputs: np.asarray(compiled(*inputs))


_PEERS: dict[str, Callable[[Case], FirstCall]] = {
    "tessel": _tessel,
    "torch.compile": _torch_compile,
    "onnxruntime": _onnx_runtime,
    "jax": _jax,
}


def _small() -> Case:
    """A row's softmax after a product, as a user's first function might be."""

    def function(x: Any) -> Any:
        y = np.exp(x - x.max(axis=-1, keepdims=True))
        return y / y.sum(axis=-1, keepdims=True)

    def in_jax(x: Any) -> Any:
        y = importlib.import_module("jax.numpy").exp(x - x.max(axis=-1, keepdims=True))
        return y / y.sum(axis=-1, keepdims=True)

    def module() -> Any:
        return importlib.import_module("torch").nn.Softmax(dim=-1)

    return Case("compile", "small", [normal(64, 100)], function, module, "read", jax=in_jax)


_CASES: dict[str, Callable[[], Case]] = {
    "small": _small,
    **{
        name: MODELS[name]
        for name in (
            *("minilm 128", "bert-base 128", "gpt2 prefill 256", "vit-b/16"),
            *("resnet50", "mobilenet_v2"),
        )
    },
}
"""A small function and models, by name."""


def _other_sizes(case: Case) -> list[np.ndarray]:
    """Inputs of another length, or of another batch where the length is fixed."""
    x = case.inputs[0]
    if x.ndim == 3 and "vit" not in case.name:
        return [normal(x.shape[0], x.shape[1] * 3 // 4, x.shape[2])]
    return [np.concatenate([x, x])]


def _line(name: str, peer: str, figures: dict[str, list[float]]) -> str:
    shown = "  ".join(
        f"{kind} {figures[kind][0]:7.2f} s ({figures[kind][1]:7.2f})"
        for kind in _KINDS
        if kind in figures
    )
    return f"{name:20} {peer:14} {shown}"


if __name__ == "__main__":
    sys.exit(main())
