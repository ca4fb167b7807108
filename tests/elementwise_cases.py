"""Operands for tests of elementwise ops: the values where such functions go wrong."""

import numpy as np
from differential import Case

from tessel.dialects.base import TesselOp
from tessel.dialects.elementwise import ElementwiseOp
from tessel.dialects.types import SUPPORTED_DTYPES, bfloat16, is_bool, is_complex, is_float

FLOATS = [dtype for dtype in SUPPORTED_DTYPES if is_float(dtype)]
COMPLEX = [dtype for dtype in SUPPORTED_DTYPES if is_complex(dtype)]
INTEGERS = [dtype for dtype in SUPPORTED_DTYPES if dtype.kind in "iu"]


def limits(dtype: np.dtype) -> np.finfo:
    """The number format of a float; bfloat16 has float32's range."""
    return np.finfo(np.float32 if dtype == bfloat16 else dtype)


def special_values(dtype: np.dtype) -> np.ndarray:
    """Zeros, ones, halves, infinities, NaN, the ends of the range, and subnormal floats."""
    if is_bool(dtype):
        return np.array([False, True])
    if not is_float(dtype):
        ends = [np.iinfo(dtype).min, np.iinfo(dtype).max]
        near = [-7, -2, -1] if dtype.kind == "i" else []
        return np.array([0, 1, 2, 3, 5, 7, 31, 63, 64, 100, *near, *ends], dtype)
    largest = float(limits(dtype).max) * (0.99 if dtype == bfloat16 else 1)
    smallest = float(limits(dtype).tiny)
    numbers = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 7.25, 1e3, largest]
    numbers += [smallest, smallest * 0.75, smallest * 2.0**-7]
    return np.array([*numbers, *[-n for n in numbers], np.inf, -np.inf, np.nan], dtype)


def all_magnitudes(dtype: np.dtype, seed: int, count: int = 499) -> np.ndarray:
    """Numbers near 0 and 1, moderate ones, and of every normal exponent, with both signs."""
    random = np.random.default_rng(seed)
    smallest, largest = np.log2(float(limits(dtype).tiny)), np.log2(float(limits(dtype).max))
    powers = np.exp2(random.uniform(smallest + 1, largest - 0.1, count))
    parts = [
        random.normal(size=count),
        random.uniform(-100, 100, count),
        random.uniform(smallest * 0.69, largest * 0.69, count),
        random.choice([-1, 1], count) * powers,
        1 + random.normal(size=count) * 1e-3,
    ]
    numbers = np.concatenate(parts)
    return np.clip(numbers, -float(limits(dtype).max), float(limits(dtype).max)).astype(dtype)


def complex_numbers(dtype: np.dtype, seed: int, count: int = 311) -> np.ndarray:
    """Numbers between 1e-3 and 1e1 in size, in all directions, and on the axes."""
    random = np.random.default_rng(seed)
    sizes = np.exp(random.uniform(np.log(1e-3), np.log(1e1), count))
    numbers = sizes * np.exp(2j * np.pi * random.uniform(size=count))
    numbers[:40] = numbers[:40].real
    numbers[40:80] = 1j * numbers[40:80].imag
    return numbers.astype(dtype)


def pairs(values: np.ndarray) -> list[np.ndarray]:
    """All pairs of values, as two arrays that broadcast."""
    return [values[:, None], values[None, :]]


def shapes(op: type[ElementwiseOp], dtype: np.dtype) -> list[Case]:
    """Ranks 0 to 3, sizes 0, 1 and primes, broadcasts, dynamic sizes, arrays with strides."""
    random = np.random.default_rng(7)

    def array(*shape: int) -> np.ndarray:
        return np.asarray(random.integers(1, 4, size=shape)).astype(dtype)

    wide = array(26, 17)[::2, ::-3]
    if len(op.operand_fields) == 1:
        operands = [[array()], [array(0, 3)], [array(1)], [array(2, 3, 5)], [wide]]
        return [Case(op, one, dynamic=dynamic) for one in operands for dynamic in (False, True)]
    broadcast = [((), ()), ((0,), (1,)), ((13, 1), (7,)), ((2, 1, 5), (3, 1))]
    cases = [Case(op, [array(*left), array(*right)]) for left, right in broadcast]
    # Two dynamic sizes stand for equal ones, so only ranks broadcast there.
    ranks = [((13, 6), (6,)), ((0, 3), (0, 3)), ((1, 1), (1,))]
    cases += [Case(op, [array(*left), array(*right)], dynamic=True) for left, right in ranks]
    return [*cases, Case(op, [wide, array(13, 1)]), Case(op, [wide, array(13, 6)], dynamic=True)]


def unary(op: type[TesselOp], *arrays: np.ndarray) -> list[Case]:
    return [Case(op, [array]) for array in arrays]
