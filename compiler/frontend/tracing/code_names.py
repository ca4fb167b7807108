"""Which names a function's code reads and writes, also in functions defined inside it."""

import dis
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType


@dataclass(frozen=True)
class Names:
    """Names of globals and attributes that code reads, and of what it stores."""

    globals: frozenset[str]
    attributes: frozenset[str]
    stored_globals: frozenset[str]
    stored_attributes: frozenset[str]
    stored_cells: frozenset[str]


_KINDS = {
    "LOAD_GLOBAL": "globals",
    "LOAD_NAME": "globals",
    "LOAD_ATTR": "attributes",
    "LOAD_METHOD": "attributes",
    "LOAD_SUPER_ATTR": "attributes",
    "STORE_GLOBAL": "stored_globals",
    "DELETE_GLOBAL": "stored_globals",
    "STORE_ATTR": "stored_attributes",
    "DELETE_ATTR": "stored_attributes",
    "STORE_DEREF": "stored_cells",
}


@lru_cache(maxsize=4096)
def names_of(code: CodeType) -> Names:
    """The names in a function's code."""
    found: dict[str, set[str]] = {kind: set() for kind in _KINDS.values()}
    _collect(code, found)
    return Names(**{kind: frozenset(names) for kind, names in found.items()})


def _collect(code: CodeType, found: dict[str, set[str]]) -> None:
    for one in dis.get_instructions(code):
        kind = _KINDS.get(one.opname)
        if kind is not None:
            found[kind].add(one.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            _collect(inner, found)
        elif isinstance(inner, str) and inner.isidentifier():
            found["attributes"].add(inner)  # getattr(x, "name")
