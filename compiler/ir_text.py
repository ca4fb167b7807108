"""Text of IR before upstream's parser sees it, which crashes where brackets nest too deep."""

import re

from tessel.compiler.diagnostics import CompilationError, Place

_DEEPEST = 256
"""Brackets within brackets: IR has some ten, and a thread with a small stack must bear them."""

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|->|[<>]=|[(\[{<>)\]}]|\n')


def check_text(text: str) -> None:
    """Raises CompilationError for text that nests too deep."""
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
                f"brackets nest more than {_DEEPEST} deep", place=Place("-", line)
            )
