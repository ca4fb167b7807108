"""The only file that imports iree.compiler: IR in, machine code out, errors as sentences."""

import ctypes
import re

from iree.compiler import api
from iree.compiler.api import ctypes_dl

from tessel.compiler.diagnostics import CompilationError, Place
from tessel.compiler.targets.base import Target

_DIAGNOSTIC = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t, ctypes.c_void_p
)

_BYTECODE_MAGIC = b"ML\xefR"


def compile_to_vmfb(source: bytes, target: Target) -> bytes:
    """Machine code for MLIR text or bytecode. Raises CompilationError with the user's line."""
    return _compile(source, target, ())


def compile_to_phase(source: bytes, target: Target, phase: str) -> str:
    """The IR after one of IREE's phases (`flow`, `stream`, `hal`, ...), as text."""
    return _compile(source, target, (f"--compile-to={phase}",)).decode()


def _compile(source: bytes, target: Target, extra: tuple[str, ...]) -> bytes:
    session = api.Session()
    session.set_flags(*target.flags, *extra)
    with session.invocation() as invocation:
        messages = _collect_diagnostics(invocation)
        # The library wants text to end with a zero byte, and bytecode to end where it ends.
        buffer = source if source.startswith(_BYTECODE_MAGIC) else source + b"\0"
        parsed = invocation.parse_source(api.Source.wrap_buffer(session, buffer))
        if parsed and invocation.execute():
            output = api.Output.open_membuffer()
            (invocation.output_ir if extra else invocation.output_vm_bytecode)(output)
            return bytes(output.map_memory())
    raise _as_error(messages)


def _collect_diagnostics(invocation: api.Invocation) -> list[str]:
    """A list that fills with the messages of an invocation instead of the process's stderr.

    The Python API offers only the console; the C API of the same library takes a callback.
    """
    messages: list[str] = []

    def collect(_severity: int, text: object, size: int, _user: object) -> None:
        messages.append(ctypes.string_at(text, size).decode(errors="replace"))  # type: ignore[arg-type]

    callback = _DIAGNOSTIC(collect)
    invocation.tessel_callback = callback  # keeps it alive as long as the invocation may call it
    enable = ctypes_dl._dylib.ireeCompilerInvocationEnableCallbackDiagnostics
    enable.argtypes = [ctypes.c_void_p, ctypes.c_int, _DIAGNOSTIC, ctypes.c_void_p]
    enable(invocation._inv_p, 0, callback, None)
    return messages


def _as_error(messages: list[str]) -> CompilationError:
    """IREE's first error, without the IR it prints, at the place that its location names."""
    lines = [line for message in messages for line in message.splitlines()]
    for line in lines:
        match = re.match(r"(?P<file>[^:]+):(?P<line>\d+):\d+: error: (?P<message>.*)", line)
        if match:
            place = Place(match["file"], int(match["line"]))
            return CompilationError(f"IREE cannot compile this: {match['message'][:200]}", place=place)
    first = next((line for line in lines if line.strip()), "no reason given")
    return CompilationError(f"IREE cannot compile this program: {first[:200]}")
