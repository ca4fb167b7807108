"""Kernels that a module has already: a fusion that is like one before calls what that one calls.

The layers of a model have the same few kernels. Each is written once, which Python does op by op,
and stands once in what IREE reads: of the 42 kernels of MiniLM's six layers 10 are left.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from tessel.compiler.kernels.epilogue import number_of
from tessel.dialects.control_flow import fused_operations
from tessel.dialects.mlir import ir

_OUTSIDE = -1

_Source = tuple[int, int]
"""Where a value comes from: the number of an op that was emitted, and which of its results; or
`_OUTSIDE`, and which of the values that the fusion reads."""


@dataclass(frozen=True)
class _Emission:
    """The ops that were emitted for a fusion, where their operands come from, and its results."""

    operations: list[ir.Operation]
    operands: list[list[_Source]]
    results: list[_Source]


@dataclass
class EmittedKernels:
    """What was emitted for the fusions of one module, by their structure."""

    _emissions: dict[Hashable, _Emission] = field(default_factory=dict)

    def emit(
        self, fusion: ir.Operation, emit: Callable[[], Sequence[ir.Value]]
    ) -> Sequence[ir.Value]:
        """The results of `fusion`, by ops that are added before it.

        They are those of `emit`, which adds ops at the insertion point, or copies of what it added
        for a fusion of the same ops, attributes, types and numbers, which are part of the code.
        """
        read = _values_from_outside(fusion)
        outside = list(dict.fromkeys(read))
        numbers = tuple(repr(number_of(one)) for one in outside)
        key = _structure(fusion), tuple(outside.index(one) for one in read), numbers
        known = self._emissions.get(key)
        if known is not None:
            return _repeat(known, fusion, outside)
        operations, results = _collect(fusion, emit)
        emission = _emission(operations, results, outside)
        if emission is not None:
            self._emissions[key] = emission
        return results


def _structure(fusion: ir.Operation) -> str:
    """Text of a fusion that does not depend on where it stands, nor on what it reads."""
    return fusion.clone(ip=False).get_asm(use_local_scope=True, print_generic_op_form=True)


def _values_from_outside(fusion: ir.Operation) -> list[ir.Value]:
    """The operands of the ops of a fusion that none of these makes, in order."""
    *operations, end = (view.operation for view in fusion.regions[0].blocks[0].operations)
    made = {result for one in operations for result in one.results}
    return [value for one in (*operations, end) for value in one.operands if value not in made]


def _collect(
    fusion: ir.Operation, emit: Callable[[], Sequence[ir.Value]]
) -> tuple[list[ir.Operation], Sequence[ir.Value]]:
    """What `emit` adds, before `fusion`, and what it returns."""
    block = fusion.regions[0].blocks[0]
    count = len(list(fused_operations(fusion)))
    # In the fusion's own block, where what is new is found without reading the whole function.
    with ir.InsertionPoint.at_block_terminator(block):
        results = emit()
    operations = [view.operation for view in block.operations][count:-1]
    for operation in operations:
        operation.move_before(fusion)
    return operations, results


def _emission(
    operations: list[ir.Operation], results: Sequence[ir.Value], outside: list[ir.Value]
) -> _Emission | None:
    """What can be repeated; None where an op holds others, or reads what the fusion does not."""
    sources: dict[ir.Value, _Source] = {one: (_OUTSIDE, n) for n, one in enumerate(outside)}
    for number, operation in enumerate(operations):
        sources |= {one: (number, position) for position, one in enumerate(operation.results)}
    read = [value for operation in operations for value in operation.operands]
    if any(list(one.regions) for one in operations):
        return None
    if not all(value in sources for value in (*read, *results)):
        return None
    operands = [[sources[value] for value in one.operands] for one in operations]
    return _Emission(operations, operands, [sources[one] for one in results])


def _repeat(known: _Emission, fusion: ir.Operation, outside: list[ir.Value]) -> Sequence[ir.Value]:
    copies: list[ir.Operation] = []

    def value_of(source: _Source) -> ir.Value:
        number, position = source
        return outside[position] if number == _OUTSIDE else copies[number].results[position]

    for operation, sources in zip(known.operations, known.operands):
        copy = operation.clone(ir.InsertionPoint(fusion))
        copy.location = fusion.location
        for position, source in enumerate(sources):
            copy.operands[position] = value_of(source)
        copies.append(copy)
    return [value_of(one) for one in known.results]
