"""Where the sums of a panel go: through the epilogue, and to the result's memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from tessel.compiler.emit.element import Element
from tessel.compiler.emit.index import Index
from tessel.compiler.emit.vector import if_then, store_vector, tail_mask
from tessel.compiler.kernels.dispatch import Buffer
from tessel.compiler.kernels.epilogue import Epilogue
from tessel.compiler.kernels.gemm.rhs_loader import Panel
from tessel.compiler.kernels.padding import ImagePadding
from tessel.dialects.mlir import ir


@dataclass(frozen=True)
class TileStore:
    """The columns of `panel` in `array`; `read` is what the epilogue reads.

    With `padding` rows are pixels, and `array` has those of the larger images.
    """

    array: ir.Value
    read: Sequence[Buffer]
    epilogue: Epilogue
    padding: ImagePadding | None
    panel: Panel

    def write_padding(self, start: Index) -> None:
        """Writes the zeros around images, where `start` is the first there is."""
        padding, panel = self.padding, self.panel
        if padding is not None:
            first = panel.number * panel.nr
            clear = padding.clear
            if_then(
                start.is_less(1), lambda: clear(self.array, [], first, panel.filled, panel.lanes)
            )

    def store(self, sums: Element, row: Index, offset: int) -> None:
        """Writes what the epilogue makes of a vector of sums, those from column `offset` on."""
        panel = self.panel
        column = panel.number * panel.nr + offset
        mask = tail_mask(panel.filled - offset, panel.lanes)
        made = self.epilogue.apply(sums, self.read, row, column, panel.lanes, mask)
        result_row = row if self.padding is None else self.padding.padded_index(row)
        store_vector(made.value, self.array, [result_row, column], mask)
