"""Whole models, float32, batch 1."""

from collections.abc import Callable
from functools import partial

from benchmarks.case import Case
from benchmarks.models import convolutional, transformer
from benchmarks.models.transformer import Transformer

_TRANSFORMERS = {
    "minilm 128": (Transformer(6, 384, 12, 1536, before=False, causal=False), 128),
    "bert-base 128": (Transformer(12, 768, 12, 3072, before=False, causal=False), 128),
    "bert-base 512": (Transformer(12, 768, 12, 3072, before=False, causal=False), 512),
    "gpt2 prefill 256": (Transformer(12, 768, 12, 3072, before=True, causal=True), 256),
    "vit-b/16": (Transformer(12, 768, 12, 3072, before=True, causal=False, final=1000), 197),
}


def model_cases() -> list[Case]:
    """Encoders, a decoder's prefill and one step of it, and two networks of convolutions."""
    return [make() for make in MODELS.values()]


def _transformer(name: str, model: Transformer, length: int) -> Case:
    weights = transformer.weights_of(model)
    return Case(
        "models",
        name,
        [transformer.example(model, length)],
        transformer.in_tessel(model, weights),
        lambda: transformer.in_torch(model, weights),
        "fma",
        flops=transformer.flops(model, length),
        tolerance=2e-4,
    )


def _decoder(name: str, model: Transformer, length: int) -> Case:
    """One token after `length` others: the weights and the caches are read once."""
    weights = transformer.weights_of(model)
    inputs = [transformer.example(model, 1), *transformer.caches(model, length)]
    return Case(
        "models",
        name,
        inputs,
        transformer.in_tessel(model, weights),
        lambda: transformer.in_torch(model, weights),
        "read",
        bytes=float(sum(one.nbytes for one in (*weights.values(), *inputs))),
        tolerance=2e-4,
    )


def _network(name: str, network: convolutional.Network) -> Case:
    weights = convolutional.weights_of(network)
    return Case(
        "models",
        name,
        [convolutional.example()],
        convolutional.in_tessel(network, weights),
        lambda: convolutional.in_torch(network, weights),
        "fma",
        flops=convolutional.flops(network),
        tolerance=2e-4,
    )


MODELS: dict[str, Callable[[], Case]] = {
    **{name: partial(_transformer, name, *one) for name, one in _TRANSFORMERS.items()},
    "gpt2 decode 256": lambda: _decoder(
        "gpt2 decode 256", Transformer(12, 768, 12, 3072, before=True, causal=True), 256
    ),
    "resnet50": lambda: _network("resnet50", convolutional.resnet50()),
    "mobilenet_v2": lambda: _network("mobilenet_v2", convolutional.mobilenet_v2()),
}
"""The cases by name, made when they are asked for: their weights take gigabytes together."""
