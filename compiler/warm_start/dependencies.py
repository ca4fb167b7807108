"""All that a trace of a function may read, as one digest: equal digests mean equal programs.

    f -> code, source, defaults, closure, globals that it names -> functions, classes, objects ...
                          objects -> class; attributes that any of that code names

What is named in a branch that was not taken counts, too. What cannot be compared (a clock, a file,
an object of a foreign class, names that are computed) raises `NotComparable`, and the function is
traced in each process: a digest is never equal by neglect. Patches inside of libraries that are
known by their versions alone (`pinned_libraries.py`) are not seen; patches of what the user's code
names of them are.
"""

import abc
import functools
import hashlib
import linecache
import os
from collections import namedtuple
from collections.abc import Callable, Iterable
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
    WrapperDescriptorType,
)
from typing import Any

import numpy as np

from tessel.compiler.frontend.tracing.code_names import names_of
from tessel.compiler.warm_start.array_digests import LARGEST_BROADCAST, array_digests
from tessel.compiler.warm_start.class_members import (
    Members,
    attributes_of,
    is_read_always,
    members_of,
)
from tessel.compiler.warm_start.code_words import (
    COMPUTED_NAMES,
    INSPECTION,
    MAKES_OBJECTS,
    OF_DATACLASS,
    all_names,
    code_words,
    imports_when_run,
    makes_sets,
    matches_classes,
)
from tessel.compiler.warm_start.pinned_libraries import (
    is_pinned_class,
    is_pinned_file,
    is_pinned_module,
    is_plain_base,
    is_pure,
    is_unnamed_type,
)
from tessel.compiler.warm_start.plain_values import (
    ATOMS,
    NotComparable,
    atom,
    dispatcher_words,
    dtype_words,
    set_words,
    ufunc_words,
)

_LARGEST = 200_000
"""Values that are walked; a function that reads more is traced in each process."""

_LATE = {"numpy": {"fft", "linalg", "ma", "polynomial"}, "scipy": {"special"}}
"""Modules that NumPy and SciPy import when they are named, as a trace would."""

_COMPILED = "tessel.compiler.compiled_function"


def digest_of(values: Iterable[Any]) -> str:
    """One digest of values and all that their code may read. Raises NotComparable."""
    walk = _Walk()
    try:
        for one in values:
            walk.value(one)
        return walk.finish()
    except RecursionError:
        raise NotComparable("what it reads is nested too deeply") from None


class _Walk:
    """A walk in one order, which is that of the code, so that processes agree."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []
        self._arrays: list[np.ndarray] = []
        self._names: set[str] = set()
        # What is read of these once its name stands in some code.
        self._members: list[tuple[type, Members]] = []
        self._called: set[type] = set()
        self._makes_objects = False
        self._modules: list[ModuleType] = []
        self._read_of_modules: set[tuple[str, str]] = set()
        self._computes_names = False
        self._sources: set[str] = set()

    def finish(self) -> str:
        """The digest, when names lead nowhere new."""
        while True:
            before = len(self._parts), len(self._modules)
            for owner, members in list(self._members):
                for name in [one for one in members if self._may_be_read(owner, one)]:
                    self._put("attribute", owner.__qualname__, name)
                    self.value(members.pop(name))
            for module in list(self._modules):
                self._read_module(module)
            if (len(self._parts), len(self._modules)) == before:
                break
        if self._computes_names and self._modules:
            raise NotComparable("attributes are read by computed names")
        self._parts += array_digests(self._arrays)
        return hashlib.sha256(b"\n".join(self._parts)).hexdigest()

    def _may_be_read(self, owner: type, name: str) -> bool:
        """Whether code that is known so far may read an attribute of a class or its objects."""
        if self._computes_names or name in self._names:
            return True
        return is_read_always(name, self._makes_objects or owner in self._called)

    def value(self, value: Any) -> None:
        """Any value; once, then by its number."""
        kind = type(value)
        if kind in ATOMS:
            self._put(*atom(value))
            return
        meta = kind if issubclass(kind, type) else type(kind)
        if meta not in (type, type(np.dtype)) and not is_pinned_class(meta):
            raise NotComparable("a class that has a metaclass")
        if meta is kind:
            self._class(value, named=True)
            return
        if kind.__module__ == "dataclasses" and getattr(value, "metadata", None):
            raise NotComparable("a field with metadata")
        if self._is_known(value):
            return
        walk = _KINDS.get(kind)
        if walk is not None:
            walk(self, value)
        elif issubclass(kind, np.dtype):
            self._put("dtype", *dtype_words(value))
        elif issubclass(kind, np.generic) and is_pinned_class(kind):
            self._put("scalar", *dtype_words(value.dtype), value.tobytes())
        elif kind is type(np.concatenate):
            self._put(*dispatcher_words(value))
        elif kind.__module__ == _COMPILED and kind.__name__ == "CompiledFunction":
            self._all(value, "checks", "mode", "function")
            self._put(repr((value.dynamic, value.target)))
        elif is_pinned_class(kind) and kind.__module__ == "dataclasses":
            self._put("of dataclass", kind.__name__, str(getattr(value, "name", "")))
            for name in ("default", "default_factory"):
                self.value(getattr(value, name, None))
        else:
            self._object(value)

    def _is_known(self, value: Any) -> bool:
        if id(value) in self._seen:
            self._put("again", self._seen[id(value)])
            return True
        if len(self._seen) >= _LARGEST:
            raise NotComparable("it reads too many values")
        self._seen[id(value)] = len(self._seen)
        self._alive.append(value)  # so that no other object gets its address
        return False

    def _put(self, *words: Any) -> None:
        self._parts.append(repr(words).encode("utf-8", "backslashreplace"))

    def _sequence(self, values: Any) -> None:
        self._put(type(values).__name__, len(values))
        for one in values:
            self.value(one)

    def _mapping(self, values: Any) -> None:
        self._put(type(values).__name__, len(values))
        for key, one in values.items():
            self.value(key)
            self.value(one)

    def _all(self, value: Any, *names: str) -> None:
        """Some attributes, by name."""
        self._put(type(value).__name__)
        for name in names:
            self.value(getattr(value, name))

    def _array(self, array: np.ndarray) -> None:
        if 0 in array.strides and array.nbytes > LARGEST_BROADCAST:
            raise NotComparable("a large broadcast array")
        self._put("array", *dtype_words(array.dtype), array.shape, array.strides)
        self._put(array.flags.writeable)
        self._arrays.append(array)

    def _class_method(self, value: Any) -> None:
        self._makes_objects = True
        self._all(value, "__func__")

    def _builtin(self, value: Any) -> None:
        """A function that is written in C."""
        self._computes_names |= value.__name__ in COMPUTED_NAMES
        owner = getattr(value, "__self__", None)
        home = getattr(value, "__objclass__", None) or (owner if isinstance(owner, type) else None)
        if home is not None:
            self._put("of class", value.__name__)
            self._class(home, named=False)
        elif owner is None or isinstance(owner, ModuleType):
            module = value.__module__ or (owner and owner.__name__)
            if not is_pure(module, value.__name__):
                raise NotComparable(f"the function {module}.{value.__name__}")
            self._put("builtin", module, value.__qualname__)
        else:
            self._put("of object", value.__name__)
            self.value(owner)

    def _function(self, function: FunctionType) -> None:
        code = function.__code__
        names = function.__module__, function.__name__, function.__qualname__, function.__doc__
        self._put("function", *names, *code_words(code))
        if is_pinned_file(code.co_filename):
            module = function.__globals__.get("__name__")
            if not is_pure(module, code.co_name):
                raise NotComparable(f"the function {module}.{code.co_name}")
            self._names |= all_names(code) if function.__closure__ else set()
            self.value(function.__dict__)
        else:
            self._source(code)
            self._read_names(function)
            for one in (function.__defaults__, function.__kwdefaults__, function.__dict__):
                self.value(one)
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            self._put("cell", name)
            try:
                content = cell.cell_contents
            except ValueError:
                continue  # not bound yet
            self.value(content)

    def _source(self, code: CodeType) -> None:
        """The file, whose text is what loops are rewritten by."""
        if code.co_filename not in self._sources:
            self._sources.add(code.co_filename)
            linecache.checkcache(code.co_filename)
            text = "".join(linecache.getlines(code.co_filename)).encode("utf-8", "surrogatepass")
            self._put("source", hashlib.sha256(text).hexdigest())

    def _read_names(self, function: FunctionType) -> None:
        code = function.__code__
        names = all_names(code)
        self._names |= names
        if imports_when_run(code):
            raise NotComparable(f"{function.__qualname__}() imports a module when it runs")
        if makes_sets(code):
            raise NotComparable(f"{function.__qualname__}() makes a set")
        inspected = sorted(names & INSPECTION)
        if inspected:
            raise NotComparable(f"{function.__qualname__}() reads {inspected[0]}")
        is_of_dataclass = code.co_qualname.startswith(OF_DATACLASS)
        own, inside = function.__globals__, function.__builtins__
        for name in sorted(names):
            if name in own:
                self._put("global", name)
                self.value(own[name])
            elif name in inside and name in names_of(code).globals:
                self._put("built-in", name)
                if not (is_of_dataclass and inside[name] is hash):
                    self.value(inside[name])
        if not is_of_dataclass:
            self._makes_objects |= not names.isdisjoint(MAKES_OBJECTS)
        self._computes_names |= not names.isdisjoint(COMPUTED_NAMES) or matches_classes(code)

    def _class(self, cls: type, named: bool) -> None:
        """A class; one that is `named` may be called."""
        self._put("class", cls.__module__, cls.__qualname__)
        if type(cls) is abc.ABCMeta:
            raise NotComparable(f"the abstract class {cls.__name__}, which others may join")
        if is_pinned_class(cls):
            is_builtin = cls.__module__ == "builtins"
            if not is_builtin and not is_pure(cls.__module__, cls.__name__):
                raise NotComparable(f"the class {cls.__module__}.{cls.__name__}")
            if is_builtin and named and not is_pure("builtins", cls.__name__):
                if not is_unnamed_type(cls):
                    raise NotComparable(f"the class {cls.__name__}")
            return
        if named:
            self._called.update(cls.__mro__)
        if self._is_known(cls):
            return
        for base in cls.__bases__:
            self._class(base, named=False)
        members = members_of(cls)
        if members.makes_objects:
            self._called.update(cls.__mro__)
        for name, code in members.codes:
            self._put("method", name, *code_words(code))
        for name, value in members.values:
            self._put("class attribute", name)
            self.value(value)
        self._members.append((cls, members.by_name))

    def _object(self, value: Any) -> None:
        """An object of a class of the user's: what is read of it by name."""
        cls = type(value)
        for base in cls.__mro__:
            if is_pinned_class(base) and not is_plain_base(base):
                raise NotComparable(f"an object of the class {base.__module__}.{base.__qualname__}")
        self._put("object")
        self._class(cls, named=False)
        if issubclass(cls, list):
            self._sequence(list.copy(value))
        elif issubclass(cls, tuple):
            self._sequence(list(tuple.__iter__(value)))
        elif issubclass(cls, dict):
            self._mapping(dict(zip(dict.keys(value), dict.values(value))))
        elif issubclass(cls, int | float | str):
            plain = next(one for one in (int, float, str) if issubclass(cls, one))
            self._put(plain.__name__, plain.__repr__(value))
        attributes = attributes_of(value)
        self._put("attributes", *attributes)
        own = {one for base in cls.__mro__ if not is_pinned_class(base) for one in vars(base)}
        if not own.isdisjoint(("__dataclass_fields__", "__getattr__", "__getattribute__")):
            self._mapping(attributes)
        else:
            self._members.append((cls, attributes))

    def _module(self, module: ModuleType) -> None:
        self._put("module", module.__name__)
        if is_pinned_module(module):
            if not is_pure(module.__name__, "") and module is not os:
                raise NotComparable(f"the module {module.__name__}")
        elif type(module) is not ModuleType or "__getattr__" in vars(module):
            raise NotComparable(f"the module {module.__name__}, which computes its attributes")
        self._modules.append(module)

    def _read_module(self, module: ModuleType) -> None:
        """What the code that is known so far may read of a module."""
        for name in sorted(self._names):
            if name in _LATE.get(module.__name__, ()):
                getattr(module, name)
            if (module.__name__, name) in self._read_of_modules or name not in vars(module):
                continue
            self._read_of_modules.add((module.__name__, name))
            value = vars(module)[name]
            if name.startswith("__") and type(value) not in ATOMS:
                continue
            if isinstance(value, ModuleType) and value.__name__ == f"{module.__name__}.{name}":
                # A part of a package, which is there once somebody has imported it.
                if value not in self._modules and is_pinned_module(value):
                    if not is_pure(value.__name__, ""):
                        raise NotComparable(f"the module {value.__name__}")
                    self._modules.append(value)
                    continue
            self._put("of module", module.__name__, name)
            if module is os and name == "environ":
                self._put(*sorted(os.environ.items()))
            else:
                self.value(value)


def _members_of_wrapper(*names: str) -> Callable[[_Walk, Any], None]:
    return lambda walk, value: walk._all(value, *names)


_KINDS: dict[type, Callable[[_Walk, Any], None]] = {
    list: _Walk._sequence,
    tuple: _Walk._sequence,
    dict: _Walk._mapping,
    type(type.__dict__): _Walk._mapping,
    SimpleNamespace: lambda walk, value: walk._mapping(vars(value)),
    set: lambda walk, value: walk._put(*set_words(value)),
    frozenset: lambda walk, value: walk._put(*set_words(value)),
    range: lambda walk, value: walk._put("range", repr(value)),
    slice: _members_of_wrapper("start", "stop", "step"),
    np.ndarray: _Walk._array,
    np.memmap: _Walk._array,
    np.ufunc: lambda walk, value: walk._put(*ufunc_words(value)),
    MethodType: _members_of_wrapper("__self__", "__func__"),
    FunctionType: _Walk._function,
    ModuleType: _Walk._module,
    functools.partial: _members_of_wrapper("func", "args", "keywords", "__dict__"),
    property: _members_of_wrapper("fget", "fset", "fdel"),
    staticmethod: _members_of_wrapper("__func__"),
    classmethod: _Walk._class_method,
    type(vars(namedtuple("_", "x"))["x"]): lambda walk, value: walk._put(repr(value)),
    functools.cached_property: _members_of_wrapper("func"),
    BuiltinFunctionType: _Walk._builtin,
    MethodDescriptorType: _Walk._builtin,
    WrapperDescriptorType: _Walk._builtin,
    type("".__str__): _Walk._builtin,
}
"""Exact types, and how each is walked."""
