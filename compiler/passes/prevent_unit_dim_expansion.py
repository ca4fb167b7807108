"""Keeps an array of one element, for IREE, from gaining dimensions while it is part of another.

    y = x[2:3]; z = y.reshape(1, 1)

    tensor.expand_shape (tensor.extract_slice %x[2] [1])
      ->  tensor.reshape (tensor.extract_slice %x[2] [1])
    linalg.generic { yield tensor.extract %x[...] } -> tensor<1x1xf32>
      ->  tensor.reshape (linalg.generic { yield tensor.extract %x[...] } -> tensor<1xf32>)

IREE 3.13 drops the dimensions of size 1, takes such a kernel for a slice, and moves what brings the
dimensions back in front of it: a slice of more dimensions than its source ("expected rank to be
smaller or equal to the other rank", `iree-dispatch-creation-bubble-up-expand-shapes`, where nothing
of the slice is left to regroup). It happens where the dimensions stay: before a `tensor.reshape`, a
scatter, a branch. It moves nothing over `tensor.reshape`.
Keeps: values, shapes.  Does not fire: on more than one element, on dynamic sizes, on one dimension,
and on kernels that compute, which are no slices.
Test: lit_tests/passes/prevent_unit_dim_expansion.mlir
"""

from dataclasses import dataclass

from tessel.compiler.lowering.base import identity_map, index_constant
from tessel.compiler.passes.base import Pass
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import arith, ir, linalg, tensor

_RAISING = ("linalg.generic", "tensor.expand_shape")


@dataclass(frozen=True)
class PreventUnitDimExpansion(Pass):
    """Adds the dimensions of such an array by `tensor.reshape`."""

    def run(self, module: ir.Operation) -> None:
        raised: list[ir.Operation] = []

        def visit(operation: ir.Operation) -> ir.WalkResult:
            if operation.name in _RAISING and _has_one_element(operation):
                raised.append(operation)
            return ir.WalkResult.ADVANCE

        module.walk(visit)
        for operation in raised:
            with operation.location:
                if operation.name == "tensor.expand_shape":
                    _separate_expansion(operation)
                else:
                    _separate_kernel(operation)


def _has_one_element(operation: ir.Operation) -> bool:
    """Whether the only result has several dimensions, all of size 1."""
    if len(operation.results) != 1:
        return False
    shape = ir.RankedTensorType(operation.results[0].type).shape
    return len(shape) > 1 and set(shape) == {1}


def _separate_expansion(operation: ir.Operation) -> None:
    """Of a part of an array, which a slice or a kernel that picks it makes."""
    source = operation.operands[0]
    owner = owner_of(source)
    if owner is None or not (owner.name == "tensor.extract_slice" or _picked(owner) is not None):
        return
    with ir.InsertionPoint(operation):
        operation.results[0].replace_all_uses_with(_reshaped(source, operation.results[0].type))
    operation.erase()


def _separate_kernel(operation: ir.Operation) -> None:
    """A kernel that yields an element of another array: it keeps one dimension."""
    picked = _picked(operation)
    if picked is None:
        return
    result = operation.results[0]
    inputs = list(operation.operands)[:-1]
    if isinstance(picked, ir.BlockArgument):
        with ir.InsertionPoint(operation):
            copy = _reshaped(inputs[picked.arg_number], result.type)
        result.replace_all_uses_with(copy)
        operation.erase()
        return
    old_type = ir.RankedTensorType(result.type)
    with ir.InsertionPoint(operation):
        for position, value in enumerate(inputs):
            one = ir.RankedTensorType.get([1], ir.RankedTensorType(value.type).element_type)
            operation.operands[position] = _reshaped(value, one)
        operation.operands[len(inputs)] = tensor.empty([1], old_type.element_type)
    maps = [ir.AffineMapAttr.get(identity_map(1))] * (len(inputs) + 1)
    operation.attributes["indexing_maps"] = ir.ArrayAttr.get(maps)
    iterators = ir.ArrayAttr(operation.attributes["iterator_types"])
    operation.attributes["iterator_types"] = ir.ArrayAttr.get([iterators[0]])
    _replace_loop_indices(operation.regions[0].blocks[0])
    result.set_type(ir.RankedTensorType.get([1], old_type.element_type))
    with ir.InsertionPoint.after(operation):
        reshaped = _reshaped(result, old_type)
    result.replace_all_uses_except(reshaped, owner_of(reshaped))


def _replace_loop_indices(body: ir.Block) -> None:
    """Writes 0 for the indices of the loops, of which there is one."""
    for view in list(body.operations):
        if isinstance(view, linalg.IndexOp):
            with ir.InsertionPoint(view):
                view.result.replace_all_uses_with(index_constant(0))
            view.operation.erase()


def _picked(operation: ir.Operation) -> ir.Value | None:
    """What a kernel of one step yields where it computes nothing: an element of an array.

    That is an argument of its body, or the result of `tensor.extract`.
    """
    if operation.name != "linalg.generic" or not _is_one_step(operation):
        return None
    body = operation.regions[0].blocks[0]
    element = list(body.operations)[-1].operands[0]
    if isinstance(element, ir.BlockArgument):
        is_input = element.owner == body and element.arg_number < len(body.arguments) - 1
        return element if is_input else None
    owner = owner_of(element)
    return element if owner is not None and owner.name == "tensor.extract" else None


def _is_one_step(operation: ir.Operation) -> bool:
    """Whether a kernel makes one element from arrays of one element."""
    shapes = [ir.RankedTensorType(value.type).shape for value in operation.operands]
    return len(operation.results) == 1 and all(set(shape) <= {1} for shape in shapes)


def _reshaped(value: ir.Value, target: ir.Type) -> ir.Value:
    """A `value` of one element as `target`, which has at least one dimension."""
    if value.type == target:
        return value
    index = ir.IndexType.get()
    shape_type = ir.RankedTensorType.get([ir.RankedTensorType(target).rank], index)
    ones = ir.DenseElementsAttr.get_splat(shape_type, ir.IntegerAttr.get(index, 1))
    return tensor.reshape(target, value, arith.constant(shape_type, ones))
