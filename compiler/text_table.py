"""Tables that people read on a terminal."""

from collections.abc import Sequence


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of as many cells each, in columns as wide as their longest cell.

    >>> print(text_table([("kernel", "us"), ("gemm", "12.0")]))
    kernel  us
    gemm    12.0
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
