"""A NumPy function, compiled: what it returns, and what became of it."""

import numpy as np

import tessel


@tessel.compile
def layer(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A dense layer whose rows have length 1: x [N, I], w [I, O], b [O], result [N, O]."""
    y = np.maximum(x @ w + b, 0)
    return y / np.linalg.norm(y, axis=-1, keepdims=True)


def main() -> np.ndarray:
    """Runs the layer, prints how it was compiled, and returns its result."""
    random = np.random.default_rng(0)
    x, w, b = (random.random(shape, np.float32) for shape in ((64, 128), (128, 256), (256,)))
    result = layer(x, w, b)
    print(layer.explain(x, w, b))
    print(layer.ir("fused", x, w, b))
    return result


if __name__ == "__main__":
    main()
