"""Programs of decorated functions on disk: a new process calls them without tracing.

    digest of all that a trace reads (`dependencies.py`), argument types, options, target, versions
        -> machine code, parameters, how results go back to the caller

A record is written only where the digest after the trace is the one before it: a function that
changes what it reads, or has filled a cache, is traced in each process. So is one that reads what
cannot be compared; the log `cache` says what.
"""

import hashlib
import logging
import os
import pickle
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tessel.compiler import settings
from tessel.compiler.cache_files import RECORD, WEIGHTS, keep, read_entry, usable_folder
from tessel.compiler.deferred import deferred
from tessel.compiler.frontend.traced_function import FromProgram, TracedFunction
from tessel.compiler.frontend.tracing.pytree import Structure
from tessel.compiler.frontend.tracing.signature import Arguments, is_traced
from tessel.compiler.logs import LOGS
from tessel.compiler.program import Program
from tessel.compiler.targets.base import Target
from tessel.compiler.warm_start.array_digests import array_digests
from tessel.compiler.warm_start.dependencies import digest_of
from tessel.compiler.warm_start.pinned_libraries import versions
from tessel.compiler.warm_start.plain_values import ATOMS, NotComparable
from tessel.runtime.affinity import available_cores
from tessel.runtime.executable import Executable
from tessel.runtime.parameters import align_parameters

if TYPE_CHECKING:
    from importlib import metadata
else:
    metadata = deferred("importlib.metadata")

_log = logging.getLogger("tessel.cache")

_PLUGINS = ("tessel.kernels", "tessel.targets")
"""Groups of entry points of packages that take part in a compilation, whose code may change."""

_SHARE_OF_CACHE = 4
"""Parameters that are larger than one part in so many of the cache are not written there."""

_ENVIRONMENT = ("TESSEL_", "IREE_", "MLIR_", "LLVM_", "NPY_", "NUMPY_", "OPENBLAS_")
"""How variables begin that libraries read which take part in a compilation."""

_NOT_READ = (
    "TESSEL_CACHE_DIR",
    "TESSEL_CACHE_SIZE",
    "TESSEL_LOGS",
    "TESSEL_LOGS_JSON",
    "TESSEL_WARM_START",
)
"""Variables that no program depends on."""


@dataclass(frozen=True)
class ProgramRecord:
    """Where the program of a function for some arguments is, or will be, on disk."""

    file: Path
    name: str
    parts: tuple[Any, ...]
    digest: str

    @staticmethod
    def of(
        function: Any, name: str, arguments: Arguments, target: Target, options: tuple[Any, ...]
    ) -> "ProgramRecord | None":
        """The record; None where there can be none, which is logged.

        `options` are those of `tessel.compile` that programs differ by.
        """
        folder = usable_folder() if settings.WARM_START.get() else None
        if folder is None or LOGS.shows_programs:
            return None
        if not _has_plain_keys(arguments.structure):
            _log.info("%s is traced in each process, since keys of its dicts are objects", name)
            return None
        parts = (function, *_argument_values(arguments))
        try:
            digest = digest_of(parts)
        except NotComparable as error:
            _log.info("%s is traced in each process, since it reads %s", name, error)
            return None
        leaves = [_leaf_words(leaf) for leaf in arguments.leaves]
        words = (digest, repr(arguments.structure), leaves, options, repr(target))
        key = hashlib.sha256(
            repr((words, available_cores(), _of_process(), _environment(), versions())).encode()
        ).hexdigest()
        return ProgramRecord(folder / f"{key}{RECORD}", name, parts, digest)

    def load(self, threads: int) -> tuple[TracedFunction, Executable] | None:
        """The program, ready to be called; None where it is not on disk."""
        content = read_entry(self.file)
        if content is None:
            return None
        # As trustworthy as machine code in the same folder: `trusted_files.py` reads both.
        fields, binary, (weights, offsets) = pickle.loads(content)
        parameters = _read_weights(self.file.parent, weights, offsets)
        if parameters is None:
            return None
        _log.info("%s is loaded, and not traced", self.name)
        structure, leaves, mutated, checks, order_matters = fields
        # A module is what is compiled; nobody asks for that of a program which is loaded.
        program = Program(cast(Any, None), mutated=mutated, checks=checks)
        function = TracedFunction(program, structure, leaves, order_matters=order_matters)
        return function, Executable(binary, align_parameters(parameters), threads)

    def save(self, function: TracedFunction, executable: Executable) -> None:
        """Writes the program, unless its trace has changed what it depends on."""
        program, parameters = function.program, executable.parameters
        size, largest = sum(map(len, parameters.values())), settings.CACHE_SIZE.get()
        if program.guards.guards or (largest is not None and size > largest // _SHARE_OF_CACHE):
            return
        if any(metadata.entry_points(group=one) for one in _PLUGINS):
            _log.info("%s is traced in each process, since plugins are installed", self.name)
            return
        returned = [one for one in function.leaves if not isinstance(one, FromProgram)]
        is_plain = _has_plain_keys(function.structure) and not any(_types(function.structure))
        if not is_plain or not all(type(one) in ATOMS for one in returned):
            _log.info("%s is traced in each process, since it returns objects", self.name)
            return
        try:
            is_same = digest_of(self.parts) == self.digest
        except NotComparable:
            is_same = False
        if not is_same:
            _log.info("%s is traced in each process, since it changes what it reads", self.name)
            return
        structure, mutated, checks = function.structure, list(program.mutated), program.checks
        fields = (structure, function.leaves, mutated, checks, function.order_matters)
        weights = _write_weights(self.file.parent, parameters)
        content = pickle.dumps((fields, executable.binary, weights), protocol=5)
        keep(self.file, content, settings.CACHE_SIZE.get())


_Offsets = dict[str, tuple[int, int]]
"""Where each parameter is in a file of weights: its first byte and how many."""


def _write_weights(folder: Path, parameters: Mapping[str, np.ndarray]) -> tuple[str, _Offsets]:
    """Parameters as a file that all programs share which read the same bytes: its name, offsets."""
    offsets: _Offsets = {}
    begin = 0
    for key, array in parameters.items():
        offsets[key] = (begin, array.nbytes)
        begin += array.nbytes
    if not begin:
        return "", offsets
    name = hashlib.sha256(b"".join(array_digests(list(parameters.values())))).hexdigest()
    file = folder / f"{name}{WEIGHTS}"
    if read_entry(file) is None:
        content = b"".join([array.tobytes() for array in parameters.values()])
        keep(file, content, settings.CACHE_SIZE.get())
    return name, offsets


def _read_weights(folder: Path, name: str, offsets: _Offsets) -> dict[str, np.ndarray] | None:
    """The parameters; None where their file is no longer there."""
    content = read_entry(folder / f"{name}{WEIGHTS}") if name else memoryview(b"")
    if content is None:
        return None
    found = np.frombuffer(content, np.uint8)
    return {key: found[begin : begin + size] for key, (begin, size) in offsets.items()}


def _argument_values(arguments: Arguments) -> Iterator[Any]:
    """What of the arguments is part of the program: static values, and classes of containers."""
    yield from arguments.statics
    yield from _types(arguments.structure)


def _types(structure: Structure) -> Iterable[type]:
    """Classes of named tuples and dataclasses."""
    if structure.kind in ("namedtuple", "dataclass"):
        yield structure.type
    for one in structure.children:
        yield from _types(one)


def _has_plain_keys(structure: Structure) -> bool:
    """Whether the keys of all dicts are values whose text tells all of them."""
    return all(type(one) in ATOMS for one in structure.keys) and all(
        map(_has_plain_keys, structure.children)
    )


def _leaf_words(leaf: Any) -> tuple[Any, ...]:
    if isinstance(leaf, np.ndarray | np.generic):
        return "array", type(leaf).__name__, leaf.dtype.name, leaf.dtype.str, leaf.shape
    return (type(leaf).__name__,) if is_traced(leaf) else ("static",)


def _of_process() -> tuple[Any, ...]:
    """What a process may set that changes what NumPy's functions do or write."""
    return np.geterr(), np.get_printoptions(), [str(one) for one in warnings.filters]


def _environment() -> list[tuple[str, str]]:
    found = [one for one in os.environ.items() if one[0].startswith(_ENVIRONMENT)]
    return sorted((name, text) for name, text in found if name not in _NOT_READ)
