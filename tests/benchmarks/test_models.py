"""The models of the benchmark, small: compiled, they are what they are in eager NumPy."""

import numpy as np
import pytest

import tessel
from benchmarks.models import convolutional, transformer
from benchmarks.models.convolutional import Block, Layer, Network
from benchmarks.models.transformer import Transformer


@pytest.mark.parametrize("before", [False, True])
def test_transformer(before: bool) -> None:
    model = Transformer(2, 32, 4, 64, before=before, causal=before, final=10 if before else 0)
    forward = transformer.in_tessel(model, transformer.weights_of(model))
    x = transformer.example(model, 20)
    compiled = tessel.compile(forward)
    np.testing.assert_allclose(compiled(x), forward(x.astype(np.float64)), rtol=1e-3, atol=1e-4)
    assert compiled.ir("fused", x).count('template = "attention"') == 2
    assert transformer.flops(model, 20) > 2 * 20 * 32 * (4 * 32 + 2 * 64) * 2


def test_a_step_of_a_decoder() -> None:
    """The last token of a text, from the keys and values of those before."""
    model = Transformer(2, 32, 4, 64, before=True, causal=True)
    forward = transformer.in_tessel(model, transformer.weights_of(model))
    inputs = [transformer.example(model, 1), *transformer.caches(model, 20)]
    wide = [one.astype(np.float64) for one in inputs]
    compiled = tessel.compile(forward)
    np.testing.assert_allclose(compiled(*inputs), forward(*wide), rtol=1e-3, atol=1e-4)
    assert "attention_decode" in compiled.explain(*inputs)


def test_network_of_convolutions() -> None:
    """A block that grows, one with a shortcut of its own, one with its input."""
    blocks = (
        Block((Layer("stem", 3, 16, 3, 2),)),
        Block(
            (Layer("a", 16, 8, 1), Layer("b", 8, 8, 3, 2, 8, "relu6")),
            (Layer("d", 16, 8, 1, 2, activation="none"),),
            "relu",
        ),
        Block((Layer("e", 8, 8, 3),), ()),
    )
    network = Network(blocks, pools=True, features=8)
    forward = convolutional.in_tessel(network, convolutional.weights_of(network))
    x = np.random.default_rng(0).standard_normal((1, 3, 32, 32)).astype(np.float32)
    compiled = tessel.compile(forward)
    np.testing.assert_allclose(compiled(x), forward(x.astype(np.float64)), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("network", "gigaflops"),
    [(convolutional.resnet50(), 8.2), (convolutional.mobilenet_v2(), 0.6)],
    ids=["resnet50", "mobilenet_v2"],
)
def test_networks_have_their_known_size(network: Network, gigaflops: float) -> None:
    """4.1 and 0.3 billion multiply-adds."""
    assert convolutional.flops(network) / 1e9 == pytest.approx(gigaflops, rel=0.03)
