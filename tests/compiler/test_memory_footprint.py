"""`memory` says what a program will hold: parameters, arguments, results and transients."""

import numpy as np
import pytest
from iree import runtime as iree
from kernel_levels import needs_bfloat16_dot

import tessel
from tessel import nn
from tessel.compiler.memory_footprint import peak_of_plan
from tessel.dialects.types import bfloat16
from tessel.runtime.devices import device

WEIGHT = np.ones((256, 512), np.float32)
BACK = np.ones((512, 64), np.float32)


def perceptron(x):
    return np.maximum(x @ WEIGHT, 0.0) @ BACK


def test_each_part_is_counted():
    """Weights once; the layer between is all that a call holds."""
    memory = tessel.compile(perceptron).memory(np.ones((64, 256), np.float32))
    assert memory.parameters == WEIGHT.nbytes + BACK.nbytes
    assert memory.arguments == 64 * 256 * 4
    assert memory.results == 64 * 64 * 4
    assert memory.transients == 64 * 512 * 4


def test_one_kernel_needs_nothing():
    memory = tessel.compile(lambda x: np.exp(x) + x).memory(np.ones((64, 64), np.float32))
    assert memory.transients == 0
    assert memory.parameters == 0


def test_dynamic_sizes():
    compiled = tessel.compile(perceptron, dynamic=True)
    memory = compiled.memory(np.ones((64, 256), np.float32))
    assert memory.arguments is None
    assert memory.results is None
    assert memory.transients is None


def test_it_is_what_a_call_takes():
    """IREE's own count of a program that runs, kernel after kernel."""

    def steps(x):
        total = x
        for _ in range(3):
            total = np.cumsum(total[::-1] @ x, axis=0)
        return total

    x = np.full((96, 96), 0.01, np.float32)
    compiled = tessel.compile(steps)
    planned = compiled.memory(x).transients
    assert planned is not None
    assert planned > 0
    compiled(x)
    ((entry,),) = compiled._entries.values()
    allocator = device(entry.executable.binary.driver)._allocator
    before = allocator.statistics
    compiled(x)
    after = allocator.statistics
    assert isinstance(allocator, iree.HalAllocator)
    allocated = [after[key] - before[key] for key in after if key.endswith("bytes_allocated")]
    assert sum(allocated) in (0, planned)


@pytest.mark.parametrize(
    "dtype",
    [
        np.float32,
        pytest.param(bfloat16, marks=needs_bfloat16_dot),
    ],
)
@pytest.mark.parametrize("mask", ["none", "causal", "padding", "causal and padding"])
def test_attention_holds_no_scores(dtype: type, mask: str):
    """32768 tokens need their arrays alone: 8 MiB each of float32, where scores would be 4 GiB.

    Nothing of this size is allocated here, and nothing runs.
    """
    length, depth = 32768, 64
    array = np.broadcast_to(np.zeros(1, dtype), (1, 1, length, depth))
    padding = [np.broadcast_to(np.True_, (1, 1, 1, length))] if "padding" in mask else []

    def attend(*arrays):
        return nn.scaled_dot_product_attention(*arrays, causal="causal" in mask)

    memory = tessel.compile(attend).memory(array, array, array, *padding)
    assert memory.arguments is not None
    assert memory.results is not None
    assert memory.transients is not None
    assert memory.results == array.nbytes
    total = memory.arguments + memory.results + memory.transients + memory.parameters
    assert total <= 1.2 * 4 * array.nbytes


def test_what_is_freed_is_free_again():
    plan = """
  util.func public @main() {
    %c8 = arith.constant 8 : index
    %c4 = arith.constant 4 : index
    %a = stream.resource.alloca uninitialized : !stream.resource<transient>{%c8} => !t
    %b = stream.resource.dealloca => %a : !stream.resource<transient>{%c8} => !t
    %c = stream.resource.alloca uninitialized : !stream.resource<transient>{%c4} => !t
    util.return
  }
"""
    assert peak_of_plan(plan) == 8
    assert peak_of_plan(plan.replace("%c8 = arith.constant 8", "%d = arith.constant 8")) is None
