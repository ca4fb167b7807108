"""Runs a function of the dialect on NumPy arrays: the living definition of what the IR means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tessel.dialects.attributes import constant_value
from tessel.dialects.base import op_class
from tessel.dialects.constant import Parameter
from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import ir


def interpret(
    module: ir.Module,
    arguments: Sequence[np.ndarray],
    parameters: Mapping[str, np.ndarray] | None = None,
    function: str = "main",
) -> list[np.ndarray]:
    """The results of `function` in `module` on `arguments`, by each op's reference.

    Raises LookupError for an op of another dialect, or for a parameter that is not given.
    """
    block = _function(module, function).regions[0].blocks[0]
    environment = _Environment({}, parameters or {})
    return [np.asarray(result) for result in environment.run(block, arguments)]


def interpret_all(
    module: ir.Module,
    arguments: Sequence[np.ndarray],
    parameters: Mapping[str, np.ndarray] | None = None,
) -> dict[ir.Value, np.ndarray]:
    """Every value that `main` computes on `arguments`; of a loop, those of the last iteration."""
    environment = _Environment({}, parameters or {})
    environment.run(_function(module, "main").regions[0].blocks[0], arguments)
    return {value: np.asarray(array) for value, array in environment.values.items()}


def evaluate(
    value: ir.Value, parameters: Mapping[str, np.ndarray], limit: int = 256
) -> np.ndarray | None:
    """The elements of a value; None where they depend on arguments, or on more than `limit` ops."""
    environment = _Environment({}, parameters)
    order: list[ir.Operation] = []
    pending = [value]
    while pending:
        one = pending.pop()
        owner = owner_of(one)
        if owner is None or op_class(owner) is None or len(order) == limit:
            return None
        if not ir.RankedTensorType(one.type).has_static_shape:
            return None
        order.append(owner)
        pending += owner.operands
    for operation in reversed(order):
        if operation.results[0] not in environment.values:
            operands = [environment.values[operand] for operand in operation.operands]
            environment.values.update(
                zip(operation.results, environment.evaluate(operation, operands))
            )
    return np.asarray(environment.values[value])


def _function(module: ir.Module, name: str) -> ir.Operation:
    for operation in module.body.operations:
        attributes = operation.operation.attributes
        if "sym_name" in attributes and ir.StringAttr(attributes["sym_name"]).value == name:
            return operation.operation
    raise LookupError(f"the module has no function '{name}'")


@dataclass
class _Environment:
    """The values known so far, and the parameters of the program."""

    values: dict[ir.Value, Any]
    parameters: Mapping[str, np.ndarray]

    def run(self, block: ir.Block, arguments: Sequence[Any]) -> list[Any]:
        """Runs one block and returns the operands of its terminator."""
        self.values.update(zip(block.arguments, arguments))
        for view in block.operations:
            operation = view.operation
            operands = [self.values[operand] for operand in operation.operands]
            if operation.name in _TERMINATORS:
                return operands
            results = self.evaluate(operation, operands)
            self.values.update(zip(operation.results, results))
        raise LookupError("a block has no terminator")

    def evaluate(self, operation: ir.Operation, operands: list[Any]) -> Sequence[Any]:
        if operation.name in _UPSTREAM:
            return _UPSTREAM[operation.name](self, operation, operands)
        cls = op_class(operation)
        if cls is None:
            raise LookupError(f"the interpreter knows no '{operation.name}'")
        attributes = cls.attribute_values(operation)
        if cls is Parameter and attributes["key"] in self.parameters:
            return [self.parameters[attributes["key"]]]
        with np.errstate(all="ignore"):
            result = cls.reference(*cls.operand_groups(operation, operands), **attributes)
        results = result if isinstance(result, tuple | list) else [result]
        return [np.asarray(value) for value in results]


def _if(environment: _Environment, operation: ir.Operation, operands: list[Any]) -> Sequence[Any]:
    region = operation.regions[0 if operands[0] else 1]
    return environment.run(region.blocks[0], [])


def _while(
    environment: _Environment, operation: ir.Operation, operands: list[Any]
) -> Sequence[Any]:
    before, after = (region.blocks[0] for region in operation.regions)
    while True:
        goes_on, *carried = environment.run(before, operands)
        if not goes_on:
            return carried
        operands = environment.run(after, carried)


def _for(environment: _Environment, operation: ir.Operation, operands: list[Any]) -> Sequence[Any]:
    lower, upper, step, *carried = operands
    for counter in range(int(lower), int(upper), int(step)):
        carried = environment.run(operation.regions[0].blocks[0], [counter, *carried])
    return carried


def _execute_region(
    environment: _Environment, operation: ir.Operation, operands: list[Any]
) -> Sequence[Any]:
    return environment.run(operation.regions[0].blocks[0], [])


def _constant(
    environment: _Environment, operation: ir.Operation, operands: list[Any]
) -> Sequence[Any]:
    attribute = operation.attributes["value"]
    try:
        return [constant_value(attribute)]
    except (TypeError, KeyError):
        # Upstream's bindings read no bfloat16, complex or index elements that are not all equal.
        raise LookupError(f"the interpreter knows no constant of {attribute.type}") from None


_TERMINATORS = ("func.return", "scf.yield", "scf.condition")

# Scalars are NumPy arrays of rank 0 here, so the conversions to and from them are identities.
_UPSTREAM: dict[str, Callable[[_Environment, ir.Operation, list[Any]], Sequence[Any]]] = {
    "scf.if": _if,
    "scf.while": _while,
    "scf.for": _for,
    "scf.execute_region": _execute_region,
    "arith.constant": _constant,
    "arith.index_cast": lambda environment, operation, operands: operands,
    "tensor.extract": lambda environment, operation, operands: operands,
    "tensor.from_elements": lambda environment, operation, operands: [np.asarray(operands[0])],
}
