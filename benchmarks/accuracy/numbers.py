"""The numbers at which functions are tried."""

import numpy as np

from benchmarks.accuracy.errors import UNSIGNED


def positive(step: int, first: int, count: int) -> np.ndarray:
    """The float32 whose bits are `step` times `first`, and the next ones, without a sign.

    Infinity and NaN are among them; a block that begins beyond the last is empty.
    """
    last = -(-(1 << 31) // step)
    bits = np.arange(first, min(first + count, last), dtype=np.int64) * step
    return bits.astype(np.uint32).view(np.float32)


def sampled(dtype: np.dtype, count: int, seed: int) -> np.ndarray:
    """Numbers of all exponents, and more of those where functions change."""
    random = np.random.default_rng(seed)
    quarter = count // 4
    bits = random.integers(0, 1 << 8 * dtype.itemsize, count - 3 * quarter, UNSIGNED[dtype])
    largest = float(np.log(np.finfo(dtype).max)) * 1.1
    near_one = 1 + random.choice([-1, 1], quarter) * np.exp2(random.uniform(-52, 0, quarter))
    parts = [
        bits.view(dtype),
        random.uniform(-largest, largest, quarter),
        random.normal(0, 3, quarter),
        random.choice([-1, 1], quarter) * near_one,
    ]
    return np.concatenate([part.astype(dtype) for part in parts])


def sampled_pairs(dtype: np.dtype, count: int, seed: int) -> list[np.ndarray]:
    """Two arrays of such numbers: each with any other, or with a neighbour, so that they cancel."""
    x, random = sampled(dtype, count, seed), np.random.default_rng(seed)
    if seed % 2:
        return [x, random.permutation(x)]
    return [x, (x * (1 + 1e-3 * random.normal(size=count))).astype(dtype)]


def special(dtype: np.dtype) -> np.ndarray:
    """Zeros, infinities, NaN, and the smallest and largest numbers of each kind."""
    limits = np.finfo(dtype)
    one = np.float64(1)
    numbers = [0.0, 0.5, 1.0, 2.0, 3.0, 10.0, np.inf, np.nan, np.pi, np.e, 1e3]
    numbers += [float(x) for x in (limits.max, limits.tiny, limits.eps, limits.smallest_subnormal)]
    numbers += [float(limits.max) / 2, float(limits.tiny) * 0.75, float(limits.tiny) * 2]
    numbers += [float(np.nextafter(dtype.type(x), dtype.type(y))) for x in (1, 2) for y in (0, 9)]
    numbers += [float(np.sqrt(one * float(limits.max))), float(np.sqrt(one * float(limits.tiny)))]
    return np.array([*numbers, *(-x for x in numbers)], dtype)


def special_pairs(dtype: np.dtype) -> list[np.ndarray]:
    """Each special number with each."""
    numbers = special(dtype)
    return [one.reshape(-1).copy() for one in np.broadcast_arrays(numbers[:, None], numbers)]
