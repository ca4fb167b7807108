"""Tessel: NumPy-style functions, compiled to native code through MLIR and IREE."""

from tessel.compiler.api import compile

__all__ = ["compile"]
