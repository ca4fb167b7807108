"""Kernels as functions of their own compute what they compute in the program."""

import numpy as np

import tessel
from tessel import dialects, nn
from tessel.compiler.constant_evaluation import evaluate_constants
from tessel.compiler.driver import run_until
from tessel.compiler.explain.isolated_kernels import build_isolated
from tessel.compiler.explain.kernels import fused_kernels_of
from tessel.compiler.targets.registry import resolve_target
from tessel.dialects.interpreter import interpret_all
from tessel.runtime.executable import Executable

RNG = np.random.default_rng(0)
WEIGHT = RNG.standard_normal((64, 64)).astype(np.float32)
TARGET = resolve_target("x86-64-v3", threads=2)


def program(x, indices):
    y = nn.relu(nn.relu(x @ WEIGHT + 1.0) @ WEIGHT + 1.0)
    for _ in range(1000):
        y = y * 0.5
    return nn.softmax(y), np.cumsum(x, axis=0), np.transpose(x)[indices], x > 0


def test_kernels_compute_what_they_compute_in_the_program():
    x, indices = RNG.standard_normal((67, 64)).astype(np.float32), np.array([1, 63, -1])
    traced = tessel.compile(program, target="x86-64-v3").trace(x, indices).function.program
    module = traced.module
    with dialects.new_context():
        run_until(module, "fused", TARGET)
        prepared = evaluate_constants(module, traced.parameters)
        kernels = fused_kernels_of(module)
        values = interpret_all(module, [x, indices], prepared)
        isolated, nothing = build_isolated(module, kernels, TARGET, "local-sync")
    checked = []
    for kernel, one in zip(kernels, isolated, strict=True):
        if one is None:
            continue
        arguments = [values[value] for value in one.inputs]
        for got, value in zip(Executable(one.binary, {})(arguments), kernel.operation.results):
            np.testing.assert_allclose(got, values[value], rtol=2e-5, atol=1e-5)
        checked.append(one)
    assert len(kernels) == len(checked) + 1  # the loop's
    names = [one.binary.function for one in checked]
    assert len(set(names)) < len(names)
    assert any(one.workgroups for one in checked)
    assert any(one.workgroups is None for one in checked)
    np.testing.assert_array_equal(Executable(nothing, {})([np.ones(1, np.float32)]), [[2]])
