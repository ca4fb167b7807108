"""Search by meaning: the passages whose embeddings are closest to the question's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from examples.semantic_search.batches import embed_all, make_batches
from examples.semantic_search.compare import Embed
from examples.semantic_search.corpus import Passage


@dataclass(frozen=True)
class Hit:
    """A passage that answers, and the cosine of its angle to the question."""

    passage: Passage
    score: float


@dataclass(frozen=True)
class Index:
    """Passages and their embeddings [passages, 384], with what embeds a question."""

    passages: Sequence[Passage]
    embeddings: np.ndarray
    tokenizer: Tokenizer
    embed: Embed

    def search(self, question: str, count: int = 3) -> list[Hit]:
        """The `count` passages closest to the question, best first."""
        (vector,) = embed_all(self.embed, make_batches(self.tokenizer, [question]))
        scores = self.embeddings @ vector
        best = np.argsort(-scores, kind="stable")[:count]
        return [Hit(self.passages[position], float(scores[position])) for position in best]
