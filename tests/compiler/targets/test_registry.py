"""The folders are the registry of targets, and an installed package brings its own."""

import json
from pathlib import Path

import pytest
from installed_package import run_with_package

from tessel.compiler.diagnostics import TargetError
from tessel.compiler.pipelines import CPU, CPU_WITHOUT_KERNELS
from tessel.compiler.targets.registry import resolve_target, target_names

PROGRAM = """
import json
import numpy as np
import tessel

def layer(x, y):
    return np.maximum(np.exp(x) + y, 1) @ y

x, y = np.random.default_rng(0).standard_normal((2, 16, 16)).astype(np.float32)
fused, unfused = tessel.compile(layer), tessel.compile(layer, target="unfused-cpu")
traced = unfused.trace(x, y)
print(json.dumps({
    "stages": list(traced.target.pipeline.names),
    "unfused": traced.explain(),
    "fused": fused.explain(x, y),
    "kernels": traced.lower().as_text().count("linalg.generic"),
    "error": float(np.abs(unfused(x, y) - layer(x, y)).max()),
    "memory": traced.memory().arguments,
}))
"""


def test_names() -> None:
    assert target_names()[0] == "host"
    assert "x86-64-v3" in target_names()
    with pytest.raises(TargetError, match="unknown target 'x86-64-v9'; the targets are host, "):
        resolve_target("x86-64-v9")


def test_a_processor_has_the_pipeline_that_fits_it() -> None:
    """Kernels where they are written for it, and none elsewhere."""
    assert resolve_target("znver4", here=False).pipeline is CPU
    assert resolve_target("x86-64-v2", here=False).pipeline is CPU_WITHOUT_KERNELS


def test_a_package_brings_a_target(tmp_path: Path) -> None:
    """Chosen by name, with a pipeline of its own; no other file changed."""
    found = json.loads(run_with_package("target_package", tmp_path, "-c", PROGRAM))
    assert found["stages"] == ["trace", "dialect", "linalg"]
    assert "fused: " in found["fused"]
    assert "fused: " not in found["unfused"]
    assert "4 kernels" in found["unfused"]
    assert found["error"] < 1e-4
    assert found["memory"] == 2048
    listed = run_with_package("target_package", tmp_path, "-m", "tessel.tools.tessel_cli", "info")
    assert "unfused-cpu" in listed
