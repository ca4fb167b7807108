"""The folders are the registry of kernel templates, and an installed package brings its own."""

import json
from pathlib import Path

import pytest
from installed_package import run_with_package

from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.kernels.registry import parse_problem, template_named, templates

ROOT = Path(__file__).parents[3]

PROGRAM = """
import json
import numpy as np
import tessel
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.tuning.candidates import build_candidate, parse_tunable
from tessel.compiler.worker import back_end

weight = np.linspace(0.5, 2, 96, dtype=np.float32)

@tessel.compile
def norm(x, residual):
    added = x + residual
    return added / np.sqrt((added * added).mean(-1, keepdims=True) + np.float32(1e-6)) * weight

x, residual = np.random.default_rng(0).standard_normal((2, 37, 96)).astype(np.float32)
problem = parse_tunable("residual_rms_norm count=37 length=96")
timed = build_candidate(problem, {"rows": 4, "lanes": 8}, resolve_target("host"), back_end())
print(json.dumps({
    "explained": norm.explain(x, residual),
    "error": float(np.abs(norm(x, residual) - norm.function(x, residual)).max()),
    "three dimensions": norm.explain(x[None], residual[None]),
    "candidate": [list(shape) for _, shape in timed.arguments],
}))
"""


def test_each_folder_is_a_template_or_several() -> None:
    """No list of them stands anywhere else."""
    folders = {path.parent.name for path in (ROOT / "compiler/kernels").glob("*/template.py")}
    modules = {type(one).__module__.split(".")[-2] for one in templates().values()}
    assert folders
    assert folders <= modules
    for name, template in templates().items():
        assert template_named(name) is template
        assert template.problem.template == name


def test_unknown_names() -> None:
    with pytest.raises(ArgumentError, match="there is no kernel 'fft'; choose of .*gemm"):
        parse_problem("fft rows=1")
    with pytest.raises(ArgumentError, match="there is no kernel ''"):
        parse_problem("")


def test_a_package_brings_a_template(tmp_path: Path) -> None:
    """Selected, explained, tuned and listed, with no other file changed."""
    found = json.loads(run_with_package("kernel_package", tmp_path, "-c", PROGRAM))
    assert "residual_rms_norm" in found["explained"]
    assert "IREE" not in found["explained"]
    assert found["error"] < 2e-6
    assert "residual_rms_norm" not in found["three dimensions"]
    assert found["candidate"] == [[37, 96], [37, 96], [96]]
    listed = run_with_package("kernel_package", tmp_path, "-m", "tessel.tools.tessel_cli", "info")
    assert "residual_rms_norm" in listed
