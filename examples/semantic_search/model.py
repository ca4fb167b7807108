"""The six-layer BERT all-MiniLM-L6-v2, in NumPy and tessel.nn: sentences to embeddings."""

import numpy as np

from examples.semantic_search.weights import EPSILON, HEADS, Dense, Layer, Norm, Weights
from tessel import nn


def embed(weights: Weights, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Embeddings of unit length: tokens int32 [B, S], mask bool [B, S], result float32 [B, 384]."""
    length = tokens.shape[1]
    words = nn.embedding(tokens, weights.words)
    states = _norm(words + weights.positions[:length], weights.norm)
    for layer in weights.layers:
        states = transformer_layer(layer, states, mask)
    return unit_length(mean_of_tokens(states, mask))


def transformer_layer(layer: Layer, states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Attention, then two dense layers, each added to its input and normalised: [B, S, 384]."""
    attended = _dense(attention(layer.projection, states, mask), layer.attention_output)
    states = _norm(states + attended, layer.attention_norm)
    widened = nn.gelu(_dense(states, layer.widen))
    return _norm(states + _dense(widened, layer.narrow), layer.output_norm)


def attention(projection: Dense, states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Each token as the mix of those that it attends to, in 12 heads: [B, S, 384]."""
    batch, length, width = states.shape
    joined = _dense(states, projection).reshape(batch, length, 3, HEADS, width // HEADS)
    query, key, value = joined.transpose(2, 0, 3, 1, 4)
    mixed = nn.scaled_dot_product_attention(query, key, value, mask[:, None, None, :])
    return mixed.transpose(0, 2, 1, 3).reshape(batch, length, width)


def mean_of_tokens(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean state of a sentence's tokens, without padding: [B, 384]."""
    present = mask[:, :, None].astype(np.float32)
    return np.sum(states * present, axis=1) / np.sum(present, axis=1)


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to length 1, so that their products are cosines."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _dense(x: np.ndarray, dense: Dense) -> np.ndarray:
    return x @ dense.weight + dense.bias


def _norm(x: np.ndarray, norm: Norm) -> np.ndarray:
    return nn.layer_norm(x, norm.scale, norm.bias, epsilon=EPSILON)
