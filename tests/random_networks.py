"""Random networks: products, attention, convolutions, norms and pools with whatever moves elements
between them, as their results are in float64.
Layers of float32 take kernels of many templates, which read and write arrays in place through
transpositions, slices and reshapes: a network that differs has met one that reads them wrongly.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tessel
from tessel import nn

_SHAPES = ((4, 33), (64, 48), (2, 18, 20), (1, 8, 14, 14), (2, 4, 9, 12), (1, 2, 17, 16))
_MOST_ELEMENTS = 20_000
_TOLERANCE = 2e-3
"""Of the largest element: what float32 loses in a dozen layers; a wrong index costs about 1."""

Step = Callable[[list[Any], Any], Any]


@dataclass
class Network:
    """Layers, each of the values so far and of the arrays that it closes over."""

    inputs: list[np.ndarray]
    steps: list[Step] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)

    def run(self, inputs: list[Any], dtype: Any) -> tuple[Any, ...]:
        """The results of all layers: some of them are read twice, and each is compared."""
        values = list(inputs)
        weights = [one.astype(dtype) for one in self.weights]
        for step in self.steps:
            values.append(step(values, weights))
        return tuple(values[len(inputs) :])

    def difference(self, keep: int, target: str = "host") -> str:
        """How the last `keep` results differ from those of float64; nothing where they do not."""
        expected = self.run([one.astype(np.float64) for one in self.inputs], np.float64)[-keep:]
        compiled = tessel.compile(
            lambda inputs: self.run(inputs, np.float32)[-keep:], target=target
        )
        for name, have, want in zip(self.names[-keep:], compiled(self.inputs), expected):
            if have.shape != want.shape:
                return f"{name}: shape {have.shape}, not {want.shape}"
            error = float(np.abs(have - want).max(initial=0)) / float(np.abs(want).max(initial=1))
            if not error <= _TOLERANCE:
                return f"{name}: off by {error:.1e}; layers {', '.join(self.names)}"
        return ""


def random_network(rng: np.random.Generator, count: int) -> Network:
    """A network of `count` layers, whose values stay moderate."""
    shapes = [_SHAPES[i] for i in rng.integers(0, len(_SHAPES), 2)]
    network = Network([rng.standard_normal(shape).astype(np.float32) for shape in shapes])
    values: list[np.ndarray] = [one.astype(np.float64) for one in network.inputs]
    while len(network.steps) < count:
        at = int(rng.integers(max(0, len(values) - 4), len(values)))
        made = list(_layers(rng, at, values, len(network.weights)))
        name, weights, step = made[rng.integers(len(made))]
        every = [*network.weights, *(one.astype(np.float32) for one in weights)]
        result = step(values, [one.astype(np.float64) for one in every])
        if not 0 < result.size <= _MOST_ELEMENTS or np.abs(result).max() > 50:
            continue
        network.steps.append(step)
        network.names.append(name)
        network.weights = every
        values.append(result)
    return network


def _layers(
    rng: np.random.Generator, at: int, values: list[np.ndarray], w: int
) -> Iterator[tuple[str, list[np.ndarray], Step]]:
    """Layers that fit value number `at`: name, new weights (from number `w` on) and function."""
    shape = values[at].shape
    rank = len(shape)
    axis = int(rng.integers(rank)) if rank else 0
    like = [number for number, one in enumerate(values) if one.shape == shape]
    other = like[rng.integers(len(like))]

    def normal(*sizes: int) -> np.ndarray:
        return rng.standard_normal(sizes) / np.sqrt(max(1, np.prod(sizes[1:])))

    yield "tanh", [], lambda v, _: np.tanh(v[at])
    yield "gelu", [], lambda v, _: nn.gelu(v[at])
    yield "add", [], lambda v, _: v[at] + v[other]
    yield "multiply", [], lambda v, _: v[at] * np.tanh(v[other])
    if not rank:
        return
    order = tuple(int(one) for one in rng.permutation(rank))
    start = int(rng.integers(shape[axis]))
    part = tuple(slice(start, None) if one == axis else slice(None) for one in range(rank))
    turned = tuple(slice(None, None, -1) if one == axis else slice(None) for one in range(rank))
    yield "transpose", [], lambda v, _: np.transpose(v[at], order)
    yield "slice", [], lambda v, _: v[at][part]
    yield "reverse", [], lambda v, _: v[at][turned]
    yield (
        "split",
        [],
        lambda v, _: v[at].reshape(*shape[:-1], 2, -1) if shape[-1] % 2 == 0 else v[at],
    )
    yield "concatenate", [], lambda v, _: np.concatenate([v[at], v[at][part]], axis)
    yield "softmax", [], lambda v, _: nn.softmax(v[at], axis)
    yield "mean", [], lambda v, _: v[at] - np.mean(v[at], axis, keepdims=True)
    yield "maximum", [], lambda v, _: np.max(v[at], axis)
    yield "cumsum", [], lambda v, _: np.cumsum(v[at], axis) / shape[axis]
    if rank > 1:
        yield "reshape", [], lambda v, _: v[at].reshape(shape[0], -1, shape[-1])
        k, n = shape[-1], int(rng.choice([1, 7, 16, 40]))
        weights, bias = [normal(n, k), normal(n)], rng.random() < 0.5
        yield "linear", weights, lambda v, a: v[at] @ a[w].T + (a[w + 1] if bias else 0)
        yield "matmul", [normal(n, k).T], lambda v, a: np.maximum(v[at] @ a[w], 0)
        yield "gram", [], lambda v, _: v[at] @ np.swapaxes(v[other], -1, -2) / k
        yield "product", [], lambda v, _: np.swapaxes(v[at], -1, -2) @ v[other] / shape[-2]
        affine = [1 + normal(k), normal(k)]
        yield "layer_norm", affine, lambda v, a: nn.layer_norm(v[at], a[w], a[w + 1])
        yield "rms_norm", affine[:1], lambda v, a: nn.rms_norm(v[at], a[w])
    if 1 < rank < 5:
        few, causal = int(rng.integers(1, 12)), bool(rng.integers(2))
        attend = nn.scaled_dot_product_attention
        yield "attention", [], lambda v, _: attend(v[at], v[other], v[other], causal=causal)
        yield "decode", [], lambda v, _: attend(v[at][..., :few, :], v[other], np.tanh(v[at]))
    if rank == 4:
        yield from _image_layers(rng, at, shape, w, normal)


def _image_layers(
    rng: np.random.Generator,
    at: int,
    shape: tuple[int, ...],
    w: int,
    normal: Callable[..., np.ndarray],
) -> Iterator[tuple[str, list[np.ndarray], Step]]:
    """Layers of images [N, C, H, W]."""
    channels, size, stride = shape[1], int(rng.choice([1, 3])), int(rng.integers(1, 3))
    if min(shape[2:]) < size:
        return
    filters = int(rng.choice([1, 5, 16]))
    options: Any = {"stride": stride, "padding": size // 2}
    weights = [normal(filters, channels, size, size), normal(filters)]
    depth = [normal(channels, 1, size, size)]
    statistics = [normal(channels), normal(channels), normal(channels), 1 + normal(channels) ** 2]
    yield "conv", weights, lambda v, a: nn.conv(v[at], a[w], a[w + 1], **options)
    yield "conv_relu", weights, lambda v, a: nn.relu(nn.conv(v[at], a[w], a[w + 1], **options))
    yield "depthwise", depth, lambda v, a: nn.conv(v[at], a[w], groups=channels, **options)
    yield "batch_norm", statistics, lambda v, a: nn.batch_norm(v[at], *a[w : w + 4])
    yield "group_norm", [], lambda v, _: nn.group_norm(v[at], 2 if channels % 2 == 0 else 1)
    yield "max_pool", [], lambda v, _: nn.max_pool(v[at], size, **options)
    yield "avg_pool", [], lambda v, _: nn.avg_pool(v[at], size, **options)
    yield "global_avg_pool", [], lambda v, _: nn.global_avg_pool(v[at])
