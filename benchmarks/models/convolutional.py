"""ResNet-50 and MobileNetV2 for images of 224 x 224."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.models.weights import Weights, load
from tessel import nn


@dataclass(frozen=True)
class Layer:
    """A convolution with batch norm, and what follows: "relu", "relu6" or "none"."""

    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    groups: int = 1
    activation: str = "relu"


@dataclass(frozen=True)
class Block:
    """Layers one after the other; `shortcut` is added: None for none, () for the input itself."""

    layers: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] | None = None
    activation: str = "none"


@dataclass(frozen=True)
class Network:
    """Blocks, a pool after the first one where there is one, then a mean and a linear layer."""

    blocks: tuple[Block, ...]
    pools: bool
    features: int


def resnet50() -> Network:
    blocks = [Block((Layer("stem", 3, 64, 7, 2),))]
    width = 64
    for stage, (inner, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for index in range(count):
            stride = 2 if stage and not index else 1
            name, outputs = f"s{stage}b{index}", 4 * inner
            layers = (
                Layer(f"{name}a", width, inner, 1),
                Layer(f"{name}b", inner, inner, 3, stride),
                Layer(f"{name}c", inner, outputs, 1, activation="none"),
            )
            down = Layer(f"{name}d", width, outputs, 1, stride, activation="none")
            blocks.append(Block(layers, () if index else (down,), "relu"))
            width = outputs
    return Network(tuple(blocks), pools=True, features=width)


def mobilenet_v2() -> Network:
    blocks = [Block((Layer("stem", 3, 32, 3, 2, activation="relu6"),))]
    width = 32
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)]
    stages += [(6, 160, 3, 2), (6, 320, 1, 1)]
    for stage, (factor, outputs, count, first) in enumerate(stages):
        for index in range(count):
            stride, inner, name = first if not index else 1, width * factor, f"s{stage}b{index}"
            layers = [Layer(f"{name}a", width, inner, 1, activation="relu6")] if factor > 1 else []
            layers += [
                Layer(f"{name}b", inner, inner, 3, stride, inner, "relu6"),
                Layer(f"{name}c", inner, outputs, 1, activation="none"),
            ]
            same = stride == 1 and width == outputs
            blocks.append(Block(tuple(layers), () if same else None))
            width = outputs
    blocks.append(Block((Layer("last", width, 1280, 1, activation="relu6"),)))
    return Network(tuple(blocks), pools=False, features=1280)


def all_layers(network: Network) -> list[Layer]:
    return [one for block in network.blocks for one in (*block.layers, *(block.shortcut or ()))]


def weights_of(network: Network) -> Weights:
    """Named as in the torch module below."""
    weights = Weights()
    for layer in all_layers(network):
        shape = (layer.outputs, layer.inputs // layer.groups, layer.kernel, layer.kernel)
        weights.normal(f"convolutions.{layer.name}.weight", *shape)
        for name in ("weight", "running_var"):
            weights.around_one(f"norms.{layer.name}.{name}", layer.outputs)
        for name in ("bias", "running_mean"):
            weights.normal(f"norms.{layer.name}.{name}", layer.outputs, scale=0.1)
    weights.normal("head.weight", 1000, network.features)
    weights.normal("head.bias", 1000, scale=0.1)
    return weights


def in_tessel(network: Network, weights: Weights) -> Callable[..., Any]:
    """x [N, 3, H, W] -> [N, 1000]."""

    def activate(x: Any, name: str) -> Any:
        if name == "none":
            return x
        return nn.relu(x) if name == "relu" else np.clip(x, 0, 6)

    def run(x: Any, layer: Layer) -> Any:
        padding = layer.kernel // 2
        weight = weights[f"convolutions.{layer.name}.weight"]
        y = nn.conv(x, weight, stride=layer.stride, padding=padding, groups=layer.groups)
        names = ("weight", "bias", "running_mean", "running_var")
        y = nn.batch_norm(y, *(weights[f"norms.{layer.name}.{name}"] for name in names))
        return activate(y, layer.activation)

    def forward(x: Any) -> Any:
        for number, block in enumerate(network.blocks):
            y = x
            for layer in block.layers:
                y = run(y, layer)
            if block.shortcut is not None:
                y = y + (run(x, block.shortcut[0]) if block.shortcut else x)
            x = activate(y, block.activation)
            if network.pools and number == 0:
                x = nn.max_pool(x, 3, stride=2, padding=1)
        return np.mean(x, axis=(2, 3)) @ weights["head.weight"].T + weights["head.bias"]

    return forward


def in_torch(network: Network, weights: Weights) -> Any:
    """The same as a torch module."""
    torch = importlib.import_module("torch")
    functional = torch.nn.functional

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            layers = all_layers(network)
            self.convolutions = torch.nn.ModuleDict(
                {
                    one.name: torch.nn.Conv2d(
                        one.inputs,
                        one.outputs,
                        one.kernel,
                        one.stride,
                        padding=one.kernel // 2,
                        groups=one.groups,
                        bias=False,
                    )
                    for one in layers
                }
            )
            self.norms = torch.nn.ModuleDict(
                {one.name: torch.nn.BatchNorm2d(one.outputs) for one in layers}
            )
            self.head = torch.nn.Linear(network.features, 1000)

        def activate(self, x, name):
            if name == "none":
                return x
            return functional.relu(x) if name == "relu" else functional.relu6(x)

        def run(self, x, layer):
            y = self.norms[layer.name](self.convolutions[layer.name](x))
            return self.activate(y, layer.activation)

        def forward(self, x):
            for number, block in enumerate(network.blocks):
                y = x
                for layer in block.layers:
                    y = self.run(y, layer)
                if block.shortcut is not None:
                    y = y + (self.run(x, block.shortcut[0]) if block.shortcut else x)
                x = self.activate(y, block.activation)
                if network.pools and number == 0:
                    x = functional.max_pool2d(x, 3, 2, 1)
            return self.head(x.mean((2, 3)))

    return load(Model(), weights)


def flops(network: Network, size: int = 224) -> float:
    """Operations of the convolutions and of the last layer, for one image."""
    total, height = 2.0 * 1000 * network.features, size
    for number, block in enumerate(network.blocks):
        first = height
        for layer in block.layers:
            height //= layer.stride
            total += _layer_flops(layer, height)
        for layer in block.shortcut or ():
            total += _layer_flops(layer, first // layer.stride)
        if network.pools and number == 0:
            height //= 2
    return total


def _layer_flops(layer: Layer, height: int) -> float:
    return 2.0 * layer.outputs * layer.inputs // layer.groups * layer.kernel**2 * height**2


def example() -> np.ndarray:
    """One image."""
    return np.random.default_rng(1).standard_normal((1, 3, 224, 224)).astype(np.float32)
