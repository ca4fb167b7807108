"""Dtypes: limits, casts, promotion and kinds."""

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from tessel.compiler.diagnostics import DTypeError
from tessel.compiler.frontend.tracing.apply import Array
from tessel.compiler.frontend.tracing.promotion import cast_to, weak_type
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.types import bfloat16, is_complex, is_float, is_integer

DEVICE = "cpu"
"""The only device of NumPy arrays."""

_NUMBERS = {int: 1, float: 1.0, complex: 1j}


@dataclass(frozen=True)
class FloatLimits:
    """What floating-point numbers of a dtype can hold; of complex dtypes, one part."""

    bits: int
    dtype: np.dtype
    eps: float
    max: float
    min: float
    smallest_normal: float
    smallest_subnormal: float

    @property
    def tiny(self) -> float:
        """NumPy's other name for `smallest_normal`."""
        return self.smallest_normal


@dataclass(frozen=True)
class IntegerLimits:
    """What integers of a dtype can hold."""

    bits: int
    dtype: np.dtype
    max: int
    min: int


def finfo(type: Any, /) -> FloatLimits:
    """`numpy.finfo` of a floating-point or complex dtype, or of an array of one."""
    dtype = _dtype(type)
    if is_complex(dtype):
        dtype = np.dtype(np.float32 if dtype == np.complex64 else np.float64)
    if not is_float(dtype):
        raise DTypeError(f"finfo of {dtype}, which is no float", location=user_location())
    limits = ml_dtypes.finfo(dtype) if dtype == bfloat16 else np.finfo(dtype)
    return FloatLimits(
        bits=int(limits.bits),
        dtype=dtype,
        eps=float(limits.eps),
        max=float(limits.max),
        min=float(limits.min),
        smallest_normal=float(limits.smallest_normal),
        smallest_subnormal=float(limits.smallest_subnormal),
    )


def iinfo(type: Any, /) -> IntegerLimits:
    """`numpy.iinfo` of an integer dtype, or of an array of one."""
    dtype = _dtype(type)
    if not is_integer(dtype):
        raise DTypeError(f"iinfo of {dtype}, which is no integer", location=user_location())
    limits = np.iinfo(dtype)
    return IntegerLimits(limits.bits, dtype, limits.max, limits.min)


def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Array:
    """`numpy.astype`: x with elements of another dtype; without `copy`, x where it has it."""
    check_device(device)
    cast = cast_to(x, dtype)
    return cast.copy() if copy and cast is x else cast


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    """`numpy.result_type`: what arrays, numbers and dtypes promote to."""
    return np.result_type(*[_sample(one) for one in arrays_and_dtypes])


def can_cast(from_: Any, to: Any, /, casting: str = "safe") -> bool:
    """`numpy.can_cast`: whether a dtype, or an array's, can become another without loss."""
    given = from_.dtype if isinstance(from_, TracedArray | np.ndarray) else from_
    return np.can_cast(given, to, casting)  # type: ignore[arg-type]


def check_device(device: Any) -> None:
    """Raises ValueError for a device that NumPy arrays cannot be on."""
    if device not in (None, DEVICE):
        raise ValueError(f'device {device!r} does not exist; arrays are on "{DEVICE}"')


def _sample(given: Any) -> Any:
    """A traced array as NumPy promotes it: a Python number where it is weak, else its dtype."""
    if not isinstance(given, TracedArray):
        return given
    kind = weak_type(given)
    return given.dtype if kind is None else _NUMBERS[kind]


def _dtype(given: Any) -> np.dtype:
    return given.dtype if isinstance(given, TracedArray | np.ndarray) else np.dtype(given)
