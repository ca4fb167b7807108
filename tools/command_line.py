"""What all commands do alike where a terminal, a pipe or a file is not what it should be."""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

_BROKEN_PIPE, _INTERRUPTED = 141, 130
"""What a shell says of commands that SIGPIPE and SIGINT ended."""

Main = Callable[..., int]


def command(name: str) -> Callable[[Main], Main]:
    """For a command's `main`: errors of streams become a sentence and an exit code."""

    def decorate(main: Main) -> Main:
        @functools.wraps(main)
        def guarded(arguments: Sequence[str] | None = None) -> int:
            _open_closed_streams()
            try:
                code = main(arguments)
                sys.stdout.flush()
            except BrokenPipeError:
                _discard(sys.stdout)
                return _BROKEN_PIPE
            except KeyboardInterrupt:
                return _INTERRUPTED
            except MemoryError:
                return fail(name, "there is not enough memory")
            except OSError as error:
                _discard(sys.stdout)
                return fail(name, f"cannot write the output: {error.strerror or error}")
            return code

        return guarded

    return decorate


def fail(name: str, message: str) -> int:
    """Says what is wrong; returns the exit code of a command that failed."""
    print(f"{name}: error: {message}", file=sys.stderr)
    return 1


def read_text(file: str) -> str:
    """The text of a file, or of standard input for `-`. Raises OSError and UnicodeDecodeError."""
    if file != "-":
        with open(file, "rb") as stream:
            return stream.read().decode("utf-8")
    binary = getattr(sys.stdin, "buffer", None)  # a test may give text
    return sys.stdin.read() if binary is None else binary.read().decode("utf-8")


def _open_closed_streams() -> None:
    """Python has None for streams that were closed before it began."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream: Any = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
        elif hasattr(stream, "reconfigure") and mode == "w":
            stream.reconfigure(errors="backslashreplace")


def _discard(stream: Any) -> None:
    """What Python would write at its end goes nowhere."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # it is no file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
