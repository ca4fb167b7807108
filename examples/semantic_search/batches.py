"""Sentences as batches of equal shape: few shapes to compile, little padding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

LENGTH_STEP = 32
LONGEST = 256
TOKENS_IN_BATCH = 1024
"""About as many tokens as keep two cores busy while activations stay in their caches."""


@dataclass(frozen=True)
class Batch:
    """Sentences padded to one length: tokens int32 [B, S], mask bool [B, S].

    `positions` are the positions of the sentences among all; rows after them are padding.
    """

    tokens: np.ndarray
    mask: np.ndarray
    positions: tuple[int, ...]


def load_tokenizer(folder: Path) -> Tokenizer:
    """The model's tokenizer, which cuts sentences after 256 tokens, as the model's authors do."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=LONGEST)
    return tokenizer


def make_batches(tokenizer: Tokenizer, sentences: Sequence[str]) -> list[Batch]:
    """Batches of sentences of similar length, shortest first."""
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(list(sentences))]
    by_length: dict[int, list[int]] = {}
    for position in sorted(range(len(encoded)), key=lambda index: len(encoded[index])):
        length = -(-len(encoded[position]) // LENGTH_STEP) * LENGTH_STEP
        by_length.setdefault(length, []).append(position)
    batches = []
    for length, positions in by_length.items():
        size = TOKENS_IN_BATCH // length
        for start in range(0, len(positions), size):
            chosen = positions[start : start + size]
            batches.append(_batch([encoded[index] for index in chosen], chosen, size, length))
    return batches


def embed_all(
    embed: Callable[[np.ndarray, np.ndarray], np.ndarray], batches: Sequence[Batch]
) -> np.ndarray:
    """The embeddings of all sentences in their order: float32 [sentences, 384]."""
    results = [(batch, embed(batch.tokens, batch.mask)) for batch in batches]
    total = sum(len(batch.positions) for batch in batches)
    embeddings = np.empty((total, results[0][1].shape[1]), np.float32)
    for batch, rows in results:
        embeddings[list(batch.positions)] = rows[: len(batch.positions)]
    return embeddings


def _batch(sentences: list[list[int]], positions: list[int], size: int, length: int) -> Batch:
    tokens = np.zeros((size, length), np.int32)
    mask = np.zeros((size, length), np.bool_)
    for row, sentence in enumerate(sentences):
        tokens[row, : len(sentence)] = sentence
        mask[row, : len(sentence)] = True
    # Rows without a sentence attend to their first token, so that no mean is over nothing.
    mask[len(sentences) :, 0] = True
    return Batch(tokens, mask, tuple(positions))
