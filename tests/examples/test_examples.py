"""The examples run, and the compiled model embeds as NumPy does."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from examples.semantic_search.batches import embed_all, load_tokenizer, make_batches
from examples.semantic_search.compare import compiled_model, numpy_model
from examples.semantic_search.weights import load_weights, model_folder

ROOT = Path(__file__).parent.parent.parent
SENTENCES = [
    "Tessel compiles array programs.",
    "A compiler turns programs into machine code.",
    "The cat sleeps on the warm roof.",
]


@pytest.mark.parametrize("name", ["quickstart", "kmeans", "game_of_life"])
def test_example_runs(name: str) -> None:
    """The file runs as a program."""
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")


def test_embeddings_equal_those_of_numpy() -> None:
    """Cosine at least 0.99999 to the NumPy model; sentences alike in meaning are closest."""
    folder = model_folder()
    weights = load_weights(folder)
    batches = make_batches(load_tokenizer(folder), SENTENCES)
    embeddings = embed_all(compiled_model(weights), batches)
    reference = embed_all(numpy_model(weights), batches)
    assert np.sum(embeddings * reference, axis=-1).min() >= 0.99999
    assert embeddings[0] @ embeddings[1] > embeddings[0] @ embeddings[2]
