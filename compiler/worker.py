"""Runs functions in another process, which may die: IREE aborts on some inputs instead of refusing.

A worker lives on for the next call and ends with its parent. What kills it (an abort, a crash, too
much time or memory) becomes an error that names it.

`main` is what the process runs: it reads requests from stdin and writes replies to stdout.
"""

import atexit
import errno
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

from tessel.compiler import settings
from tessel.compiler.diagnostics import CompilationError, SourceLocation, TesselError
from tessel.compiler.host_resources import temporary_folder, what_is_scarce
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.iree import compile_to_vmfb, library_folder
from tessel.compiler.trusted_files import reason_of
from tessel.runtime.forking import is_forked, keep_forever, tell_after_fork

try:
    import resource
except ImportError:  # Windows
    resource = None

_log = logging.getLogger("tessel.compile")

_LENGTH_BYTES = 8

_DYING_SECONDS = 10
"""Seconds that a process which closed its output may take to end."""

_OUT_OF_MEMORY = re.compile("out of memory|bad_alloc|MemoryError")


def back_end(isolate: bool | None = None) -> Callable[[bytes, Target], bytes]:
    """What compiles text for a target: in this process, or in a worker when `isolate` is true.

    None asks `TESSEL_ISOLATE`; a child of `fork` always uses a worker.
    """
    wanted = settings.ISOLATE.get() if isolate is None else isolate
    return compile_in_worker if wanted or is_forked() else compile_here


def compile_here(source: bytes, target: Target) -> bytes:
    """In this process, unless the system lacks what IREE needs."""
    scarce = what_is_scarce()
    if scarce is None:
        return compile_to_vmfb(source, target)
    _warn(scarce)
    return compile_in_worker(source, target)


@cache
def _warn(scarce: str) -> None:
    _log.warning("programs are compiled in a worker process: %s", scarce)


def in_back_end(function: Callable[..., Any], *arguments: Any) -> Any:
    """`function(*arguments)`, which calls IREE's compiler: a forked child does in a worker."""
    if not is_forked():
        return function(*arguments)
    return shared_workers().run(function, *arguments, limits=Limits())


def compile_in_worker(source: bytes, target: Target) -> bytes:
    """Machine code for MLIR text, as `compile_to_vmfb` makes it, without danger to this process.

    Raises CompilationError also when the worker dies or takes more than `TESSEL_COMPILE_TIMEOUT`
    or `TESSEL_COMPILE_MEMORY` allow.
    """
    return compile_with(shared_workers(), source, target, Limits.of_settings())


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes of memory that a call may take; None is any."""

    seconds: float | None = None
    memory: int | None = None

    @staticmethod
    def of_settings() -> "Limits":
        """What `TESSEL_COMPILE_TIMEOUT` and `TESSEL_COMPILE_MEMORY` allow."""
        return Limits(settings.COMPILE_TIMEOUT.get(), settings.COMPILE_MEMORY.get())


class WorkerDeath(Exception):
    """A worker that ended during a call: why, and what a person can do."""

    def __init__(self, reason: str, hint: str = ""):
        self.reason, self.hint = reason, hint
        super().__init__(reason)


class Workers:
    """Worker processes that wait for calls; as many as there are calls at once."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        tell_after_fork(self)

    def after_fork(self) -> None:
        """A child of `fork` leaves its parent's workers to it: both would read one reply."""
        keep_forever(self._idle)
        self._idle = []

    def run(self, function: Callable[..., Any], *arguments: Any, limits: Limits) -> Any:
        """`function(*arguments)` in a worker; both are pickled, the function by its name.

        Raises what the function raises of Tessel's errors, and WorkerDeath.
        """
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = Worker()
        try:
            return worker.run(function, arguments, limits)
        finally:
            if worker.is_alive:
                self._idle.append(worker)
            else:
                worker.close()

    def close(self) -> None:
        """Ends all workers that wait."""
        while self._idle:
            self._idle.pop().close()


class Worker:
    """One process; used by one call at a time."""

    def __init__(self) -> None:
        folder = temporary_folder()
        command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
        environment = dict(os.environ)
        if not os.path.lexists("/proc/self/exe"):
            environment["LD_LIBRARY_PATH"] = str(library_folder())
        if folder is not None:
            environment["TMPDIR"] = str(folder)
        try:
            self._errors = _memory_file() if folder is None else tempfile.TemporaryFile(dir=folder)
        except OSError as error:
            raise _no_worker(error) from None
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=self._errors, env=environment
            )
        except OSError as error:
            self._errors.close()
            raise _no_worker(error) from None
        self.is_alive = True

    def run(self, function: Callable[..., Any], arguments: Sequence[Any], limits: Limits) -> Any:
        """What `function` returns; the worker is not alive afterwards when the call killed it."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(limits.seconds, expire) if limits.seconds is not None else None
        if timer is not None:
            timer.start()
        try:
            _send(self._input, (function, arguments, limits.memory, _own_environment()))
            reply = _receive(self._output)
        except BrokenPipeError:
            reply = None
        except BaseException:  # an interrupt: the reply would be taken for the next call's
            self._end()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if reply is None:
            self._wait_for_end()
            raise self._death(limits, expired.is_set())
        result, error = reply
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """Ends the process: it stops when its input does."""
        self._input.close()
        self._output.close()
        self._process.wait()
        self._errors.close()
        self.is_alive = False

    def _wait_for_end(self) -> None:
        """Until a process that gave up has ended by itself, which says how."""
        try:
            self._process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self.is_alive = False

    def _death(self, limits: Limits, expired: bool) -> WorkerDeath:
        if expired:
            return WorkerDeath(
                f"took more than {limits.seconds:g} seconds",
                f"{settings.COMPILE_TIMEOUT.name} allows more",
            )
        lines = self._lines()
        if limits.memory is not None and any(map(_OUT_OF_MEMORY.search, lines)):
            return WorkerDeath(
                f"took more than {limits.memory} bytes of memory",
                f"{settings.COMPILE_MEMORY.name} allows more",
            )
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        told = [line for line in lines if re.search(r"ERROR|Error|error|Assert", line)]
        cause = next(iter(told or lines), "it gives no reason")
        return WorkerDeath(f"crashed ({how}): {cause[:200]}")

    def _lines(self) -> list[str]:
        """What the worker wrote to stderr."""
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace")
        return [line.strip() for line in text.splitlines()]

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout


def compile_with(workers: Workers, source: bytes, target: Target, limits: Limits) -> bytes:
    """Machine code for MLIR text from one of `workers`.

    Raises CompilationError for what the back end refuses, and for what kills the worker.
    """
    try:
        return workers.run(compile_to_vmfb, source, target, limits=limits)
    except WorkerDeath as death:
        message, location = f"the back end {death.reason}", first_location(source)
        hint = death.hint or what_is_scarce() or ""
        raise CompilationError(message, location=location, hint=hint) from None


def first_location(source: bytes) -> SourceLocation | None:
    """The first line of the user's that a program's text names."""
    match = re.search(rb'loc\("([^"]{2,})":(\d+):\d+', source)  # "-" is our own text
    return SourceLocation(match[1].decode(), int(match[2])) if match else None


def main() -> None:
    """Answers calls until the input ends."""
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # replies only: libraries print, too
    while (request := _receive(requests)) is not None:
        function, arguments, memory, environment = request
        for name in _own_environment().keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
        try:
            _limit_memory(memory)
            reply = function(*arguments), None
        except TesselError as error:
            reply = None, error
        except MemoryError:  # who called knows what is allowed
            raise
        except Exception as error:
            _log.exception("%s failed", function.__name__)
            reply = None, CompilationError(f"the compiler failed: {_sentence(error)}")
        _send(replies, reply)


def _own_environment() -> dict[str, str]:
    """What settings are read from, as it is now: a worker lives longer than what it began with."""
    return {name: text for name, text in os.environ.items() if name.startswith("TESSEL_")}


def _sentence(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


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
    most = sys.maxsize if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_AS, (hard if size is None else min(size, most), hard))


def _no_worker(error: OSError) -> CompilationError:
    return CompilationError(f"a worker process cannot be started: {reason_of(error)}")


def _memory_file() -> IO[bytes]:
    """A file where no folder can be written. Raises OSError where the system has none."""
    if not hasattr(os, "memfd_create"):
        raise FileNotFoundError(errno.ENOENT, "no folder for temporary files can be written")
    return os.fdopen(os.memfd_create("tessel"), "w+b")


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
def shared_workers() -> Workers:
    """The workers of this process."""
    workers = Workers()
    atexit.register(workers.close)
    return workers
