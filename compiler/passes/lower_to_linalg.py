"""Turns every op of the dialect into linalg, tensor, arith and math.

    tessel.add(x, y)  ->  linalg.generic { arith.addf }

Unsigned element types become signless ones on the way; function signatures too, since the runtime
knows the dtypes of arguments and results. Each op's lowering is in `compiler/lowering/<family>`.
Does not fire: on ops of other dialects, but for their types.
"""

from dataclasses import dataclass
from typing import Any

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.fusion_checks import check_fusions
from tessel.compiler.lowering.base import lowered, signless
from tessel.compiler.lowering.constant import declare_parameters, used_parameters
from tessel.compiler.lowering.fusion import lower_fusions
from tessel.compiler.lowering.registry import lowerings
from tessel.compiler.mlir_locations import source_location_of
from tessel.compiler.passes.base import Pass
from tessel.dialects.base import Tessel, op_class
from tessel.dialects.instance import read_op
from tessel.dialects.mlir import ir, rewrite, tensor
from tessel.dialects.types import ArrayType


@dataclass(frozen=True)
class LowerToLinalg(Pass):
    """Upstream's dialect conversion over the registered lowerings."""

    def run(self, module: ir.Operation) -> None:
        # Types are made outside of ops too, and upstream reports their errors at a location.
        with ir.Location.unknown(module.context):
            self._convert(module)

    def _convert(self, module: ir.Operation) -> None:
        check_fusions(module)
        lower_fusions(module)
        _check_lowerings(module)
        converter = rewrite.TypeConverter()
        converter.add_conversion(_convert_type)
        patterns = rewrite.RewritePatternSet()
        for cls in lowerings():
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


def _check_lowerings(module: ir.Operation) -> None:
    """Raises PassError for an op that decomposition should have replaced."""

    def visit(operation: ir.Operation) -> ir.WalkResult:
        cls = op_class(operation)
        if cls is not None and cls not in lowerings():
            left.append(operation)
        return ir.WalkResult.ADVANCE

    left: list[ir.Operation] = []
    module.walk(visit)
    if left:
        message = f"'{left[0].name}' has no lowering"
        hint = "run tessel-decompose first"
        raise PassError(message, location=source_location_of(left[0].location), hint=hint)


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
    declared = op.result_types
    # Text may leave open what operands and attributes say.
    inferred = op.cls.infer_types(*op.operand_types, **op.attributes)
    op.result_types = [_known_to_either(*pair) for pair in zip(declared, inferred, strict=True)]
    with rewriter.ip, operation.location:
        values = lowered(lowerings()[op.cls], op)
        values = [_as_declared(value, one) for value, one in zip(values, declared, strict=True)]
    rewriter.replace_op(operation, values)
    return None


def _known_to_either(declared: ArrayType, inferred: ArrayType) -> ArrayType:
    pairs = zip(declared.shape, inferred.shape, strict=True)
    return declared.with_shape([other if one is None else one for one, other in pairs])


def _as_declared(value: ir.Value, declared: ArrayType) -> ir.Value:
    """`value` with as many static sizes as its users expect."""
    target = signless(declared)
    return value if value.type == target else tensor.cast(target, value)


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
        if operation.name == "builtin.unrealized_conversion_cast" and len(operation.operands) == 1:
            casts.append(operation)
        if operation.name == "func.func":
            _convert_signature(operation)
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    casts = [one for one in casts if [one.operands[0].type] == [v.type for v in one.results]]
    for cast in casts:
        cast.results[0].replace_all_uses_with(cast.operands[0])
    for cast in reversed(casts):
        cast.erase()


def _convert_signature(function: ir.Operation) -> None:
    function_type = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value)
    inputs = [_convert_type(t) for t in function_type.inputs]
    results = [_convert_type(t) for t in function_type.results]
    function.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(inputs, results))
