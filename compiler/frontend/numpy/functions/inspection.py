"""What the namespace says about itself: `__array_namespace_info__` of the array API standard."""

from typing import Any

import numpy as np

from tessel.compiler.frontend.numpy.functions.data_types import DEVICE, check_device

ARRAY_API_VERSION = "2024.12"

_KINDS = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_GROUPS = {
    "integral": ("signed integer", "unsigned integer"),
    "numeric": ("signed integer", "unsigned integer", "real floating", "complex floating"),
}


class NamespaceInfo:
    """Capabilities, devices and dtypes of eager arrays, which are NumPy's."""

    def capabilities(self) -> dict[str, Any]:
        """Whether sizes may depend on data: eagerly they may, in compiled functions not."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """Where arrays are made."""
        return DEVICE

    def devices(self) -> list[str]:
        """Where arrays can be."""
        return [DEVICE]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype]:
        """The dtypes of arrays that are made without one."""
        check_device(device)
        return {
            "real floating": np.dtype(np.float64),
            "complex floating": np.dtype(np.complex128),
            "integral": np.dtype(np.int64),
            "indexing": np.dtype(np.int64),
        }

    def dtypes(
        self, *, device: Any = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, np.dtype]:
        """The dtypes of the standard by name, all or those of one or several kinds.

        Raises ValueError for an unknown kind.
        """
        check_device(device)
        kinds = tuple(_KINDS) if kind is None else (kind,) if isinstance(kind, str) else kind
        found: dict[str, np.dtype] = {}
        for one in kinds:
            if one not in _KINDS and one not in _GROUPS:
                raise ValueError(f"unknown kind of dtype {one!r}; {', '.join([*_KINDS, *_GROUPS])}")
            for member in _GROUPS.get(one, (one,)):
                found |= {name: np.dtype(name) for name in _KINDS[member]}
        return found


def namespace_info() -> NamespaceInfo:
    """What `tessel.numpy` can do; under the standard's name `__array_namespace_info__`."""
    return NamespaceInfo()
