"""Runs what a program computes from its parameters alone, once, before it is compiled."""

import logging
import time
from collections.abc import Mapping

import numpy as np

from tessel.compiler.lowering.constant import used_parameters
from tessel.compiler.passes.hoist_constant_expressions import (
    CONSTANT_EVALUATION,
    constant_evaluation_function,
    folded_key,
)
from tessel.dialects.interpreter import interpret
from tessel.dialects.mlir import ir

_log = logging.getLogger("tessel.compile")


def evaluate_constants(
    module: ir.Module, parameters: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The parameters that `module` reads once its function `@constant_evaluation` has run and gone.

    Raises LookupError for a parameter that `@constant_evaluation` reads and that is not given.
    """
    function = constant_evaluation_function(module.operation)
    available = dict(parameters)
    if function is not None:
        start = time.perf_counter()
        results = interpret(module, [], parameters, CONSTANT_EVALUATION)
        available.update((folded_key(i), result) for i, result in enumerate(results))
        function.erase()
        _log.info("%s took %.2f s", CONSTANT_EVALUATION, time.perf_counter() - start)
    used = used_parameters(module.operation)
    return {key: array for key, array in available.items() if key in used}


def erase_constant_evaluation(module: ir.Module) -> None:
    """Removes `@constant_evaluation` where only the program's text is wanted."""
    function = constant_evaluation_function(module.operation)
    if function is not None:
        function.erase()
