"""What a user's class holds, and what of it is read by whom.

Methods are read by their names, which stand in code; what Python, NumPy and pytrees read by names
of their own is read always; constructors where objects are made.
"""

from dataclasses import dataclass
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
from typing import Any

import numpy as np

from tessel.compiler.warm_start.plain_values import NotComparable

Members = dict[str, Any]
"""What is read once its name stands in some code."""

_CONSTRUCTORS = frozenset(("__init__", "__new__", "__post_init__", "__set_name__"))
"""Methods that run where a class is called, and for its objects no more."""

_READ_BY_LIBRARIES = frozenset(dir(np.ndarray)) | frozenset(
    "numerator denominator as_integer_ratio keys send throw close _fields _make _asdict".split()
)
"""What functions of NumPy and Python read of objects that they are given."""

_SKIPPED = frozenset(
    "__dict__ __weakref__ __doc__ __annotations__ __orig_bases__ __parameters__"
    " __dataclass_params__ __static_attributes__ __firstlineno__ __module__ __qualname__".split()
)
"""Of classes: what says nothing about what they compute, or is told already."""

_IN_C = (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)

_POINTER = np.dtype(np.intp).itemsize


@dataclass(frozen=True)
class ClassMembers:
    """Code of all methods; values that are read always; and what is read by name.

    `makes_objects` says that others than code that names the class may call it.
    """

    codes: list[tuple[str, CodeType]]
    values: list[tuple[str, Any]]
    by_name: Members
    makes_objects: bool


def is_read_always(name: str, makes_objects: bool) -> bool:
    """Whether an attribute may be read where no code of the user's names it."""
    if name in _CONSTRUCTORS:
        return makes_objects
    return name.startswith("__") or name in _READ_BY_LIBRARIES


def members_of(cls: type) -> ClassMembers:
    """What a class that is no library's holds. Raises NotComparable for one written in C."""
    _check_is_of_python(cls)
    codes: list[tuple[str, CodeType]] = []
    values: list[tuple[str, Any]] = []
    by_name: Members = {}
    for name, value in vars(cls).items():
        if name in _SKIPPED or isinstance(value, MemberDescriptorType):
            continue
        function = getattr(value, "__func__", value)
        if isinstance(function, FunctionType):
            codes.append((name, function.__code__))
        if isinstance(function, FunctionType | property):
            by_name[name] = value
        else:
            values.append((name, value))
    is_record = "__dataclass_fields__" in vars(cls) or issubclass(cls, tuple)
    return ClassMembers(codes, values, by_name, is_record)


def attributes_of(value: Any) -> Members:
    """The attributes of an object itself, and its slots, without running code of its class.

    Raises NotComparable for one that computes them.
    """
    classes = [vars(base) for base in type(value).__mro__]
    own = next((one["__dict__"] for one in classes if "__dict__" in one), None)
    if own is not None and not isinstance(own, GetSetDescriptorType):
        raise NotComparable("an object that computes its attributes")
    found = {} if own is None else dict(own.__get__(value))
    for members in classes:
        for name, slot in members.items():
            if isinstance(slot, MemberDescriptorType):
                try:
                    found.setdefault(name, slot.__get__(value))
                except AttributeError:
                    continue  # it has no value yet
    return found


def _check_is_of_python(cls: type) -> None:
    """Objects of a class in C may hold what nobody sees, and a metaclass may do anything."""
    if type(cls) is not type:
        raise NotComparable(f"the class {cls.__qualname__}, which has a metaclass")
    for name, value in vars(cls).items():
        is_own = getattr(value, "__objclass__", getattr(value, "__self__", None)) is cls
        if isinstance(value, _IN_C) and is_own and name not in ("__dict__", "__weakref__"):
            raise NotComparable(f"the class {cls.__qualname__}, which is written in C")
    slots = sum(isinstance(one, MemberDescriptorType) for one in vars(cls).values())
    largest = max(base.__basicsize__ for base in cls.__bases__) + (slots + 2) * _POINTER
    if cls.__basicsize__ > largest:
        raise NotComparable(f"the class {cls.__qualname__}, which is written in C")
