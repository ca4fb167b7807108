"""Modules whose `main` returns, as its last result, which check failed first.

What the number of a check means stands in the ops themselves, and is read before they are lowered.
"""

from tessel.compiler.diagnostics import CompilationError
from tessel.compiler.failed_checks import Report, RunTimeChecks
from tessel.compiler.mlir_locations import source_location_of
from tessel.dialects.checks import FAILURE, FAILURE_TYPE, Check, CheckIndices
from tessel.dialects.instance import read_op
from tessel.dialects.mlir import func, ir
from tessel.dialects.types import ArrayType


def checks_of(module: ir.Module) -> RunTimeChecks | None:
    """What the checks of a module mean; None where `main` does not return what failed.

    Raises CompilationError where `main` says so, and its last result is something else.
    """
    reports: dict[int, Report] = {}

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if isinstance(operation.opview, Check | CheckIndices):
            named = read_op(operation).attributes  # type: ignore[union-attr]
            location = source_location_of(operation.location)
            reports[named["code"]] = Report(named["error"], named["message"], location)
        return ir.WalkResult.ADVANCE

    for function in _checked(module.operation):
        results = function.type.results
        if not results or ArrayType.of(results[-1]) != FAILURE_TYPE:
            name = function.name.value
            raise CompilationError(f"the last result of '{name}' is not what failed in it")
        function.operation.walk(visit)
        return RunTimeChecks(reports)
    return None


def mark_checked(function: func.FuncOp) -> None:
    """Says that the last result of `function` is what failed."""
    function.operation.attributes[FAILURE] = ir.UnitAttr.get(function.operation.context)


def strip_check_attributes(module: ir.Operation) -> None:
    """Removes the marks of functions, which IREE does not know."""
    for function in _checked(module):
        del function.operation.attributes[FAILURE]


def _checked(module: ir.Operation) -> list[func.FuncOp]:
    functions = [one for one in module.regions[0].blocks[0] if isinstance(one, func.FuncOp)]
    return [one for one in functions if FAILURE in one.operation.attributes]
