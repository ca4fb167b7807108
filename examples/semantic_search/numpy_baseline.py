"""The same model as a careful NumPy programmer writes it: what Tessel is compared with.

GEMMs run in NumPy's OpenBLAS on all cores; elementwise work is done in place, without temporaries.
"""

import numpy as np

from examples.semantic_search.weights import EPSILON, HEADS, Dense, Layer, Norm, Weights

# Abramowitz and Stegun 7.1.26: the error function to 1.5e-7, about float32's own precision.
_ERF_SCALE = np.float32(0.3275911)
_ERF_COEFFICIENTS = np.float32([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592])


def embed(weights: Weights, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Embeddings of unit length: tokens int32 [B, S], mask bool [B, S], result float32 [B, 384]."""
    states = weights.words[tokens]
    states += weights.positions[: tokens.shape[1]]
    _layer_norm(states, weights.norm)
    hidden = np.where(mask, np.float32(0), np.float32(-np.inf))[:, None, None, :]
    for layer in weights.layers:
        states = _transformer_layer(layer, states, hidden)
    present = mask[:, :, None].astype(np.float32)
    mean = (states * present).sum(axis=1) / present.sum(axis=1)
    return mean / np.linalg.norm(mean, axis=-1, keepdims=True)


def _transformer_layer(layer: Layer, states: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    attended = _dense(_attention(layer.projection, states, hidden), layer.attention_output)
    attended += states
    _layer_norm(attended, layer.attention_norm)
    widened = _dense(attended, layer.widen)
    _gelu(widened)
    result = _dense(widened, layer.narrow)
    result += attended
    _layer_norm(result, layer.output_norm)
    return result


def _attention(projection: Dense, states: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    batch, length, width = states.shape
    joined = _dense(states, projection).reshape(batch, length, 3, HEADS, width // HEADS)
    query, key, value = joined.transpose(2, 0, 3, 1, 4)
    scores = (query * np.float32((width // HEADS) ** -0.5)) @ key.swapaxes(2, 3)
    scores += hidden
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return (scores @ value).transpose(0, 2, 1, 3).reshape(batch, length, width)


def _dense(x: np.ndarray, dense: Dense) -> np.ndarray:
    # One GEMM over all rows: NumPy multiplies stacks of matrices one by one.
    rows = x.reshape(-1, x.shape[-1]) @ dense.weight
    rows += dense.bias
    return rows.reshape(*x.shape[:-1], -1)


def _layer_norm(x: np.ndarray, norm: Norm) -> None:
    x -= x.mean(axis=-1, keepdims=True)
    # einsum adds the squares without storing them.
    variance = np.einsum("...i,...i->...", x, x)[..., None] / np.float32(x.shape[-1])
    x *= norm.scale
    x /= np.sqrt(variance + np.float32(EPSILON))
    x += norm.bias


def _gelu(x: np.ndarray) -> None:
    """x * (1 + erf(x / sqrt(2))) / 2, in place."""
    scaled = x * np.float32(np.sqrt(0.5))
    magnitude = np.abs(scaled)
    ratio = magnitude * _ERF_SCALE
    ratio += np.float32(1)
    np.reciprocal(ratio, out=ratio)
    series = ratio * _ERF_COEFFICIENTS[0]
    for coefficient in _ERF_COEFFICIENTS[1:]:
        series += coefficient
        series *= ratio
    magnitude *= magnitude
    np.negative(magnitude, out=magnitude)
    series *= np.exp(magnitude, out=magnitude)
    np.subtract(np.float32(1), series, out=series)
    np.copysign(series, scaled, out=series)
    series += np.float32(1)
    series *= np.float32(0.5)
    x *= series
