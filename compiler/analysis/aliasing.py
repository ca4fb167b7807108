"""Whether memory is read by others, which IREE 3.13 does not find out where it writes in place."""

from tessel.dialects.instance import owner_of
from tessel.dialects.mlir import ir

VIEWS = (
    *("tensor.collapse_shape", "tensor.expand_shape", "tensor.reshape", "tensor.cast"),
    "tensor.extract_slice",
)
"""Ops whose result may share memory with their operand."""


def is_read_elsewhere(value: ir.Value) -> bool:
    """Whether `value`, or what it is a view of, has more users than the one that leads here."""
    while len(list(value.uses)) == 1:
        owner = owner_of(value)
        if owner is None or owner.name not in VIEWS:
            return False
        value = owner.operands[0]
    return True
