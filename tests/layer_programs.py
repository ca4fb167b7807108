"""Layers of images, all in one program, against the same layers in float64."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tessel


def check_layers(
    layers: Sequence[Callable[[Any], Any]], images: Sequence[np.ndarray], level: str, template: str
) -> None:
    """Each layer is one kernel of `template`, and as exact as float32 is."""

    def all_layers(images: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(layer(image) for layer, image in zip(layers, images))

    compiled = tessel.compile(all_layers, target=level)
    images = list(images)
    assert compiled.ir("fused", images).count(f'template = "{template}"') == len(layers)
    wide = [image.astype(np.float64) for image in images]
    for number, (result, expected) in enumerate(zip(compiled(images), all_layers(wide))):
        message = f"layer {number} of {images[number].shape}"
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5, err_msg=message)
