"""IREE's ops in upstream's context, which does not know them: generic form, built by parsing.

An unregistered op keeps the properties it was parsed with, and upstream's bindings set none, so
each op is parsed once in a scratch function and moved to where it belongs.
"""

from collections.abc import Mapping, Sequence

from tessel.dialects.mlir import arith, ir, tensor

BARRIER = "util.optimization_barrier"
"""IREE's op over which it fuses and schedules nothing."""


TIED = "flow.tensor.tie_shape"
"""IREE's op that says the dynamic sizes of a tensor."""


def iree_op(
    name: str,
    operands: Sequence[ir.Value],
    result_types: Sequence[ir.Type],
    properties: Mapping[str, str],
    regions: int = 0,
    discardable: Mapping[str, str] | None = None,
) -> ir.Operation:
    """Adds `name` at the insertion point, with `regions` empty ones.

    `properties` and `discardable` attributes are MLIR text. The context must allow unregistered
    dialects.
    """
    arguments = ", ".join(f"%a{i}: {value.type}" for i, value in enumerate(operands))
    uses = ", ".join(f"%a{i}" for i in range(len(operands)))
    inherent = f" <{{{_listed(properties)}}}>" if properties else ""
    others = f" {{{_listed(discardable)}}}" if discardable else ""
    empty_regions = f" ({', '.join(['{}'] * regions)})" if regions else ""
    types = ", ".join(str(value.type) for value in operands)
    results = ", ".join(str(result_type) for result_type in result_types)
    outputs = f"%r:{len(result_types)} = " if result_types else ""
    source = (
        f'func.func private @scratch({arguments}) {{ {outputs}"{name}"({uses})'
        f"{inherent}{empty_regions}{others} : ({types}) -> ({results}) return }}"
    )
    scratch = ir.Module.parse(source)
    operation = scratch.body.operations[0].regions[0].blocks[0].operations[0].operation
    operation.detach_from_parent()
    for position, value in enumerate(operands):
        operation.operands[position] = value
    operation.location = ir.Location.current
    ir.InsertionPoint.current.insert(operation)
    return operation


def barrier(value: ir.Value) -> ir.Value:
    """`value` behind a barrier, at the insertion point."""
    return iree_op(BARRIER, [value], [value.type], {}).results[0]


def barrier_with_sizes(value: ir.Value) -> ir.Value:
    """A tensor behind a barrier, with its dynamic sizes tied to it.

    IREE 3.13 does not find those of what a barrier gives, where a loop asks for them ("'tensor.dim'
    op unexpected during shape cleanup").
    """
    behind, tensor_type = barrier(value), ir.RankedTensorType(value.type)
    axes = [axis for axis in range(tensor_type.rank) if tensor_type.is_dynamic_dim(axis)]
    sizes = [tensor.dim(value, arith.constant(ir.IndexType.get(), axis)) for axis in axes]
    return iree_op(TIED, [behind, *sizes], [value.type], {}).results[0] if axes else behind


def _listed(attributes: Mapping[str, str]) -> str:
    return ", ".join(f"{key} = {text}" for key, text in attributes.items())
