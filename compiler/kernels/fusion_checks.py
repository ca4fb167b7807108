"""What a fusion of each kind holds, looked at before it is lowered: a person may have edited it.

Passes that make fusions take in only what fits. Text that goes on from stage `fused` has fusions of
another hand, and what does not fit is told rather than met inside a kernel's template.
"""

from tessel.compiler.diagnostics import PassError
from tessel.compiler.kernels.config import check_problem_version, selected_template
from tessel.compiler.kernels.registry import templates_for
from tessel.compiler.lowering.elementwise import is_host_arithmetic
from tessel.compiler.lowering.reduction import REDUCTIONS
from tessel.compiler.lowering.registry import element_functions
from tessel.compiler.mlir_locations import source_location_of
from tessel.dialects.control_flow import FUSION, fused_operations, fusions_of, yielded_values
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir


def check_fusions(module: ir.Operation) -> None:
    """Raises PassError for the first fusion in `module` that is none of its kind."""
    for fusion in fusions_of(module):
        _check(fusion)


def _check(fusion: ir.Operation) -> None:
    location = source_location_of(fusion.location)
    kind, name = _kind(fusion), selected_template(fusion)
    templates = {one.problem.template: one for one in templates_for(kind)}
    rules = [KINDS_WITHOUT_KERNEL[kind]] if kind in KINDS_WITHOUT_KERNEL else []
    rules = rules or [one.holds for one in templates.values()]
    if not rules:
        raise PassError(f"there are no fusions of kind '{kind}'", location=location)
    ops, ends = _contents(fusion), yielded_values(fusion)
    made = {result for op in ops for result in op.operation.results}
    if not ops or not made.issuperset(ends) or not any(holds(ops, ends) for holds in rules):
        raise PassError(f"a fusion of kind '{kind}' does not hold such ops", location=location)
    if name is None:
        return
    if name not in templates:
        raise PassError(f"fusions of kind '{kind}' have no kernel '{name}'", location=location)
    if not templates[name].accepts(ops):
        raise PassError(f"the ops of a fusion do not fit the kernel '{name}'", location=location)
    check_problem_version(fusion)


def _kind(fusion: ir.Operation) -> str:
    try:
        return ir.StringAttr(fusion.attributes[FUSION]).value
    except (ValueError, TypeError):  # upstream's casts
        raise PassError(
            f"'{FUSION}' is no text", location=source_location_of(fusion.location)
        ) from None


def _contents(fusion: ir.Operation) -> list[OpInstance]:
    """Its ops; none where it holds others than those of the dialect, or several blocks."""
    if len(list(fusion.regions[0].blocks)) != 1:
        return []
    found = [read_op(one) for one in fused_operations(fusion)]
    known = [op for op in found if op is not None]
    return known if len(known) == len(found) else []


def _is_elementwise(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Of one static shape."""
    shape = ops[-1].result_type.shape
    return all(_is_element_op(op) and op.result_type.shape == shape for op in ops)


def _is_element_op(op: OpInstance) -> bool:
    return op.cls in element_functions() and op.result_type.is_static and not is_host_arithmetic(op)


def _is_reduction(ops: list[OpInstance], ends: list[ir.Value]) -> bool:
    """Reductions of one shape along the same axes, and what is elementwise around them."""
    reductions = [op for op in ops if op.cls in REDUCTIONS]
    if not reductions:
        return False
    domain, axes = reductions[0].operand_types[0], reductions[0].attributes["axes"]
    if not domain.is_static or not domain.size or all(domain.sizes[axis] == 1 for axis in axes):
        return False
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(domain.shape))
    dropped = tuple(size for axis, size in enumerate(domain.shape) if axis not in axes)
    shapes = (domain.shape, kept, dropped)
    return all(
        op.operand_types[0].shape == domain.shape and op.attributes["axes"] == axes
        if op.cls in REDUCTIONS
        else _is_element_op(op) and op.result_type.shape in shapes
        for op in ops
    )


KINDS_WITHOUT_KERNEL = {"elementwise": _is_elementwise, "reduction": _is_reduction}
"""The kinds of fusions that IREE schedules where they name no kernel."""
