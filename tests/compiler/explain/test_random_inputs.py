"""Arguments of kernels that run alone: random, aligned, and parameters in turns."""

import numpy as np
import pytest

from tessel import dialects
from tessel.compiler.explain.random_inputs import random_arguments
from tessel.dialects.mlir import ir
from tessel.runtime.arrays import ALIGNMENT, address_of

MIB = 1 << 20


@pytest.fixture
def values():
    """x: 48 numbers; w: 1 MiB of float32; small: 4 numbers; n: the size of something."""
    text = """func.func @main(%x: tensor<48xf32>, %w: tensor<512x512xf32>, %small: tensor<4xf32>,
        %n: tensor<i64>, %flags: tensor<7xi1>, %half: tensor<3xbf16>, %more: tensor<?xf32>) {
      return
    }"""
    with dialects.new_context():
        module = ir.Module.parse(text)
        arguments = list(module.body.operations[0].regions[0].blocks[0].arguments)
        yield dict(zip("x w small n flags half more".split(), arguments))


def arrays(values, names: str, parameters: str, total: int, run=None):
    inputs, known = [values[name] for name in names.split()], {values[n] for n in parameters}
    return random_arguments([inputs], run or {}, known.__contains__, total)[0]


def test_numbers_have_the_types_that_a_kernel_takes(values):
    ((x, flags, half),) = arrays(values, "x flags half", "", 0)
    assert (x.dtype, x.shape) == (np.float32, (48,))
    assert flags.dtype == bool
    assert half.dtype.name == "bfloat16"
    assert 0.5 <= x.min() < x.max() <= 1.5
    assert all(address_of(one) % ALIGNMENT == 0 for one in (x, flags, half))


def test_parameters_go_by_until_all_of_the_program_have(values):
    turns = arrays(values, "x w", "w", 8 * MIB)
    assert len(turns) == 8
    assert len({address_of(w) for _, w in turns}) == 8
    assert len({address_of(x) for x, _ in turns}) == 1
    assert len(arrays(values, "x w", "w", MIB)) == 1
    assert len(arrays(values, "x w", "w", 1 << 40)) == 64


def test_what_is_small_or_no_parameter_stays_where_it_is(values):
    assert len(arrays(values, "x small", ["small"], 8 * MIB)) == 1
    assert len(arrays(values, "x w", "", 8 * MIB)) == 1


def test_a_run_says_sizes_and_integers(values):
    run = {values["n"]: np.array(5), values["more"]: np.ones(9, np.float32)}
    ((more, n),) = arrays(values, "more n", "", 0, run)
    assert more.shape == (9,)
    assert n == 5
