"""Index arithmetic folds what is known, and writes MLIR for the rest."""

import pytest

from tessel import dialects
from tessel.compiler.emit.index import Index
from tessel.dialects.mlir import func, ir


def test_known_numbers_fold():
    seven = Index(7)
    assert (seven + 3).static == 10
    assert (3 + seven).static == 10
    assert (seven - 3).static == 4
    assert (3 - seven).static == -4
    assert (seven * 3).static == 21
    assert (seven // 3).static == 2
    assert (seven % 3).static == 1
    assert seven.ceildiv(3).static == 3
    assert seven.at_most(3).static == 3
    assert seven.at_least(9).static == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + 0", "x"),
        ("x * 1", "x"),
        ("x * 0", "0"),
        ("x // 1", "x"),
        ("x % 1", "0"),
        ("x - 0", "x"),
        ("x * 2 + 1", "arith.addi"),
        ("x // 2", "arith.divui"),
        ("x % 2", "arith.remui"),
        ("x.at_most(4)", "arith.minsi"),
        ("x.ceildiv(4)", "arith.divui"),
    ],
)
def test_unknown_numbers(text: str, expected: str):
    """Neutral numbers add no op; others add upstream's."""
    with dialects.new_context(), ir.Location.unknown():
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            function = func.FuncOp("f", ([ir.IndexType.get()], []))
        block = function.add_entry_block()
        with ir.InsertionPoint(block):
            x = Index(block.arguments[0])
            result = eval(text, {"x": x})
            func.ReturnOp([])
        if expected == "x":
            assert result is x
        elif expected == "0":
            assert result.static == 0
        else:
            assert expected in str(module)
