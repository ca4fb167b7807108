"""Tracing: runs a Python function once on traced arrays, and keeps the program that results."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tessel.compiler.checked_programs import checks_of, mark_checked
from tessel.compiler.frontend.numpy.masked_selection import MaskedSelection, refuse_result
from tessel.compiler.frontend.python.substitution import with_tracing_numpy
from tessel.compiler.frontend.traced_function import FromProgram, TracedFunction
from tessel.compiler.frontend.tracing.apply import traced
from tessel.compiler.frontend.tracing.argument_memory import (
    ROW_MAJOR,
    ArgumentMemory,
    OverlappingMemory,
)
from tessel.compiler.frontend.tracing.argument_sizes import ArgumentSizes
from tessel.compiler.frontend.tracing.named_dims import Relation
from tessel.compiler.frontend.tracing.pytree import flatten
from tessel.compiler.frontend.tracing.returned_objects import check_returned
from tessel.compiler.frontend.tracing.shared_arguments import part_of
from tessel.compiler.frontend.tracing.signature import (
    STATIC_AXES,
    Arguments,
    Axes,
    Signature,
    is_traced,
    native,
    static_value,
    weak_type,
)
from tessel.compiler.frontend.tracing.trace import Trace
from tessel.compiler.frontend.tracing.traced_array import Storage, TracedArray
from tessel.compiler.frontend.tracing.traced_dim import TracedDim
from tessel.compiler.frontend.tracing.unproven_sizes import settle
from tessel.compiler.program import Program
from tessel.dialects.assumptions import Assumptions
from tessel.dialects.mlir import ir
from tessel.dialects.types import ArrayType


def trace_function(
    function: Callable[..., Any],
    signature: Signature,
    arguments: Arguments,
    axes: Axes = STATIC_AXES,
    checks: bool = True,
    memory: ArgumentMemory = ROW_MAJOR,
    relations: Sequence[Relation] = (),
) -> TracedFunction:
    """The program of `function` for arguments of these types, with the layout `memory`.

    It serves all sizes of the dynamic `axes` for which its guards hold, and `relations` do. Sizes
    that turn out to be one number become part of the program, which is then traced again with them.
    Raises what the function raises, and UserError with the user's line for what cannot be traced.
    """
    if not axes:
        taken = memory.inputs(arguments.arrays)
        types = [_argument_type(leaf) for leaf in taken]
        assumptions = Assumptions(TracedDim)
        return _trace_with(function, signature, arguments, types, assumptions, checks, memory)
    types = [_argument_type(leaf) for leaf in arguments.leaves if is_traced(leaf)]
    sizes = ArgumentSizes.of(types, arguments.array_names, axes, relations, TracedDim)
    while True:
        count = len(sizes.assumptions.pinned())
        sizes.assumptions.unproven.clear()
        traced_function = _trace_with(
            function, signature, arguments, sizes.types, sizes.assumptions, checks
        )
        if len(sizes.assumptions.pinned()) == count:
            program = replace(traced_function.program, guards=sizes.guards)
            return replace(traced_function, program=program)


def _trace_with(
    function: Callable[..., Any],
    signature: Signature,
    arguments: Arguments,
    types: Sequence[ArrayType],
    assumptions: Assumptions,
    checks: bool,
    memory: ArgumentMemory = ROW_MAJOR,
) -> TracedFunction:
    traced_leaves = [leaf for leaf in arguments.leaves if is_traced(leaf)]
    name = f"{signature.name}()"
    trace = Trace.begin(types, assumptions, settle, name, signature.location, checks)
    with trace.active():
        inputs = _inputs(trace, traced_leaves, memory)
        remaining = iter(inputs)
        leaves = [
            next(remaining) if is_traced(leaf) else static_value(leaf) for leaf in arguments.leaves
        ]
        returned = signature.call(with_tracing_numpy(function), arguments.structure, leaves)
        return _finish(trace, inputs, returned, memory)


def _inputs(trace: Trace, leaves: list[Any], memory: ArgumentMemory) -> list[TracedArray]:
    """The arguments as arrays of the trace; those that overlap are views of one vector."""
    shared = {part.position: (one, part) for one in memory.shared for part in one.parts}
    values = iter(trace.arguments)
    spans: dict[OverlappingMemory, TracedArray] = {}
    inputs = []
    for position, leaf in enumerate(leaves):
        if position in shared:
            one, part = shared[position]
            if one not in spans:
                spans[one] = TracedArray.of(trace, next(values))
            inputs.append(part_of(spans[one], part))
            continue
        is_scalar = not isinstance(leaf, np.ndarray)
        storage = Storage(trace, next(values), is_scalar)
        layout = None if is_scalar else memory.layout(position, leaf)
        inputs.append(TracedArray(storage, (), weak_type(leaf), layout))
    return inputs


def _finish(
    trace: Trace, inputs: list[TracedArray], returned: Any, memory: ArgumentMemory
) -> TracedFunction:
    """Ends the trace with what the function returned, and with the arguments that it changed."""
    returned_leaves, structure = flatten(returned)
    leaves: list[Any] = []
    outputs: list[ir.Value] = []
    for leaf in returned_leaves:
        if isinstance(leaf, MaskedSelection):
            refuse_result(leaf)
        if isinstance(leaf, TracedDim):
            leaf = leaf.as_array()
        if isinstance(leaf, TracedArray | np.ndarray | np.generic):
            outputs.append(traced(leaf, trace).value)
            is_number = isinstance(leaf, TracedArray) and leaf.weak is not None
            leaves.append(FromProgram.NUMBER if is_number else FromProgram.ARRAY)
        else:
            leaves.append(leaf)
    check_returned(trace, returned_leaves, structure)
    mutated = [position for position, array in enumerate(inputs) if array.storage.version]
    outputs += [inputs[position].value for position in mutated]
    if trace.failure is not None and trace.failure.version:
        outputs.append(trace.failure.value)
        mark_checked(trace.entry)
    trace.finish(outputs)
    written = any(one.version or other.version for one, other in trace.reshapes)
    program = Program(trace.module, trace.parameters, mutated, checks_of(trace.module))
    order_matters = written or trace.reads_order
    return TracedFunction(program, structure, leaves, memory, order_matters)


def _argument_type(leaf: Any) -> ArrayType:
    """The type under which a leaf is traced."""
    array_type = ArrayType.of(np.asarray(leaf))
    return array_type.with_dtype(native(array_type.dtype))
