"""Encoders and decoders: BERT, MiniLM, GPT-2 and ViT, from embeddings on."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.models.weights import Weights, load
from tessel import nn


@dataclass(frozen=True)
class Transformer:
    """Sizes of a model; `before`: norms come before their block, as in GPT-2 and ViT."""

    layers: int
    width: int
    heads: int
    inner: int
    before: bool
    causal: bool
    final: int = 0
    """Outputs of a last linear layer; 0 for none."""

    @property
    def depth(self) -> int:
        return self.width // self.heads


def weights_of(model: Transformer) -> Weights:
    """Named as in the torch module below."""
    weights, width = Weights(), model.width
    for layer in range(model.layers):
        name = f"blocks.{layer}."
        for part, outputs, inputs in (
            *(("query", width, width), ("key", width, width), ("value", width, width)),
            *(("output", width, width), ("wide", model.inner, width)),
            ("narrow", width, model.inner),
        ):
            weights.normal(f"{name}{part}.weight", outputs, inputs)
            weights.normal(f"{name}{part}.bias", outputs, scale=0.02)
        for norm in ("first", "second"):
            weights.around_one(f"{name}{norm}.weight", width)
            weights.normal(f"{name}{norm}.bias", width, scale=0.02)
    if model.before:
        weights.around_one("last.weight", width)
        weights.normal("last.bias", width, scale=0.02)
    if model.final:
        weights.normal("head.weight", model.final, width)
    return weights


def in_tessel(model: Transformer, weights: Weights) -> Callable[..., Any]:
    """x [B, S, width] -> [B, S, width or final].

    `caches` are the keys and values of earlier tokens, two for each layer, [B, heads, T, depth].
    """

    def linear(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: Any, name: str) -> Any:
        return nn.layer_norm(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def attend(x: Any, name: str, cached: Sequence[Any]) -> Any:
        batch, length, _ = x.shape
        shape = (batch, length, model.heads, model.depth)
        parts = (linear(x, f"{name}{part}") for part in ("query", "key", "value"))
        heads = [part.reshape(shape).transpose(0, 2, 1, 3) for part in parts]
        heads[1:] = (join(old, new) for old, new in zip(cached, heads[1:])) if cached else heads[1:]
        causal = model.causal and not cached
        mixed = nn.scaled_dot_product_attention(*heads, causal=causal)
        joined = mixed.transpose(0, 2, 1, 3).reshape(batch, length, model.width)
        return linear(joined, f"{name}output")

    def join(old: Any, new: Any) -> Any:
        return np.concatenate([old, new], axis=2)

    def feed(x: Any, name: str) -> Any:
        return linear(nn.gelu(linear(x, f"{name}wide")), f"{name}narrow")

    def forward(x: Any, *caches: Any) -> Any:
        for layer in range(model.layers):
            name, cached = f"blocks.{layer}.", caches[2 * layer : 2 * layer + 2]
            if model.before:
                x = x + attend(norm(x, f"{name}first"), name, cached)
                x = x + feed(norm(x, f"{name}second"), name)
            else:
                x = norm(x + attend(x, name, cached), f"{name}first")
                x = norm(x + feed(x, name), f"{name}second")
        x = norm(x, "last") if model.before else x
        return x @ weights["head.weight"].T if model.final else x

    return forward


def in_torch(model: Transformer, weights: Weights) -> Any:
    """The same as a torch module."""
    torch = importlib.import_module("torch")
    functional = torch.nn.functional

    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            width = model.width
            self.query, self.key, self.value, self.output = (
                torch.nn.Linear(width, width) for _ in range(4)
            )
            self.wide = torch.nn.Linear(width, model.inner)
            self.narrow = torch.nn.Linear(model.inner, width)
            self.first, self.second = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)

        def attend(self, x, cached):
            batch, length, _ = x.shape
            shape = (batch, length, model.heads, model.depth)
            heads = [
                one(x).view(shape).transpose(1, 2) for one in (self.query, self.key, self.value)
            ]
            if cached:
                heads[1:] = [torch.cat(pair, 2) for pair in zip(cached, heads[1:])]
            causal = model.causal and not cached
            mixed = functional.scaled_dot_product_attention(*heads, is_causal=causal)
            return self.output(mixed.transpose(1, 2).reshape(batch, length, model.width))

        def feed(self, x):
            return self.narrow(functional.gelu(self.wide(x)))

        def forward(self, x, *cached):
            if model.before:
                x = x + self.attend(self.first(x), cached)
                return x + self.feed(self.second(x))
            x = self.first(x + self.attend(x, cached))
            return self.second(x + self.feed(x))

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = torch.nn.ModuleList(Block() for _ in range(model.layers))
            self.last = torch.nn.LayerNorm(model.width) if model.before else torch.nn.Identity()
            self.head = (
                torch.nn.Linear(model.width, model.final, bias=False)
                if model.final
                else torch.nn.Identity()
            )

        def forward(self, x, *caches):
            for layer, block in enumerate(self.blocks):
                x = block(x, *caches[2 * layer : 2 * layer + 2])
            return self.head(self.last(x))

    return load(Model(), weights)


def flops(model: Transformer, length: int) -> float:
    """Operations of the products and of attention."""
    products = 2.0 * length * model.width * (4 * model.width + 2 * model.inner)
    scores = 4.0 * length * length * model.width * (0.5 if model.causal else 1)
    return model.layers * (products + scores) + 2.0 * length * model.width * model.final


def example(model: Transformer, length: int) -> np.ndarray:
    """Embeddings of one text."""
    rng = np.random.default_rng(1)
    return rng.standard_normal((1, length, model.width)).astype(np.float32)


def caches(model: Transformer, length: int) -> list[np.ndarray]:
    """Keys and values of a text, two for each layer."""
    rng = np.random.default_rng(2)
    shape = (1, model.heads, length, model.depth)
    return [rng.standard_normal(shape).astype(np.float32) for _ in range(2 * model.layers)]
