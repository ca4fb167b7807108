"""What a rule is: a function that returns what replaces an op, or None when it does not apply.

@rule(Transpose)
def cancel_transposes(op: OpInstance) -> ir.Value | None:
    '''transpose(transpose(x, p), q)  ->  transpose(x, p[q])'''
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tessel.dialects.base import TesselOp, op_class
from tessel.dialects.instance import OpInstance, read_op
from tessel.dialects.mlir import ir, rewrite, tensor

RuleFunction = Callable[[OpInstance], Any]


@dataclass(frozen=True)
class Rule:
    """A rewrite of one op class; `function` returns the replacement, or None for no match."""

    op: type[TesselOp]
    function: RuleFunction

    @property
    def name(self) -> str:
        return self.function.__name__


Rules = tuple[Rule, ...]


def rule(*classes: type[TesselOp]) -> Callable[[RuleFunction], Rules]:
    """Makes a function a rule for one or more op classes.

    The function returns a value, a list of values (one a result), or None.
    """
    return lambda function: tuple(Rule(cls, function) for cls in classes)


def apply_rules(module: ir.Operation, rules: Sequence[Rule]) -> None:
    """Applies rules with upstream's greedy driver until none matches; earlier rules first."""
    by_class: dict[type[TesselOp], list[RuleFunction]] = {}
    for one in rules:
        by_class.setdefault(one.op, []).append(one.function)
    patterns = rewrite.RewritePatternSet()
    for cls, functions in by_class.items():
        patterns.add(cls.OPERATION_NAME, _as_pattern(functions))
    rewrite.apply_patterns_and_fold_greedily(module, patterns.freeze())


def _as_pattern(functions: Sequence[RuleFunction]) -> Callable[[Any, Any], bool | None]:
    """Rules of one class as upstream calls them, where a truthy value says that none matched."""

    def pattern(view: Any, rewriter: Any) -> bool | None:
        operation = view.operation
        instance = read_op(operation)
        if instance is None:
            return True
        with rewriter.ip, operation.location:
            for function in functions:
                replacement = function(instance)
                if replacement is not None:
                    values = replacement if isinstance(replacement, list | tuple) else [replacement]
                    pairs = zip(values, operation.results, strict=True)
                    rewriter.replace_op(operation, [_as_used(*pair) for pair in pairs])
                    return None
        return True

    return pattern


def _as_used(value: ir.Value, replaced: ir.Value) -> ir.Value:
    """`value` with the type of what it replaces, where others than ops of the dialect ask for it.

    A rule may know sizes that the text leaves open.
    """
    users = [use.owner.operation for use in replaced.uses]
    if value.type == replaced.type or all(map(op_class, users)):
        return value
    return tensor.cast(replaced.type, value)
