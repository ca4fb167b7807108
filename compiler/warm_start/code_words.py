"""Code as words: equal for code that does the same, with the same lines, in two processes."""

import opcode
import struct
from types import CodeType
from typing import Any

_IMPORTS = {opcode.opmap[name] for name in ("IMPORT_NAME", "IMPORT_FROM")}
_SETS = {opcode.opmap[name] for name in ("BUILD_SET", "SET_ADD", "SET_UPDATE")}
_CLASS_PATTERN = opcode.opmap["MATCH_CLASS"]

COMPUTED_NAMES = frozenset(
    "getattr setattr delattr hasattr vars __dict__ __getattribute__ format format_map".split()
)
"""What reads attributes by names that do not stand in the code."""

INSPECTION = frozenset(
    "__globals__ __closure__ __code__ __builtins__ __subclasses__ __spec__ __loader__ f_globals"
    " f_locals gi_frame cr_frame __annotations__ get_type_hints __hash__ set frozenset"
    " base filename metadata shares_memory may_share_memory".split()
)
"""What reads anything at all, or what no digest holds: views, files, annotations, orders."""

MAKES_OBJECTS = frozenset(("type", "__class__", "replace"))
"""Names of what calls a class that is not named."""


OF_DATACLASS = "__create_fn__."
"""How names of methods begin that `dataclasses` writes, which compare classes and call none."""


def code_words(code: CodeType) -> list[str]:
    """All that tells code from other code, with that of what is defined inside it.

    Not `marshal`, whose bytes depend on how many refer to a constant, nor the order of a set.
    """
    counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    tables = code.co_code, code.co_linetable, code.co_exceptiontable
    words = [code.co_filename, code.co_qualname, str(code.co_firstlineno), str(counts), str(names)]
    words += [one.hex() for one in tables]
    for one in code.co_consts:
        words += ["code", *code_words(one)] if isinstance(one, CodeType) else _constant(one)
    return words


def all_names(code: CodeType) -> set[str]:
    """Names of globals and attributes, and texts that may become such."""
    found: set[str] = set()
    for one in _with_inner(code):
        found |= set(one.co_names)
        for constant in one.co_consts:
            for part in constant if isinstance(constant, tuple | frozenset) else (constant,):
                if isinstance(part, str) and part.isidentifier():
                    found.add(part)
    return found


def imports_when_run(code: CodeType) -> bool:
    """Whether code imports a module."""
    return any(not _IMPORTS.isdisjoint(one.co_code[::2]) for one in _with_inner(code))


def matches_classes(code: CodeType) -> bool:
    """Whether code reads attributes by the names that a class gives for its patterns."""
    return any(_CLASS_PATTERN in one.co_code[::2] for one in _with_inner(code))


def makes_sets(code: CodeType) -> bool:
    """Whether code makes sets, whose order depends on the process."""
    codes = _with_inner(code)
    return any(not _SETS.isdisjoint(one.co_code[::2]) for one in codes) or any(
        isinstance(constant, frozenset) and len(constant) > 1
        for one in codes
        for constant in one.co_consts
    )


def _with_inner(code: CodeType) -> list[CodeType]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return [code, *(deeper for one in inner for deeper in _with_inner(one))]


def _constant(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [f"tuple {len(value)}", *(word for one in value for word in _constant(one))]
    if isinstance(value, frozenset):
        return ["frozenset", *sorted(word for one in value for word in _constant(one))]
    if isinstance(value, float | complex):
        return [type(value).__name__, struct.pack("2d", value.real, value.imag).hex()]
    return [type(value).__name__, hex(value) if type(value) is int else repr(value)]
