"""Names that the code of a function, and of the classes it may meet, assigns.

Another thread may assign what a function can reach while that is traced. What no code of the
function assigns was not assigned by its trace, and stays as it is.
"""

import dis
import functools
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import Any

from tessel.compiler.frontend.tracing.code_names import names_of
from tessel.compiler.frontend.tracing.reachable import is_users_code, is_users_module

_BY_ANY_NAME = frozenset(
    ("setattr", "delattr", "vars", "globals", "exec", "eval", "__dict__", "__setattr__")
)
"""Names in code that may assign under a name which does not stand there."""


_OF_NEW_OBJECTS = ("__init__", "__post_init__")


class AssignedNames:
    """Attributes and variables that code may assign; all of them where that cannot be seen.

    `read` are names in the code of the function and of what it may call: it calls methods by them.
    """

    def __init__(self, read: frozenset[str]) -> None:
        self._read = read
        self._names: set[str] = set()
        self._are_any = False
        self._known: set[int] = set()

    def __contains__(self, name: str) -> bool:
        return self._are_any or name in self._names

    def add_code(self, function: Any) -> None:
        """Notes a function of the user's, or what wraps one."""
        if isinstance(function, property):
            for one in (function.fget, function.fset, function.fdel):
                self.add_code(one)
        elif isinstance(function, classmethod | staticmethod):
            self.add_code(function.__func__)
        elif isinstance(function, functools.partialmethod):
            self.add_code(function.func)
        elif isinstance(function, functools.cached_property):
            self._are_any = True
        elif isinstance(function, FunctionType):
            if is_users_code(function.__code__):
                names = names_of(function.__code__)
                self._names |= names.stored_attributes | names.stored_globals | names.stored_cells
                self._are_any |= bool(_BY_ANY_NAME & (names.globals | names.attributes))
            self.add_code(function.__dict__.get("__wrapped__"))
        elif not isinstance(function, type) and hasattr(type(function), "__get__"):
            self.add_code(getattr(function, "__wrapped__", None))

    def add_classes(self, classes: Sequence[type]) -> None:
        """Notes the methods of classes; those of libraries may assign anything."""
        for one in classes:
            if one is object or id(one) in self._known:
                continue
            self._known.add(id(one))
            if not is_users_module(one.__module__):
                self._are_any |= any(isinstance(it, FunctionType) for it in vars(one).values())
            for name, function in vars(one).items():
                if name in _OF_NEW_OBJECTS and name not in self._read:
                    self._add_constructor(function)
                elif name in self._read or name.startswith("__"):
                    self.add_code(function)

    def _add_constructor(self, function: Any) -> None:
        """Notes what one assigns, but for attributes of the new object."""
        others = AssignedNames(self._read)
        others.add_code(function)
        code = getattr(function, "__code__", None)
        own = set() if code is None else _assigned_in_first(code)
        self._names |= others._names - own
        self._are_any |= others._are_any


def _assigned_in_first(code: CodeType) -> set[str]:
    """Attributes that code assigns only in its first argument."""
    first = code.co_varnames[0] if code.co_argcount else None
    own: set[str] = set()
    others: set[str] = set()
    before = None
    for one in dis.get_instructions(code):
        if one.opname in ("STORE_ATTR", "DELETE_ATTR"):
            is_own = before is not None and before.opname == "LOAD_FAST" and before.argval == first
            (own if is_own else others).add(one.argval)
        before = one
    inside = [one for one in code.co_consts if isinstance(one, CodeType)]
    return own - others.union(*[names_of(one).stored_attributes for one in inside])
