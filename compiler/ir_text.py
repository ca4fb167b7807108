"""Text of IR before upstream's parser sees it, which crashes on some of what it should refuse."""

import re

from tessel.compiler.diagnostics import CompilationError, SourceLocation

_DEEPEST = 256
"""Brackets within brackets: IR has some ten, and a thread with a small stack must bear them."""

_PAIRS = re.compile(r"\bdense<[^>\"]*\([^>\"]*>\s*:(?!\s*\w+<[^<>]*complex<)", re.DOTALL)
"""Pairs of numbers as elements of something else than complex numbers.

Upstream takes them for twice as many elements, and reads and writes beyond an array that has fewer.
"""

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|->|[<>]=|[(\[{<>)\]}]|\n')


def check_text(text: str) -> None:
    """Raises CompilationError for text that nests too deep, and for pairs that are not complex."""
    pairs = _PAIRS.search(text)
    if pairs is not None:
        location = SourceLocation("-", text.count("\n", 0, pairs.start()) + 1)
        raise CompilationError(
            "pairs of numbers are elements of complex types alone", location=location
        )
    depth, line = 0, 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line += 1
        elif token in "([{<":
            depth += 1
        elif token in ")]}>":
            depth = max(0, depth - 1)
        if depth > _DEEPEST:
            raise CompilationError(
                f"brackets nest more than {_DEEPEST} deep", location=SourceLocation("-", line)
            )
