"""A program: a module, the arrays of its parameters, and how it is called.

Every front end makes one, and everything behind takes one. How arguments and results of a caller
become arrays is the front end's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tessel.compiler.failed_checks import RunTimeChecks
from tessel.dialects.assumptions import SizeGuards

if TYPE_CHECKING:
    from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class Program:
    """The function `main` of a module at stage `trace`, which takes and returns arrays.

    The results that a caller asked for come first, then the new values of the arguments `mutated`,
    by position, and last, where there are `checks`, which of them failed. It is right for arguments
    whose sizes fulfil `guards`.
    """

    module: "ir.Module"
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    mutated: Sequence[int] = ()
    checks: RunTimeChecks | None = None
    guards: SizeGuards = field(default_factory=SizeGuards)
