"""Runs what a program computes from its parameters alone, once, before it is compiled."""

import logging
import time
from collections.abc import Mapping

import numpy as np

from tessel.compiler.lowering.constant import used_parameters
from tessel.compiler.passes.hoist_parameters import PREPARE, prepare_function, prepared_key
from tessel.dialects.interpreter import interpret
from tessel.dialects.mlir import ir

_log = logging.getLogger("tessel.compile")


def run_prepare(module: ir.Module, parameters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters that `module` reads after its function `@prepare`, which runs and goes.

    Raises LookupError for a parameter that `@prepare` reads and that is not given.
    """
    function = prepare_function(module.operation)
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
    function = prepare_function(module.operation)
    if function is not None:
        function.erase()
