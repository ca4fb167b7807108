"""Makes functions write their results into buffers that the caller passes.

    func @main(%x) -> tensor<4xf32>  ->  func @main(%x, %out {iree.abi.output = 0}) -> tensor<4xf32>

With it a call allocates nothing (IREE's destination-passing ABI, `iree.abi.output`).
Does not fire: when a result is no array or has a dynamic size, on private
functions, and on functions that others call.
"""

from dataclasses import dataclass

from tessel.compiler.passes.base import Pass
from tessel.dialects.mlir import func, ir

ENTRY = "main"


@dataclass(frozen=True)
class ResultsToOutParams(Pass):
    """Adds one argument a result."""

    def run(self, module: ir.Operation) -> None:
        called = _called(module)
        for view in module.regions[0].blocks[0].operations:
            is_function = isinstance(view, func.FuncOp)
            if is_function and not _is_private(view) and view.name.value not in called:
                _add_outputs(view)


def _called(module: ir.Operation) -> set[str]:
    """The names of functions that `func.call` names."""

    def visit(operation: ir.Operation) -> ir.WalkResult:
        if operation.name == "func.call":
            found.add(ir.FlatSymbolRefAttr(operation.attributes["callee"]).value)
        return ir.WalkResult.ADVANCE

    found: set[str] = set()
    module.walk(visit)
    return found


def _is_private(function: func.FuncOp) -> bool:
    visibility = function.attributes.get("sym_visibility")
    return visibility is not None and ir.StringAttr(visibility).value == "private"


def _is_static_array(result: ir.Type) -> bool:
    return isinstance(result, ir.RankedTensorType) and result.has_static_shape


def _add_outputs(function: func.FuncOp) -> None:
    function_type = function.type
    attributes = list(function.arg_attrs) if function_type.inputs else []
    if any("iree.abi.output" in ir.DictAttr(one) for one in attributes):
        return
    if not all(map(_is_static_array, function_type.results)):
        return
    location = function.operation.location
    index = ir.IndexType.get()
    for position, result in enumerate(function_type.results):
        function.body.blocks[0].add_argument(result, location)
        output = ir.IntegerAttr.get(index, position)
        attributes.append(ir.DictAttr.get({"iree.abi.output": output}))
    inputs = [*function_type.inputs, *function_type.results]
    new_type = ir.FunctionType.get(inputs, function_type.results)
    function.attributes["function_type"] = ir.TypeAttr.get(new_type)
    function.attributes["arg_attrs"] = ir.ArrayAttr.get(attributes)
