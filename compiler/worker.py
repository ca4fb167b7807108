"""Compiles in another process, which may die: IREE aborts on some inputs instead of refusing them.

A worker lives on for the next program and ends with its parent. What kills it (an abort, a crash,
too much time or memory) becomes a CompilationError that names it.

    python -m tessel.compiler.worker     reads requests from stdin, writes replies to stdout
"""

import atexit
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from typing import IO, Any

from tessel.compiler import settings
from tessel.compiler.diagnostics import CompilationError, Place
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_vmfb

try:
    import resource
except ImportError:  # Windows
    resource = None

_LENGTH_BYTES = 8


def back_end(isolate: bool | None = None) -> Callable[[bytes, Target], bytes]:
    """What compiles text for a target: in this process, or in a worker when `isolate` is true.

    None asks `TESSEL_ISOLATE`.
    """
    wanted = settings.ISOLATE.get() if isolate is None else isolate
    return compile_in_worker if wanted else compile_to_vmfb


def compile_in_worker(source: bytes, target: Target) -> bytes:
    """Machine code for MLIR text, as `compile_to_vmfb` makes it, without danger to this process.

    Raises CompilationError also when the worker dies or takes more than `TESSEL_COMPILE_TIMEOUT`
    or `TESSEL_COMPILE_MEMORY` allow.
    """
    return _workers().compile(
        source, target, settings.COMPILE_TIMEOUT.get(), settings.COMPILE_MEMORY.get()
    )


class Workers:
    """Worker processes that wait for programs; as many as there are compilations at once."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []

    def compile(
        self, source: bytes, target: Target, seconds: float | None, memory: int | None
    ) -> bytes:
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = Worker()
        try:
            code = worker.compile(source, target, seconds, memory)
        finally:
            if worker.is_alive:
                self._idle.append(worker)
            else:
                worker.close()
        return code

    def close(self) -> None:
        """Ends all workers that wait."""
        while self._idle:
            self._idle.pop().close()


class Worker:
    """One process; used by one compilation at a time."""

    def __init__(self) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        command = [sys.executable, "-P", "-m", "tessel.compiler.worker"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self.is_alive = True

    def compile(
        self, source: bytes, target: Target, seconds: float | None, memory: int | None
    ) -> bytes:
        """Machine code; the worker is not alive afterwards when the compilation killed it."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(seconds, expire) if seconds is not None else None
        if timer is not None:
            timer.start()
        try:
            _send(self._input, (source, target, memory))
            reply = _receive(self._output)
        except BrokenPipeError:
            reply = None
        except BaseException:  # an interrupt: the reply would be taken for the next program's
            self._end()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if reply is None:
            self._end()
            raise self._death(source, seconds if expired.is_set() else None, memory)
        code, message, place = reply
        if code is None:
            raise CompilationError(message, place=place)
        return code

    def close(self) -> None:
        """Ends the process: it stops when its input does."""
        self._input.close()
        self._output.close()
        self._process.wait()
        self._errors.close()
        self.is_alive = False

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self.is_alive = False

    def _death(self, source: bytes, seconds: float | None, memory: int | None) -> CompilationError:
        place = first_place(source)
        if seconds is not None:
            message = f"compiling this program took more than {seconds:g} seconds"
            hint = f"{settings.COMPILE_TIMEOUT.name} allows more"
            return CompilationError(message, place=place, hint=hint)
        cause = self._cause()
        if memory is not None and re.search("out of memory|bad_alloc|MemoryError", cause):
            message = f"compiling this program took more than {memory} bytes of memory"
            hint = f"{settings.COMPILE_MEMORY.name} allows more"
            return CompilationError(message, place=place, hint=hint)
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        message = f"the back end crashed ({how}) on this program: {cause or 'it gives no reason'}"
        return CompilationError(message, place=place)

    def _cause(self) -> str:
        """The line of the worker's stderr that says most."""
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors.read().decode(errors="replace").splitlines()]
        told = [line for line in lines if re.search(r"ERROR|Error|error|Assert|bad_alloc", line)]
        return next(iter(told or lines), "")[:200]

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout


def first_place(source: bytes) -> Place | None:
    """The first line of the user's that a program's text names."""
    match = re.search(rb'loc\("([^"]+)":(\d+):\d+', source)
    return Place(match[1].decode(), int(match[2])) if match else None


def main() -> None:
    """Compiles what comes in until the input ends."""
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # replies only: libraries print, too
    while (request := _receive(requests)) is not None:
        source, target, memory = request
        try:
            _limit_memory(memory)
            reply = compile_to_vmfb(source, target), "", None
        except CompilationError as error:
            reply = None, error.message, error.place
        _send(replies, reply)


def _limit_memory(size: int | None) -> None:
    """Limits this process's address space; None lifts the limit of the program before."""
    if resource is None:
        if size is None:
            return
        raise CompilationError(
            "memory of a compilation cannot be limited on this system",
            hint=f"unset {settings.COMPILE_MEMORY.name}",
        )
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard if size is None else size, hard))


def _send(stream: IO[bytes], message: Any) -> None:
    content = pickle.dumps(message)
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "little") + content)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """The next message, or None when the stream ends."""
    length = stream.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    size = int.from_bytes(length, "little")
    content = stream.read(size)
    return pickle.loads(content) if len(content) == size else None


@cache
def _workers() -> Workers:
    workers = Workers()
    atexit.register(workers.close)
    return workers


if __name__ == "__main__":
    main()
