"""Array types: a dtype and a shape, as Python sees them and as MLIR writes them.

`ArrayType(np.float32, (4, None))` is `tensor<4x?xf32>`, and so is one of `(4, n)` where n is a
`Dim`. Signed integers are MLIR's signless ones,
unsigned integers are `ui8` ... `ui64`, booleans are `i1`.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from tessel.dialects.dim import Dimension, same_size, size_text
from tessel.dialects.dtypes import SUPPORTED_DTYPES as SUPPORTED_DTYPES
from tessel.dialects.dtypes import bfloat16
from tessel.dialects.mlir import DYNAMIC, ir

Shape = tuple[Dimension, ...]

_ELEMENT_TYPES: dict[np.dtype, Callable[[], ir.Type]] = {
    np.dtype(np.bool_): lambda: ir.IntegerType.get_signless(1),
    np.dtype(np.int8): lambda: ir.IntegerType.get_signless(8),
    np.dtype(np.int16): lambda: ir.IntegerType.get_signless(16),
    np.dtype(np.int32): lambda: ir.IntegerType.get_signless(32),
    np.dtype(np.int64): lambda: ir.IntegerType.get_signless(64),
    np.dtype(np.uint8): lambda: ir.IntegerType.get_unsigned(8),
    np.dtype(np.uint16): lambda: ir.IntegerType.get_unsigned(16),
    np.dtype(np.uint32): lambda: ir.IntegerType.get_unsigned(32),
    np.dtype(np.uint64): lambda: ir.IntegerType.get_unsigned(64),
    np.dtype(np.float16): lambda: ir.F16Type.get(),
    bfloat16: lambda: ir.BF16Type.get(),
    np.dtype(np.float32): lambda: ir.F32Type.get(),
    np.dtype(np.float64): lambda: ir.F64Type.get(),
    np.dtype(np.complex64): lambda: ir.ComplexType.get(ir.F32Type.get()),
    np.dtype(np.complex128): lambda: ir.ComplexType.get(ir.F64Type.get()),
}

_DTYPES: dict[str, np.dtype] = {
    "i1": np.dtype(np.bool_),
    **{f"i{width}": np.dtype(f"int{width}") for width in (8, 16, 32, 64)},
    **{f"ui{width}": np.dtype(f"uint{width}") for width in (8, 16, 32, 64)},
    "f16": np.dtype(np.float16),
    "bf16": bfloat16,
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "complex<f32>": np.dtype(np.complex64),
    "complex<f64>": np.dtype(np.complex128),
}


def is_bool(dtype: np.dtype) -> bool:
    """Whether `dtype` is the boolean type."""
    return dtype.kind == "b"


def is_signed(dtype: np.dtype) -> bool:
    """Whether `dtype` is a signed integer."""
    return dtype.kind == "i"


def is_unsigned(dtype: np.dtype) -> bool:
    """Whether `dtype` is an unsigned integer."""
    return dtype.kind == "u"


def is_integer(dtype: np.dtype) -> bool:
    """Whether `dtype` is an integer, signed or not (booleans are not)."""
    return dtype.kind in "iu"


def is_float(dtype: np.dtype) -> bool:
    """Whether `dtype` is a real floating-point type, bfloat16 included."""
    return dtype.kind == "f" or dtype == bfloat16


def is_complex(dtype: np.dtype) -> bool:
    """Whether `dtype` is a complex type."""
    return dtype.kind == "c"


def is_half(dtype: np.dtype) -> bool:
    """Whether `dtype` is float16 or bfloat16."""
    return dtype == np.float16 or dtype == bfloat16


def accumulation_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype in which sums of `dtype` are formed: float32 for half precision, else its own."""
    return np.dtype(np.float32) if is_half(dtype) else np.dtype(dtype)


def real_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype of the parts of a complex type; any other dtype is its own."""
    if not is_complex(dtype):
        return dtype
    return np.dtype(np.float32) if dtype == np.complex64 else np.dtype(np.float64)


def element_type(dtype: np.dtype) -> ir.Type:
    """The MLIR type of one element; needs a current MLIR context.

    Raises KeyError for a dtype that no array of Tessel has.
    """
    return _ELEMENT_TYPES[np.dtype(dtype)]()


def dtype_of(mlir_type: ir.Type) -> np.dtype:
    """The dtype of an MLIR element type.

    Raises KeyError for a type that no array of Tessel has.
    """
    return _DTYPES[str(mlir_type)]


@dataclass(frozen=True)
class ArrayType:
    """The dtype and shape of an array.

    A size is a number; while a program is traced also a `Dim`, in IR also None. `value` is what an
    array of rank 0 that is a size stands for.

    >>> str(ArrayType(np.dtype("float32"), (4, None)))
    'float32[4, ?]'
    """

    dtype: np.dtype
    shape: Shape
    value: Dimension = field(default=None, compare=False)

    @staticmethod
    def of(value: "ir.Value | ir.Type | np.ndarray") -> "ArrayType":
        """The type of an MLIR value, an MLIR tensor type or a NumPy array.

        Raises ValueError for another MLIR type, and KeyError for elements that no array has.
        """
        if isinstance(value, np.ndarray | np.generic):
            return ArrayType(value.dtype, value.shape)
        return _of_text(str(value if isinstance(value, ir.Type) else value.type))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape, where all of it is known; AssertionError elsewhere."""
        known = tuple(size for size in self.shape if isinstance(size, int))
        assert len(known) == self.rank, f"{self} has dynamic sizes"
        return known

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_static(self) -> bool:
        return all(isinstance(size, int) for size in self.shape)

    @property
    def size(self) -> int:
        """Number of elements; a dynamic type has none that is known, so this raises ValueError."""
        if not self.is_static:
            raise ValueError(f"{self} has a dynamic size")
        return math.prod(self.sizes)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements; ValueError for a dynamic type, as `size`."""
        return self.size * self.dtype.itemsize

    def to_mlir(self) -> ir.Type:
        """The MLIR tensor type; needs a current MLIR context."""
        sizes = [size if isinstance(size, int) else DYNAMIC for size in self.shape]
        return ir.RankedTensorType.get(sizes, element_type(self.dtype))

    def with_dtype(self, dtype: np.dtype) -> "ArrayType":
        return ArrayType(np.dtype(dtype), self.shape)

    def with_shape(self, shape: Sequence[Dimension]) -> "ArrayType":
        return ArrayType(self.dtype, tuple(shape))

    def accepts(self, other: "ArrayType") -> bool:
        """Whether a value of type `other` may stand where this type is declared.

        Equal dtype and rank, and sizes that do not contradict each other (`?` agrees with all).
        """
        return (
            self.dtype == other.dtype
            and self.rank == other.rank
            and all(same_size(mine, theirs) for mine, theirs in zip(self.shape, other.shape))
        )

    def __str__(self) -> str:
        sizes = ", ".join(map(size_text, self.shape))
        return f"{self.dtype}[{sizes}]"


_TENSOR = re.compile(r"tensor<((?:(?:\d+|\?)x)*)([^,]+)>")
"""The text of a ranked tensor type without an encoding: `tensor<4x?xf32>`."""


@lru_cache(maxsize=1 << 14)
def _of_text(text: str) -> ArrayType:
    """The array type that a tensor type of this text stands for.

    Types are read again and again. Their text is one call to upstream, and what it stands for is
    remembered: their sizes and elements are three more calls.
    """
    match = _TENSOR.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no ranked tensor type")
    sizes = match[1].split("x")[:-1]
    shape = tuple(None if size == "?" else int(size) for size in sizes)
    return ArrayType(_DTYPES[match[2]], shape)
