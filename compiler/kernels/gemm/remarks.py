"""What the sizes of a product leave of its tiles."""

import math

from tessel.compiler.kernels.gemm.problem import GemmConfiguration, GemmProblem

_SMALL_K = 32
"""Terms of a sum below which loading and storing sums takes as long as making them."""

_USED = 0.8
"""The part of a panel's columns below which what is computed for nothing counts."""


def product_remarks(problem: GemmProblem, configuration: GemmConfiguration) -> list[str]:
    """Why a product of these sizes stays below the multiplier's limit."""
    found = []
    if problem.k < _SMALL_K:
        found.append(f"K of {problem.k}: sums are loaded and stored as often as added to")
    made = math.ceil(problem.n / configuration.nr) * configuration.nr
    if problem.n / made < _USED:
        found.append(f"{problem.n} of {made} columns used")
    return found
