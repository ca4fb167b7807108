"""Tessel against NumPy on the same batches: speed, and how far the embeddings are apart."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

import tessel
from examples.semantic_search import model, numpy_baseline
from examples.semantic_search.batches import Batch, embed_all
from examples.semantic_search.weights import Weights

Embed = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Comparison:
    """What was measured over the whole corpus; `embeddings` are Tessel's."""

    embeddings: np.ndarray
    reference: np.ndarray
    seconds: float
    reference_seconds: float

    @property
    def largest_difference(self) -> float:
        return float(np.abs(self.embeddings - self.reference).max())

    @property
    def least_cosine(self) -> float:
        return float((self.embeddings * self.reference).sum(axis=-1, dtype=np.float64).min())


def compiled_model(weights: Weights) -> Embed:
    """The model as native code, compiled for each new shape of a batch."""

    @tessel.compile
    def embed(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return model.embed(weights, tokens, mask)

    return embed


def numpy_model(weights: Weights) -> Embed:
    """The model in plain NumPy."""

    def embed(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return numpy_baseline.embed(weights, tokens, mask)

    return embed


def eager_model(weights: Weights) -> Embed:
    """The same code as the compiled model, run op by op on NumPy arrays."""

    def embed(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return model.embed(weights, tokens, mask)

    return embed


def times_slower(slow: Embed, fast: Embed, batches: Sequence[Batch]) -> float:
    """How many times longer `slow` takes than `fast`, over four batches spread over all."""
    sample = batches[:: max(1, len(batches) // 4)][:4]
    progress = tqdm(sample, desc="running eagerly", unit="batch", leave=False)
    pairs = [(_batch_seconds(slow, batch), _batch_seconds(fast, batch)) for batch in progress]
    return sum(one for one, _ in pairs) / sum(other for _, other in pairs)


def compile_shapes(embed: Embed, batches: Sequence[Batch]) -> float:
    """Calls `embed` once for each shape, with a progress bar; the seconds that took."""
    shapes = {batch.tokens.shape: batch for batch in batches}
    start = time.perf_counter()
    progress = tqdm(shapes.items(), desc="compiling", unit="shape", leave=False)
    for (rows, length), batch in progress:
        progress.set_postfix_str(f"{rows} sentences of {length} tokens")
        embed(batch.tokens, batch.mask)
    return time.perf_counter() - start


def compare(embed: Embed, reference: Embed, batches: Sequence[Batch], rounds: int) -> Comparison:
    """Runs both over all batches, in turns; each one's fastest round counts."""
    embeddings = other = np.empty(0)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in tqdm(range(rounds), desc="measuring", unit="round", leave=False):
        seconds, embeddings = _timed(embed, batches)
        times[0].append(seconds)
        seconds, other = _timed(reference, batches)
        times[1].append(seconds)
    return Comparison(embeddings, other, min(times[0]), min(times[1]))


def _batch_seconds(embed: Embed, batch: Batch) -> float:
    start = time.perf_counter()
    embed(batch.tokens, batch.mask)
    return time.perf_counter() - start


def _timed(embed: Embed, batches: Sequence[Batch]) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    embeddings = embed_all(embed, batches)
    return time.perf_counter() - start, embeddings
