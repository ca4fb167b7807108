"""The only file that imports iree.compiler: IR in, machine code out, errors as sentences."""

import ctypes
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

from iree.compiler import _mlir_libs, api
from iree.compiler.api import ctypes_dl

from tessel.compiler import settings
from tessel.compiler.diagnostics import CompilationError, SourceLocation
from tessel.compiler.targets import branch_workaround as branches
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu import subnormals
from tessel.compiler.targets.cpu.processors import PROCESSORS, this_machine
from tessel.compiler.targets.cpu.target import host_target
from tessel.runtime.affinity import available_cores
from tessel.runtime.arrays import IMPORT_ALIGNMENT
from tessel.runtime.forking import keep_forever, tell_after_fork

_DIAGNOSTIC = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t, ctypes.c_void_p
)

_ERROR = 2
"""The severity of an error; notes, warnings and remarks are 0, 1 and 3."""

_BYTECODE_MAGIC = b"ML\xefR"


_Change = Callable[[ctypes.CDLL, int], None]
"""Changes a module, given IREE's library and the module's address in it."""

PEELING = "--iree-llvmcpu-vector-pproc-strategy=peel"


@cache
def process_flags() -> tuple[str, ...]:
    """IREE's flags that hold for the whole process and not for a target.

    Code takes arrays at the alignment that the runtime imports them with; moves of 64 bytes at
    such addresses are as fast. The sizes of a kernel's parts depend on how many threads share it.
    On x86 without the mask registers of AVX-512, where masked stores are slow or scalar, only what
    a loop has left is masked. With them IREE 3.13 then refuses products of odd or dynamic sizes
    ("large vector sizes").
    Read once, as IREE does.
    """
    flags = (
        f"--iree-stream-resource-min-offset-alignment={IMPORT_ALIGNMENT}",
        f"--iree-llvmcpu-number-of-threads={settings.THREADS.get() or available_cores()}",
    )
    return flags if _has_masks(host_target(1).processor) else (*flags, PEELING)


def _has_masks(processor: str) -> bool:
    """Whether vectors of `processor` are masked by registers, or are not those of x86 at all."""
    known = PROCESSORS.get(processor)
    if known is None:
        return this_machine().architecture != "x86_64"
    return known.architecture != "x86_64" or "avx512f" in known.features


def library_folder() -> Path:
    """Where IREE's compiler and its linker are."""
    return Path(_mlir_libs.__file__ or "").parent


def compile_to_vmfb(source: bytes, target: Target) -> bytes:
    """Machine code for MLIR text or bytecode. Raises CompilationError with the user's line."""
    return _compile(source, target)


def compile_to_phase(source: bytes, target: Target, phase: str) -> str:
    """The IR after one of IREE's phases (`flow`, `stream`, `hal`, ...), as text."""
    return _compile(source, target, phase=phase).decode()


def compile_to_llvm(source: bytes, target: Target) -> str:
    """LLVM IR of all kernels after LLVM's optimiser, as text."""
    return _intermediate(source, target, "*.optimized.ll")


def compile_to_assembly(source: bytes, target: Target) -> str:
    """Assembly of all kernels, as text."""
    return _intermediate(source, target, "*.s")


def _intermediate(source: bytes, target: Target, pattern: str) -> str:
    with tempfile.TemporaryDirectory(prefix="tessel-") as folder:
        _compile(source, target, (f"--iree-hal-dump-executable-intermediates-to={folder}",))
        # A program without kernels has no such file.
        files = sorted(Path(folder).glob(pattern))
        return "\n".join(file.read_text(errors="replace") for file in files)


def _compile(
    source: bytes, target: Target, extra: tuple[str, ...] = (), phase: str | None = None
) -> bytes:
    _set_process_flags()
    session = api.Session()
    session.set_flags(*target.flags, *extra)
    with session.invocation() as invocation:
        messages: list[str] = []
        callback = _collect_errors(invocation, messages)
        # The library wants text to end with a zero byte, and bytecode to end where it ends.
        buffer = source if source.startswith(_BYTECODE_MAGIC) else source + b"\0"
        parsed = invocation.parse_source(api.Source.wrap_buffer(session, buffer))
        if phase is not None:
            _set_phase(invocation, "To", phase)
        else:
            for after, change in _changes(source, target):
                parsed = parsed and _change_after(invocation, after, change)
        if parsed and invocation.execute():
            output = api.Output.open_membuffer()
            try:
                (invocation.output_ir if phase else invocation.output_vm_bytecode)(output)
            except ValueError:  # its reason is among the messages
                raise _as_error(messages) from None
            return bytes(output.map_memory())
    del callback  # only now: the invocation calls it until it ends
    raise _as_error(messages)


class _Library:
    """IREE's compiler, which has a pool of threads once it has compiled."""

    def __init__(self) -> None:
        tell_after_fork(self)

    def after_fork(self) -> None:
        """Has a child not shut it down: that would wait for the threads."""
        keep_forever(ctypes_dl._global_init)


_LIBRARY = _Library()


@cache
def _set_process_flags() -> None:
    """Once: the library aborts the process when it is asked a second time."""
    ctypes_dl._initializeGlobalCL("tessel", *process_flags())


def _set_phase(invocation: api.Invocation, direction: str, phase: str) -> None:
    """Compiles "To" or "From" a phase: the Python API does not offer it, the C API does."""
    function = getattr(ctypes_dl._dylib, f"ireeCompilerInvocationSetCompile{direction}Phase")
    function.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    function.restype = None
    function(invocation._inv_p, phase.encode())


def _changes(source: bytes, target: Target) -> Iterator[tuple[str, _Change]]:
    """What is changed on the way, each after a phase of IREE."""
    if code := subnormals.code_for(target):
        yield subnormals.PHASE, partial(subnormals.keep_subnormals, code=code)
    if branches.has_branches(source):
        yield branches.PHASE, branches.keep_references


def _change_after(invocation: api.Invocation, phase: str, change: _Change) -> bool:
    """Compiles up to a phase, changes the module, and has the rest go on from there."""
    _set_phase(invocation, "To", phase)
    if not invocation.execute():
        return False
    # Taken and given back, which makes it the invocation's own again: it stays where it is.
    module = ctypes_dl._dylib.ireeCompilerInvocationExportStealModule(invocation._inv_p)
    change(ctypes_dl._dylib, module)
    give_back = ctypes_dl._dylib.ireeCompilerInvocationImportStealModule
    give_back.argtypes, give_back.restype = [ctypes.c_void_p, ctypes.c_void_p], ctypes.c_bool
    _set_phase(invocation, "From", phase)
    _set_phase(invocation, "To", "end")
    return give_back(invocation._inv_p, module)


def _collect_errors(invocation: api.Invocation, messages: list[str]) -> object:
    """Sends the errors of an invocation to `messages` instead of the process's stderr.

    The Python API offers only the console; the C API of the same library takes a callback, which
    is returned and must live as long as the invocation.
    """

    def collect(severity: int, text: object, size: int, _user: object) -> None:
        if severity == _ERROR:
            messages.append(ctypes.string_at(text, size).decode(errors="replace"))  # type: ignore[arg-type]

    callback = _DIAGNOSTIC(collect)
    enable = ctypes_dl._dylib.ireeCompilerInvocationEnableCallbackDiagnostics
    enable.argtypes = [ctypes.c_void_p, ctypes.c_int, _DIAGNOSTIC, ctypes.c_void_p]
    enable(invocation._inv_p, 0, callback, None)
    return callback


def _as_error(messages: list[str]) -> CompilationError:
    """IREE's first error, without the IR it prints, at the line that its location names."""
    lines = [line for message in messages for line in message.splitlines() if line.strip()]
    first = next(iter(lines), "no reason given")
    match = re.match(r"(?P<file>[^:]+):(?P<line>\d+):\d+: (?:error: )?(?P<message>.*)", first)
    if match is None:
        return CompilationError(f"IREE cannot compile this program: {first[:200]}")
    location = SourceLocation(match["file"], int(match["line"]))
    return CompilationError(
        f"IREE cannot compile this: {match['message'][:200]}", location=location
    )
