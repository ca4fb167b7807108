"""Which shapes an array may have beside a contraction's result."""

import numpy as np
import pytest

from tessel.compiler.analysis.epilogue import operand_kind
from tessel.dialects.types import ArrayType


@pytest.mark.parametrize(
    ("shape", "result", "kind"),
    [
        ((), (4, 8), "scalar"),
        ((1, 1), (4, 8), "scalar"),
        ((8,), (4, 8), "row"),
        ((1, 8), (4, 8), "row"),
        ((8,), (1, 8), "row"),
        ((4, 1), (4, 8), "column"),
        ((4, 8), (4, 8), "matrix"),
        ((2, 4, 8), (2, 4, 8), "matrix"),
        ((4, 8), (2, 4, 8), None),
        ((2, 1, 8), (2, 4, 8), None),
        ((4, 1), (2, 4, 8), None),
        ((2, 4, 8), (4, 8), None),
        ((None, 8), (None, 8), "matrix"),
        ((None, 1), (None, 8), "column"),
    ],
)
def test_operand_kind(shape, result, kind):
    assert operand_kind(ArrayType(np.dtype(np.float32), shape), result) == kind
