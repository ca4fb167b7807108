"""The dtypes that arrays of Tessel may have; known without MLIR's bindings."""

import ml_dtypes
import numpy as np

bfloat16 = np.dtype(ml_dtypes.bfloat16)

SUPPORTED_DTYPES: tuple[np.dtype, ...] = (
    np.dtype(np.bool_),
    *(np.dtype(f"int{width}") for width in (8, 16, 32, 64)),
    *(np.dtype(f"uint{width}") for width in (8, 16, 32, 64)),
    np.dtype(np.float16),
    bfloat16,
    np.dtype(np.float32),
    np.dtype(np.float64),
    np.dtype(np.complex64),
    np.dtype(np.complex128),
)
