"""Moves what is computed from parameters alone into a function that runs once, before the program.

    w = parameter "p0"; t = transpose(w); y = matmul(x, t)
      ->  func @constant_evaluation { w = parameter "p0"; t = transpose(w); return t }
          t = parameter "folded_0"; y = matmul(x, t)

The driver runs `@constant_evaluation` on the parameters with the dialect's references, and the
program takes its results as parameters. So weights are transposed, scaled, folded and packed once.
Keeps: results, bit for bit where NumPy's arithmetic is the kernels'.  Does not fire: on constants
of the IR alone, which other passes fold; on values that grow by being broadcast; where there is a
`@constant_evaluation` already. Test: lit_tests/passes/hoist_constant_expressions.mlir
"""

from collections.abc import Collection
from dataclasses import dataclass

from tessel.compiler.analysis.constants import constant_expressions, nbytes
from tessel.compiler.passes.base import Pass
from tessel.dialects.constant import Parameter
from tessel.dialects.instance import OpInstance, maker_of, owner_of
from tessel.dialects.mlir import func, ir
from tessel.dialects.packing import PackMatrix
from tessel.dialects.types import ArrayType
from tessel.dialects.uses import producers_of

CONSTANT_EVALUATION = "constant_evaluation"
"""The name of the function."""


@dataclass(frozen=True)
class HoistConstantExpressions(Pass):
    """One function for the whole module; its results are parameters `folded_0` and so on."""

    def run(self, module: ir.Operation) -> None:
        roots = [] if constant_evaluation_function(module) is not None else _roots(module)
        if not roots:
            return
        with ir.Location.unknown(module.context):
            _add_constant_evaluation(module, roots)
            for number, root in enumerate(roots):
                _replace(root, folded_key(number))
        erased: set[ir.Value] = set()
        for root in reversed(roots):
            _erase_unused(root, erased)


def folded_key(number: int) -> str:
    """The key of the parameter that holds result `number` of `@constant_evaluation`."""
    return f"folded_{number}"


def constant_evaluation_function(module: ir.Operation) -> ir.Operation | None:
    """The function `@constant_evaluation` of `module`, if it has one."""
    for view in module.regions[0].blocks[0].operations:
        if isinstance(view, func.FuncOp) and view.name.value == CONSTANT_EVALUATION:
            return view.operation
    return None


def _roots(module: ir.Operation) -> list[ir.Value]:
    """Constant expressions that something else uses, in program order."""
    known = constant_expressions(module)
    worth = dict.fromkeys(one for one, sources in known.items() if _is_worth(one, sources))
    return [value for value in worth if any(_is_unknown(use, worth) for use in value.uses)]


def _is_worth(value: ir.Value, parameters: Collection[ir.Value]) -> bool:
    """Whether a value comes from parameters, and is not much larger than they are."""
    op = maker_of(value)
    if op is None or op.cls is Parameter or len(op.operation.results) != 1:
        return False
    room = 2 * sum(map(nbytes, parameters))
    return bool(parameters) and (op.cls is PackMatrix or nbytes(value) <= room)


def _is_unknown(use: ir.OpOperand, worth: Collection[ir.Value]) -> bool:
    """Whether what uses a value is not computed before running."""
    return not any(result in worth for result in use.owner.operation.results)


def _add_constant_evaluation(module: ir.Operation, roots: list[ir.Value]) -> None:
    block = module.regions[0].blocks[0]
    with ir.InsertionPoint.at_block_begin(block):
        function = func.FuncOp(CONSTANT_EVALUATION, ([], [root.type for root in roots]))
    with ir.InsertionPoint(function.add_entry_block()) as point:
        copies: dict[ir.Value, ir.Value] = {}
        for root in roots:
            for op in producers_of(root):
                if op.result not in copies:
                    copies[op.result] = _copy(op, copies, point)
        func.ReturnOp([copies[root] for root in roots])


def _copy(op: OpInstance, copies: dict[ir.Value, ir.Value], point: ir.InsertionPoint) -> ir.Value:
    copy = op.operation.clone(point)
    for position, operand in enumerate(op.operation.operands):
        copy.operands[position] = copies[operand]
    return copy.results[0]


def _replace(root: ir.Value, key: str) -> None:
    owner, array = owner_of(root), ArrayType.of(root)
    assert owner is not None, "a root is the result of an op"
    with ir.InsertionPoint(owner), owner.location:
        folded = Parameter.build(key=key, dtype=array.dtype, shape=array.shape)
    root.replace_all_uses_with(folded)


def _erase_unused(value: ir.Value, erased: set[ir.Value]) -> None:
    """Erases the op that makes `value`, and those that only it used; notes their results.

    What is used twice, by an op and by one that it uses, is gone when its second turn comes.
    """
    if value in erased:
        return
    operation = owner_of(value)
    if operation is None or any(True for _ in value.uses):
        return
    operands = list(dict.fromkeys(operation.operands))
    erased.update(operation.results)
    operation.erase()
    for operand in operands:
        _erase_unused(operand, erased)
