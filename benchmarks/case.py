"""What is measured: one computation, as each framework is asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One computation on fixed inputs.

    `tessel` is a NumPy-style function of `inputs`; `module` makes the torch module that does the
    same, from which torch, torch.compile, ONNX Runtime and OpenVINO run, and whose float64 results
    are the reference. `jax` is a function of `jax.numpy` arrays, where it is worth comparing.
    `onnx` writes the model for ONNX Runtime and OpenVINO, where torch cannot export it.
    `limit` names what the machine is short of: `fma`, `bfloat16` or `int8` with `flops`, `read` or
    `copy` with `bytes`. `tolerance` is relative to the largest magnitude of the reference.
    """

    group: str
    name: str
    inputs: list[np.ndarray]
    tessel: Callable[..., Any]
    module: Callable[[], Any]
    limit: str
    flops: float = 0.0
    bytes: float = 0.0
    jax: Callable[..., Any] | None = None
    onnx: Callable[[], bytes] | None = None
    tolerance: float = 2e-5

    def rate(self, seconds: float) -> float:
        """GFLOP/s or GB/s."""
        counted = self.bytes if self.limit in ("read", "copy") else self.flops
        return counted / seconds / 1e9


def normal(*shape: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    """Float32 numbers of a normal distribution."""
    rng = np.random.default_rng(seed + sum(shape))
    return (rng.standard_normal(shape) * scale).astype(np.float32)
