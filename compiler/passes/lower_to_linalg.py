"""Turns every op of the dialect into linalg, tensor, arith and math.

    tessel.add(x, y)  ->  linalg.generic { arith.addf }

Unsigned element types become signless ones on the way; function signatures too, since the runtime
knows the dtypes of arguments and results. Each op's lowering lies in `compiler/lowering/<family>`.
Does not fire: on ops of other dialects, but for their types.
"""

from dataclasses import dataclass
from typing import Any

from tessel.compiler import lowering
from tessel.compiler.diagnostics import PassError
from tessel.compiler.locations import place_of
from tessel.compiler.lowering.base import LOWERINGS, signless
from tessel.compiler.lowering.constant import declare_parameters, used_parameters
from tessel.compiler.lowering.fusion import lower_fusions
from tessel.compiler.passes.base import Pass
from tessel.dialects.base import Tessel
from tessel.dialects.instance import read_op
from tessel.dialects.mlir import ir, rewrite
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class LowerToLinalg(Pass):
    """Upstream's dialect conversion over the registered lowerings."""

    def run(self, module: ir.Operation) -> None:
        # Types are made outside of ops too, and upstream reports their errors at a location.
        with ir.Location.unknown(module.context):
            self._convert(module)

    def _convert(self, module: ir.Operation) -> None:
        lower_fusions(module)
        assert lowering.__all__  # importing the package registers the lowerings
        converter = rewrite.TypeConverter()
        converter.add_conversion(_convert_type)
        patterns = rewrite.RewritePatternSet()
        for cls in LOWERINGS:
            patterns.add_conversion(cls.OPERATION_NAME, _convert_op, converter)
        target = rewrite.ConversionTarget()
        target.add_illegal_dialect(Tessel)
        config = rewrite.ConversionConfig()
        # The casts between unsigned and signless that this leaves are what `make_signless` removes.
        config.build_materializations = False
        parameters = used_parameters(module)
        rewrite.apply_partial_conversion(module, target, patterns.freeze(), config)
        make_signless(module)
        declare_parameters(module, parameters)


def _convert_type(mlir_type: ir.Type) -> ir.Type:
    if not isinstance(mlir_type, ir.RankedTensorType):
        return mlir_type
    element = mlir_type.element_type
    if not (isinstance(element, ir.IntegerType) and element.is_unsigned):
        return mlir_type
    return signless(ArrayType.of(mlir_type))


def _convert_op(view: Any, adaptor: Any, converter: Any, rewriter: Any) -> bool | None:
    operation = view.operation
    op = read_op(operation, list(adaptor.operands))
    if op is None:
        return True
    with rewriter.ip, operation.location:
        try:
            replacement = LOWERINGS[op.cls](op)
        except NotImplementedError as error:
            raise PassError(str(error), place=place_of(operation.location)) from error
    values = replacement if isinstance(replacement, list | tuple) else [replacement]
    rewriter.replace_op(operation, list(values))
    return None


def make_signless(module: ir.Operation) -> None:
    """Makes every unsigned value signless and drops the casts that conversion left between them."""
    casts: list[ir.Operation] = []

    def visit(operation: ir.Operation) -> ir.WalkResult:
        for region in operation.regions:
            for block in region.blocks:
                for argument in block.arguments:
                    argument.set_type(_convert_type(argument.type))
        for result in operation.results:
            result.set_type(_convert_type(result.type))
        if operation.name == "builtin.unrealized_conversion_cast":
            casts.append(operation)
        if operation.name == "func.func":
            _convert_signature(operation)
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    for cast in casts:
        cast.results[0].replace_all_uses_with(cast.operands[0])
    for cast in reversed(casts):
        cast.erase()


def _convert_signature(function: ir.Operation) -> None:
    function_type = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value)
    inputs = [_convert_type(t) for t in function_type.inputs]
    results = [_convert_type(t) for t in function_type.results]
    function.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(inputs, results))
