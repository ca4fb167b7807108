"""Walks from a value back over what it is computed from: the one home of def-use chains."""

from collections.abc import Callable, Iterable, Iterator

from tessel.dialects.instance import OpInstance, maker_of, owner_of
from tessel.dialects.mlir import ir


def operands_of(value: ir.Value) -> Iterable[ir.Value]:
    """The operands of the op that makes `value`; none for a block's argument."""
    owner = owner_of(value)
    return () if owner is None else list(owner.operands)


def backward_slice(
    roots: Iterable[ir.Value], sources: Callable[[ir.Value], Iterable[ir.Value]] = operands_of
) -> Iterator[ir.Value]:
    """The values that `roots` are computed from, `roots` among them, each once and users first.

    `sources` says what is visited behind a value, once that has been yielded: nothing, to stop.
    """
    seen: set[ir.Value] = set()
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if value not in seen:
            seen.add(value)
            yield value
            waiting += sources(value)


def producers_of(value: ir.Value) -> list[OpInstance]:
    """The ops that `value` is computed from, each once and after those it uses; its own last."""
    found: dict[ir.Value, OpInstance] = {}
    waiting = [(value, False)]
    while waiting:
        one, operands_found = waiting.pop()
        op = None if one in found else maker_of(one)
        if op is None:
            continue
        if operands_found:
            found[one] = op
        else:
            waiting.append((one, True))
            waiting += [(operand, False) for operand in reversed(op.operation.operands)]
    return list(found.values())


def views_behind(
    value: ir.Value, is_view: Callable[[ir.Operation], bool]
) -> Iterator[ir.Operation]:
    """The ops that `value` is a view by, from the last to that of the array itself."""
    owner = owner_of(value)
    while owner is not None and is_view(owner):
        yield owner
        owner = owner_of(owner.operands[0])
