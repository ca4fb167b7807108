"""Random weights by name, shared by both versions of a model."""

import importlib
from typing import Any

import numpy as np


class Weights(dict[str, np.ndarray]):
    """Arrays by name, made when they are first asked for: the same ones for the same names."""

    def __init__(self, seed: int = 0):
        super().__init__()
        self._rng = np.random.default_rng(seed)

    def normal(self, name: str, *shape: int, scale: float | None = None) -> np.ndarray:
        """Numbers of deviation `scale`: one over the root of what is summed, when None."""
        if name not in self:
            fan_in = int(np.prod(shape[1:] if len(shape) > 1 else shape))
            deviation = fan_in**-0.5 if scale is None else scale
            self[name] = (self._rng.standard_normal(shape) * deviation).astype(np.float32)
        return self[name]

    def around_one(self, name: str, *shape: int) -> np.ndarray:
        """Positive numbers near 1, as scales and variances are."""
        if name not in self:
            self[name] = (1 + 0.1 * self._rng.random(shape)).astype(np.float32)
        return self[name]


def load(module: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Copies arrays into the parameters and buffers of a torch module, by name."""
    torch = importlib.import_module("torch")
    state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    module.load_state_dict(state, strict=False)
    missing = [name for name, _ in module.named_parameters() if name not in state]
    if missing:
        raise KeyError(f"no weights for {missing[:3]}")
    return module
