"""Where a GEMM's columns come from: panels of a packed matrix, or a matrix as it is."""

from dataclasses import dataclass

from tessel.compiler.diagnostics import PassError
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.multiply_accumulate import load_panel, to_float32
from tessel.compiler.emit.vector import elements_per_cache_line, load_vector, prefetch, tail_mask
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class PackedPanels:
    """Panels [P, K, NR * KR], zero beyond the last column."""

    tensor: ir.Value
    kr: int

    @property
    def k(self) -> int:
        """K of what is multiplied: the panels' rows, KR elements each."""
        return ir.RankedTensorType(self.tensor.type).shape[1] * self.kr

    def check(self, nr: int) -> None:
        """Raises PassError where panels of another NR than `nr` were packed."""
        packed = ir.RankedTensorType(self.tensor.type).shape[-1] // self.kr
        if packed != nr:
            raise PassError(f"tiles of {nr} columns do not fit panels of {packed}")

    def load(self, memref: ir.Value, panel: "Panel", k: Index, offset: int) -> ir.Value:
        indices = [panel.number, k, offset]
        return load_panel(memref, indices, panel.lanes, self.kr)

    def prefetch(self, memref: ir.Value, panel: "Panel", k: Index) -> None:
        """Prefetches each cache line of step `k`; behind the last one is the next panel."""
        for offset in range(0, panel.filled * self.kr, elements_per_cache_line(memref)):
            prefetch(memref, [panel.number, k, offset])


@dataclass(frozen=True)
class PlainMatrix:
    """A matrix [K, N] that is read in place: no copy, but rows of a panel are far apart."""

    tensor: ir.Value

    @property
    def k(self) -> int:
        """K."""
        return ir.RankedTensorType(self.tensor.type).shape[0]

    def load(self, memref: ir.Value, panel: "Panel", k: Index, offset: int) -> ir.Value:
        column = panel.number * panel.nr + offset
        mask = tail_mask(panel.filled - offset, panel.lanes)
        return to_float32(load_vector(memref, [k, column], panel.lanes, mask))


@dataclass(frozen=True)
class Panel:
    """A panel of NR columns, of which the first `filled` exist, in vectors of `lanes`."""

    number: Index
    nr: int
    filled: int
    lanes: int


RhsLoader = PackedPanels | PlainMatrix
"""Rhs [K, N], as a kernel reads them from the tensor `tensor`."""
