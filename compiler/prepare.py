"""Runs what a program computes from its parameters alone, once, before it is compiled."""

import logging
import time
from collections.abc import Mapping

import numpy as np

from tessel.compiler.lowering.constant import used_parameters
from tessel.compiler.passes.hoist_parameters import PREPARE, prepared_key
from tessel.dialects.interpreter import interpret
from tessel.dialects.mlir import func, ir

_log = logging.getLogger("tessel.compile")


def run_prepare(module: ir.Module, parameters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters that `module` reads after its function `@prepare`, which runs and goes.

    Raises LookupError for a parameter that `@prepare` reads and that is not given.
    """
    function = _prepare_function(module)
    available = dict(parameters)
    if function is not None:
        start = time.perf_counter()
        results = interpret(module, [], parameters, PREPARE)
        available.update((prepared_key(i), result) for i, result in enumerate(results))
        function.erase()
        _log.info("%s took %.2f s", PREPARE, time.perf_counter() - start)
    used = used_parameters(module.operation)
    return {key: array for key, array in available.items() if key in used}


def erase_prepare(module: ir.Module) -> None:
    """Removes `@prepare` where only the program's text is wanted."""
    function = _prepare_function(module)
    if function is not None:
        function.erase()


def _prepare_function(module: ir.Module) -> ir.Operation | None:
    for view in module.body.operations:
        if isinstance(view, func.FuncOp) and view.name.value == PREPARE:
            return view.operation
    return None
