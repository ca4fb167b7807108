"""Pytrees: arrays nested in dicts, lists, tuples, named tuples and dataclasses.

`flatten` gives the leaves and the structure (hashable, so it can be part of a key); `unflatten`
puts leaves back. Anything that is no container is a leaf; None is a structure without leaves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any


@dataclass(frozen=True)
class Structure:
    """How leaves nest: the kind of container, its type, its keys, and the structures inside."""

    kind: str
    type: Any = None
    keys: tuple[Any, ...] = ()
    children: tuple["Structure", ...] = ()

    def __str__(self) -> str:
        if self.kind == "leaf":
            return "*"
        if self.kind == "none":
            return "None"
        if self.kind in ("dict", "dataclass"):
            inside = ", ".join(f"{key}: {one}" for key, one in zip(self.keys, self.children))
            return f"{{{inside}}}" if self.kind == "dict" else f"{self.type.__name__}({inside})"
        inside = ", ".join(map(str, self.children))
        return f"[{inside}]" if self.kind == "list" else f"({inside})"


LEAF = Structure("leaf")


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of `tree` from left to right, and its structure.

    >>> flatten({"a": 1, "b": (2, None)})[0]
    [1, 2]
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """The tree of `structure` with these leaves."""
    return _unflatten(structure, iter(leaves))


def leaf_paths(structure: Structure) -> list[str]:
    """How each leaf is reached, as a user would write it.

    >>> leaf_paths(flatten({"a": 1, "b": (2, [3])})[1])
    ['a', 'b[0]', 'b[1][0]']
    """
    paths: list[str] = []
    _collect_paths(structure, "", paths)
    return paths


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same tree with `function` of each leaf."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [function(leaf) for leaf in leaves])


def _flatten(tree: Any, leaves: list[Any]) -> Structure:
    if tree is None:
        return Structure("none")
    cls = type(tree)
    if cls is dict:
        keys = tuple(tree)
        kinds = tuple(map(type, keys))  # 1 == True, and a result's keys are those of the first call
        return Structure("dict", kinds, keys, tuple(_flatten(tree[key], leaves) for key in keys))
    if cls is list:
        return Structure("list", None, (), tuple(_flatten(one, leaves) for one in tree))
    if cls is tuple:
        return Structure("tuple", None, (), tuple(_flatten(one, leaves) for one in tree))
    if isinstance(tree, tuple) and hasattr(cls, "_fields"):
        return Structure("namedtuple", cls, (), tuple(_flatten(one, leaves) for one in tree))
    if is_dataclass(tree) and not isinstance(tree, type):
        names = tuple(field.name for field in fields(tree))
        inside = tuple(_flatten(getattr(tree, name), leaves) for name in names)
        return Structure("dataclass", cls, names, inside)
    leaves.append(tree)
    return LEAF


def _collect_paths(structure: Structure, path: str, paths: list[str]) -> None:
    if structure.kind == "leaf":
        paths.append(path)
    for position, child in enumerate(structure.children):
        key = structure.keys[position] if structure.keys else position
        if not path:
            step = str(key)
        elif structure.kind == "dataclass":
            step = f"{path}.{key}"
        else:
            step = f"{path}[{key!r}]"
        _collect_paths(child, step, paths)


def _unflatten(structure: Structure, leaves: Iterator[Any]) -> Any:
    if structure.kind == "leaf":
        return next(leaves)
    if structure.kind == "none":
        return None
    children = [_unflatten(child, leaves) for child in structure.children]
    if structure.kind == "list":
        return children
    if structure.kind == "tuple":
        return tuple(children)
    if structure.kind == "namedtuple":
        return structure.type._make(children)  # not its `__new__`, which may take others
    named = dict(zip(structure.keys, children))
    if structure.kind == "dict":
        return named
    if all(field.init for field in fields(structure.type)):
        return structure.type(**named)
    # Its `__init__` does not take all fields, and has computed the others already.
    made = object.__new__(structure.type)
    for name, value in named.items():
        object.__setattr__(made, name, value)
    return made
