"""The dialect as MLIR contexts know it: all families of ops, and contexts that have them.

Importing this module defines every op, and needs MLIR's bindings.
"""

import threading

from tessel.dialects import (
    activation,
    arithmetic,
    attention,
    bitwise,
    channels_last,
    checks,
    comparison,
    constant,
    contraction,
    control_flow,
    conversion,
    convolution,
    cumulative,
    elementwise,
    exponential,
    indexing,
    normalization,
    packing,
    pooling,
    random,
    reduction,
    shape,
    slicing,
    sorting,
    special,
    trigonometric,
    winograd,
)
from tessel.dialects.base import Tessel, TesselOp
from tessel.dialects.mlir import ir

FAMILIES = (
    activation,
    arithmetic,
    attention,
    bitwise,
    channels_last,
    checks,
    comparison,
    constant,
    contraction,
    control_flow,
    conversion,
    convolution,
    cumulative,
    elementwise,
    exponential,
    indexing,
    normalization,
    packing,
    pooling,
    random,
    reduction,
    shape,
    slicing,
    sorting,
    special,
    trigonometric,
    winograd,
)
"""Every module that defines ops."""

_LOADING = threading.Lock()
"""Upstream registers classes for the whole process."""


def load(context: ir.Context) -> None:
    """Registers the dialect in `context`; does nothing when that is done already."""
    with _LOADING, context, ir.Location.unknown(context):
        if not context.is_dialect_loaded(Tessel.DIALECT_NAMESPACE):
            Tessel.load()
            # Upstream keeps it until the next load, which may be in another thread: erasing it
            # there, while this context is in use, crashes.
            Tessel._mlir_module = None


def new_context() -> ir.Context:
    """An MLIR context with the dialect, for one compilation.

    IREE's ops are not known to upstream's context; they are written in generic form.
    """
    context = ir.Context()
    context.allow_unregistered_dialects = True
    # A context is used by one Python thread; its own threads would call back into Python passes.
    context.enable_multithreading(False)
    load(context)
    return context


def all_ops() -> dict[str, type[TesselOp]]:
    """Every op of the dialect by its full name (`tessel.softmax`), sorted."""
    return {
        op.OPERATION_NAME: op for op in sorted(Tessel.operations, key=lambda o: o.OPERATION_NAME)
    }
