"""Fusions that a person has edited: what no kernel computes is refused in one sentence."""

import contextlib
import re
from typing import Any

import numpy as np
import pytest

import tessel
from tessel.compiler.compile_ir import parse_module
from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.fusion_checks import check_fusions

CHAIN = """func.func @main(%x: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = scf.execute_region -> tensor<4x16xf32> no_inline {
    %1 = "tessel.exp"(%x) : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %2 = "tessel.add"(%1, %x) : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    scf.yield %2 : tensor<4x16xf32>
  } {tessel.fusion = "elementwise"}
  return %0 : tensor<4x16xf32>
}"""

EDITS = {
    "no text": ('"elementwise"', "3 : i64", "'tessel.fusion' is no text"),
    "a kind that is not there": ("elementwise", "other", "there are no fusions of kind 'other'"),
    "a kind of other ops": ("elementwise", "reduction", "'reduction' does not hold such ops"),
    "a product of none": ("elementwise", "matmul", "'matmul' does not hold such ops"),
    "attention of none": ("elementwise", "attention", "'attention' does not hold such ops"),
    "a transposition of none": ("elementwise", "transpose", "'transpose' does not hold such ops"),
    "indices of none": ("elementwise", "gather", "'gather' does not hold such ops"),
    "pieces of none": ("elementwise", "concatenation", "'concatenation' does not hold such ops"),
    "dynamic sizes": ("4x16", "?x16", "'elementwise' does not hold such ops"),
    "what is made outside": ("yield %2", "yield %x", "'elementwise' does not hold such ops"),
    "a kernel of another kind": (
        '"elementwise"}',
        '"elementwise", tessel.kernel = {template = "rows"}}',
        "fusions of kind 'elementwise' have no kernel 'rows'",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edited_fusions_are_refused(name: str) -> None:
    old, new, sentence = EDITS[name]
    module = parse_module(CHAIN.replace(old, new))
    with module.context, pytest.raises(PassError, match=sentence) as caught:
        check_fusions(module.operation)
    assert "\n" not in str(caught.value)


def _attention(x, y, z):
    return tessel.nn.scaled_dot_product_attention(x, y, z)


def _rows(x):
    return np.exp(x - x.max(1, keepdims=True)) / x.sum(1, keepdims=True), np.argmax(x, 1)


def _products(x, y):
    return np.maximum(x @ y, 0), np.concatenate([x, np.exp(x)], 1), (x + x.sum(1)[:, None]).T


def _images(x, w):
    y = tessel.nn.relu(tessel.nn.conv(x, w, padding=1))
    return tessel.nn.max_pool(y, 2), tessel.nn.conv(y, w[:, :1], groups=w.shape[0], padding=1)


WEIGHTS = np.ones((32, 32, 3, 3), np.float32)


def _trained(x):
    return _images(x, WEIGHTS)


def _planes(x):
    return tessel.nn.relu(tessel.nn.conv(x, WEIGHTS[:, :1], groups=32, padding=1))


PROGRAMS = {
    "attention": (_attention, [(1, 2, 4, 16)] * 3),
    "rows": (_rows, [(64, 128)]),
    "products": (_products, [(64, 128), (128, 128)]),
    "images": (_trained, [(1, 32, 16, 16)]),
    "planes": (_planes, [(1, 32, 14, 14)]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_passes_make_is_held(name: str) -> None:
    """And with any of its sizes unknown it is refused, or a fusion that has no need of it."""
    function, shapes = PROGRAMS[name]
    arrays = [np.ones(shape, np.float32) for shape in shapes]
    compiled: Any = tessel.compile(function)
    text = compiled.ir("fused", *arrays)
    module = parse_module(text)
    with module.context:
        check_fusions(module.operation)
    for size in sorted(set(re.findall(r"(?<=[<x])\d+(?=x)", text))):
        _check_or_refuse(re.sub(rf"(?<=[<x]){size}(?=x)", "?", text))


def _check_or_refuse(text: str) -> None:
    try:
        module = parse_module(text)
    except tessel.TesselError:
        return
    with module.context, contextlib.suppress(PassError):
        check_fusions(module.operation)


@pytest.mark.parametrize(
    ("name", "number"),
    [("block_keys", 1 << 31), ("accumulators", 1 << 20), ("splits", 1 << 20), ("lanes", 3)],
)
def test_configurations_that_would_never_end(name: str, number: int) -> None:
    """Kernels write out some of what they are configured with: huge numbers take hours to write."""
    arrays = [np.ones((1, 2, 4, 16), np.float32)] * 3
    text = tessel.compile(_attention).ir("fused", *arrays)
    edited, count = re.subn(rf"\b{name} = \d+ : i64", f"{name} = {number} : i64", text)
    assert count == 1
    with pytest.raises(tessel.TesselError, match="'tessel.kernel' of a fusion has"):
        tessel.compile_ir(edited, stage="fused")


@pytest.mark.parametrize(
    ("template", "program", "old", "new"),
    [
        ("concatenation", "products", "rows=64", "rows=32"),
        ("transpose", "products", "columns=128", "columns=64"),
        ("pool", "images", "window=2x2", "window=3x3"),
        ("depthwise_nchw", "planes", "window=3x3", "window=2x2"),
    ],
)
def test_a_problem_that_its_ops_do_not_have(
    template: str, program: str, old: str, new: str
) -> None:
    """What a kernel is written from is said once: by the ops."""
    edited = _edit_problem(program, template, old, new)
    with pytest.raises(tessel.TesselError, match="'tessel.problem' of a fusion is not that of its"):
        tessel.compile_ir(edited, stage="fused")


@pytest.mark.parametrize("new", ["", " version=1"])
def test_a_problem_of_another_version(new: str) -> None:
    """It is refused for kernels that do not read their problem, too."""
    edited = _edit_problem("products", "gemm", " version=4", new)
    with pytest.raises(tessel.TesselError, match="is not of version 4; remove it and 'tessel.ker"):
        tessel.compile_ir(edited, stage="fused")


def _edit_problem(program: str, template: str, old: str, new: str) -> str:
    """A program at stage `fused`, where the problem of a kernel says `new` instead of `old`."""
    function, shapes = PROGRAMS[program]
    compiled: Any = tessel.compile(function)
    text = compiled.ir("fused", *[np.ones(shape, np.float32) for shape in shapes])
    (problem,) = re.findall(rf'"{template} [^"]*"', text)
    assert old in problem
    return text.replace(problem, problem.replace(old, new))


def test_pairs_that_are_not_complex() -> None:
    """Upstream's parser reads them as twice as many numbers, beyond the array."""
    text = """func.func @main() -> tensor<f32> {
      %0 = "tessel.constant"() {dtype = f32, value = dense<(1.0, 2.0)> : tensor<f32>}
          : () -> tensor<f32>
      return %0 : tensor<f32> }"""
    with pytest.raises(tessel.TesselError, match="pairs of numbers are elements of complex"):
        tessel.compile_ir(text)
