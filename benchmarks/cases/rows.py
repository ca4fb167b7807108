"""Reductions of rows, and what lives on memory's speed."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import Case, normal
from tessel import nn

_SHAPE = (1024, 4096)
_WEIGHT, _BIAS = normal(4096), normal(4096, seed=1)


def row_cases() -> list[Case]:
    """[1024, 4096] float32: bytes read and written once."""
    ones = {
        "softmax": (nn.softmax, lambda f, x: f.softmax(x, -1), True),
        "layer_norm": (
            lambda x: nn.layer_norm(x, _WEIGHT, _BIAS),
            lambda f, x: f.layer_norm(x, (4096,), _tensor(_WEIGHT), _tensor(_BIAS)),
            True,
        ),
        "rms_norm": (
            lambda x: nn.rms_norm(x, _WEIGHT, epsilon=1e-5),
            lambda f, x: f.rms_norm(x, (4096,), _tensor(_WEIGHT), 1e-5),
            True,
        ),
        "gelu chain": (
            lambda x: nn.gelu(x * 2 + 1) * x,
            lambda f, x: f.gelu(x * 2 + 1) * x,
            True,
        ),
        "sum": (lambda x: np.sum(x, axis=-1), lambda f, x: x.sum(-1), False),
        "sum of all": (lambda x: np.sum(x), lambda f, x: x.sum(), False),
        "argmax": (lambda x: np.argmax(x, axis=-1), lambda f, x: x.argmax(-1), False),
    }
    return [_case(name, *functions) for name, functions in ones.items()]


def _case(name: str, tessel: Callable[..., Any], torch: Callable[..., Any], writes: bool) -> Case:
    x = normal(*_SHAPE)
    return Case(
        "rows",
        name,
        [x],
        tessel,
        lambda: _module(torch),
        "copy" if writes else "read",
        bytes=float(x.nbytes * (2 if writes else 1)),
    )


def _tensor(array: np.ndarray) -> Any:
    return importlib.import_module("torch").from_numpy(array)


def _module(function: Callable[..., Any]) -> Any:
    torch = importlib.import_module("torch")

    class Rows(torch.nn.Module):
        def forward(self, x):
            return function(_TypedFunctional(torch.nn.functional, x.dtype), x)

    return Rows()


class _TypedFunctional:
    """torch.nn.functional, with tensors among the arguments in the dtype of the input."""

    def __init__(self, functional: Any, dtype: Any):
        self._functional, self._dtype = functional, dtype

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._functional, name)

        def call(*arguments: Any) -> Any:
            torch = importlib.import_module("torch")
            return function(
                *(one.to(self._dtype) if torch.is_tensor(one) else one for one in arguments)
            )

        return call
