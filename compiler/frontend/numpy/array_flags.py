"""`ndarray.flags` of traced arrays: the order of the elements, and whether they can be written."""

from typing import Any

from tessel.compiler.diagnostics import UnsupportedError
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location


class Flags:
    """What NumPy says of the array, by attributes and by names such as "C_CONTIGUOUS"."""

    def __init__(self, array: TracedArray):
        self._array = array

    @property
    def c_contiguous(self) -> bool:
        """Whether the elements are contiguous in row-major order."""
        return self._of_order("is_c_contiguous")

    @property
    def f_contiguous(self) -> bool:
        """Whether the elements are contiguous in column-major order."""
        return self._of_order("is_f_contiguous")

    @property
    def contiguous(self) -> bool:
        """The same as `c_contiguous`."""
        return self.c_contiguous

    @property
    def forc(self) -> bool:
        """Whether the elements are contiguous in either order."""
        return self.c_contiguous or self.f_contiguous

    @property
    def fnc(self) -> bool:
        """Whether the elements are contiguous in column-major order alone."""
        return self.f_contiguous and not self.c_contiguous

    @property
    def aligned(self) -> bool:
        """True: elements begin at multiples of their size."""
        return True

    @property
    def writeable(self) -> bool:
        """Whether elements can be assigned: not those of NumPy's scalars."""
        return not self._array.is_scalar

    @property
    def owndata(self) -> bool:
        """Whether the array is no view of another."""
        return not self._array.views

    def __getitem__(self, name: str) -> bool:
        found = _NAMES.get(name)
        if found is None:
            raise KeyError("Unknown flag")
        return bool(getattr(self, found))

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "_array":
            message = f"the flag {name} of a traced array cannot be assigned"
            raise UnsupportedError(message, location=user_location(), hint="leave it as it is")
        object.__setattr__(self, name, value)

    def _of_order(self, name: str) -> bool:
        self._array.trace.reads_order = True
        return bool(getattr(self._array.layout, name))


_NAMES = {
    "C": "c_contiguous",
    "C_CONTIGUOUS": "c_contiguous",
    "CONTIGUOUS": "c_contiguous",
    "F": "f_contiguous",
    "F_CONTIGUOUS": "f_contiguous",
    "FORTRAN": "f_contiguous",
    "FORC": "forc",
    "FNC": "fnc",
    "A": "aligned",
    "ALIGNED": "aligned",
    "W": "writeable",
    "WRITEABLE": "writeable",
    "O": "owndata",
    "OWNDATA": "owndata",
}
