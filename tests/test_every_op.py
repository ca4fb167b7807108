"""Every op, compiled, equals its NumPy reference on random shapes, dtypes and layouts."""

from pathlib import Path

import pytest
from differential import Case, check_cases
from hypothesis import given
from hypothesis import strategies as st
from op_strategies import ELSEWHERE, STRATEGIES
from sampling import BATCHED

from tessel.dialects.base import TesselOp
from tessel.dialects.context import all_ops


@pytest.mark.parametrize("op", STRATEGIES, ids=lambda op: op.short_name())
def test_equals_its_reference(op: type[TesselOp]) -> None:
    """Twenty calls a program."""

    @BATCHED
    @given(st.lists(STRATEGIES[op], min_size=20, max_size=20))
    def check(cases: list[Case]) -> None:
        check_cases(cases)

    check()


def test_every_op_is_drawn() -> None:
    """Here or, for families with many attributes, in a test of their own."""
    drawn = {op.short_name() for op in STRATEGIES} | set(" ".join(ELSEWHERE.values()).split())
    assert {op.short_name() for op in all_ops().values()} == drawn
    for file in ELSEWHERE:
        folders = [
            Path(__file__).parent / "compiler" / one for one in ("lowering", "decompositions")
        ]
        assert any((folder / file).exists() for folder in folders)
