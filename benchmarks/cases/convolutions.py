"""Every distinct convolution of ResNet-50 and MobileNetV2 at 224 x 224, channels first."""

import importlib
from typing import Any

import numpy as np

from benchmarks.case import Case, normal
from tessel import nn

_RESNET = [
    (3, 224, 64, 7, 2, 1),
    *((64, 56, 64, 1, 1, 1), (64, 56, 64, 3, 1, 1), (64, 56, 256, 1, 1, 1), (256, 56, 64, 1, 1, 1)),
    *((256, 56, 128, 1, 1, 1), (128, 56, 128, 3, 2, 1), (128, 28, 512, 1, 1, 1)),
    *((256, 56, 512, 1, 2, 1), (512, 28, 128, 1, 1, 1), (128, 28, 128, 3, 1, 1)),
    *((512, 28, 256, 1, 1, 1), (256, 28, 256, 3, 2, 1), (256, 14, 1024, 1, 1, 1)),
    *((512, 28, 1024, 1, 2, 1), (1024, 14, 256, 1, 1, 1), (256, 14, 256, 3, 1, 1)),
    *((1024, 14, 512, 1, 1, 1), (512, 14, 512, 3, 2, 1), (512, 7, 2048, 1, 1, 1)),
    *((1024, 14, 2048, 1, 2, 1), (2048, 7, 512, 1, 1, 1), (512, 7, 512, 3, 1, 1)),
]
_MOBILENET = [
    (3, 224, 32, 3, 2, 1),
    *((32, 112, 32, 3, 1, 32), (32, 112, 16, 1, 1, 1), (16, 112, 96, 1, 1, 1)),
    *((96, 112, 96, 3, 2, 96), (96, 56, 24, 1, 1, 1), (24, 56, 144, 1, 1, 1)),
    *((144, 56, 144, 3, 1, 144), (144, 56, 24, 1, 1, 1), (144, 56, 144, 3, 2, 144)),
    *((144, 28, 32, 1, 1, 1), (32, 28, 192, 1, 1, 1), (192, 28, 192, 3, 1, 192)),
    *((192, 28, 32, 1, 1, 1), (192, 28, 192, 3, 2, 192), (192, 14, 64, 1, 1, 1)),
    *((64, 14, 384, 1, 1, 1), (384, 14, 384, 3, 1, 384), (384, 14, 64, 1, 1, 1)),
    *((384, 14, 96, 1, 1, 1), (96, 14, 576, 1, 1, 1), (576, 14, 576, 3, 1, 576)),
    *((576, 14, 96, 1, 1, 1), (576, 14, 576, 3, 2, 576), (576, 7, 160, 1, 1, 1)),
    *((160, 7, 960, 1, 1, 1), (960, 7, 960, 3, 1, 960), (960, 7, 160, 1, 1, 1)),
    *((960, 7, 320, 1, 1, 1), (320, 7, 1280, 1, 1, 1)),
]
"""Input channels, input size, output channels, kernel, stride, groups."""


def convolution_cases() -> list[Case]:
    """Each layer with its bias, one image."""
    return [_case("resnet50", *one) for one in _RESNET] + [
        _case("mobilenet", *one) for one in _MOBILENET
    ]


def _case(
    model: str, channels: int, size: int, outputs: int, kernel: int, stride: int, groups: int
) -> Case:
    scale = (channels // groups * kernel**2) ** -0.5
    weight = normal(outputs, channels // groups, kernel, kernel, scale=scale)
    bias = normal(outputs)
    padding = kernel // 2

    def convolution(x):
        return nn.conv(x, weight, bias, stride=stride, padding=padding, groups=groups)

    name = f"{channels}x{size} {kernel}x{kernel}/{stride} {outputs}"
    return Case(
        "convolution",
        f"{model} {name}" + (" depthwise" if groups > 1 else ""),
        [normal(1, channels, size, size)],
        convolution,
        lambda: _module(weight, bias, stride, padding, groups),
        "fma",
        flops=2.0 * weight.size * (size // stride) ** 2,
    )


def _module(weight: np.ndarray, bias: np.ndarray, stride: int, padding: int, groups: int) -> Any:
    torch = importlib.import_module("torch")
    outputs, depth, kernel, _ = weight.shape
    module = torch.nn.Conv2d(
        depth * groups, outputs, kernel, stride, padding=padding, groups=groups
    )
    module.weight.data, module.bias.data = (torch.from_numpy(one.copy()) for one in (weight, bias))
    return module
