"""What a user says of dimensions: `tessel.compile(f, dynamic={"x": {0: Dim("batch", max=64)}})`.

A `Dim` is dynamic from the start, and within its range; axes of one `Dim` are equal, or as its
multiples say (`2 * batch + 1`). AUTO is dynamic from the start with whatever the program assumes,
STATIC never. Source: torch.export's `dynamic_shapes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tessel.compiler.diagnostics import ArgumentError, ShapeError
from tessel.compiler.frontend.tracing.pytree import Structure
from tessel.compiler.frontend.tracing.signature import Arguments, Axes


@dataclass(frozen=True)
class Keyword:
    """A word that stands for a dimension."""

    name: str

    def __repr__(self) -> str:
        return self.name


AUTO = Keyword("AUTO")
"""Dynamic from the start; what the program assumes of the size is found out."""

STATIC = Keyword("STATIC")
"""Never dynamic: each size is compiled."""


@dataclass(frozen=True)
class NamedDim:
    """A dimension that varies between `min` and `max`, in multiples of `multiple_of`.

    Axes of one `Dim` are equal; `2 * batch`, `batch + 1` say that a size follows from another one.

    >>> import tessel
    >>> batch = tessel.Dim("batch", max=64)
    >>> 2 * batch + 1
    2 * batch + 1
    """

    name: str
    min: int = 0
    max: int | None = None
    multiple_of: int = 1

    def __post_init__(self) -> None:
        if self.min < 0 or self.multiple_of < 1 or (self.max is not None and self.max < self.min):
            limits = f"min={self.min}, max={self.max}, multiple_of={self.multiple_of}"
            raise ArgumentError(f"no size fits Dim('{self.name}', {limits})")

    def __repr__(self) -> str:
        return self.name

    def __mul__(self, factor: int) -> "AffineDim":
        return AffineDim(self) * factor

    __rmul__ = __mul__

    def __add__(self, offset: int) -> "AffineDim":
        return AffineDim(self) + offset

    __radd__ = __add__

    def __sub__(self, offset: int) -> "AffineDim":
        return AffineDim(self) + -offset

    def refusal(self, size: int) -> str:
        """What is wrong with a size; empty for one in the range."""
        if size < self.min:
            return f"is at least {self.min}"
        if self.max is not None and size > self.max:
            return f"is at most {self.max}"
        return f"is a multiple of {self.multiple_of}" if size % self.multiple_of else ""


@dataclass(frozen=True)
class AffineDim:
    """`factor * base + offset`."""

    base: NamedDim
    factor: int = 1
    offset: int = 0

    def __mul__(self, factor: int) -> "AffineDim":
        if not isinstance(factor, int) or factor < 1:
            raise ArgumentError(f"{self} times {factor} is no size: multiply by a positive integer")
        return AffineDim(self.base, self.factor * factor, self.offset * factor)

    __rmul__ = __mul__

    def __add__(self, offset: int) -> "AffineDim":
        return AffineDim(self.base, self.factor, self.offset + offset)

    __radd__ = __add__

    def __sub__(self, offset: int) -> "AffineDim":
        return self + -offset

    def __repr__(self) -> str:
        product = f"{self.factor} * {self.base}" if self.factor != 1 else str(self.base)
        sign = "-" if self.offset < 0 else "+"
        return f"{product} {sign} {abs(self.offset)}" if self.offset else product


Dim = NamedDim

Relation = tuple[tuple[int, int], tuple[int, int], int, int]
"""(axis, other axis, factor, offset): the size of the first is factor * the other's + offset."""


@dataclass(frozen=True)
class SizeContract:
    """What was said of the axes of one kind of call."""

    named: Mapping[tuple[int, int], AffineDim]
    automatic: Axes
    static: Mapping[tuple[int, int], int | None]

    @property
    def required(self) -> Axes:
        """Axes of a `Dim`, which are dynamic in each program."""
        return frozenset(self.named)

    @property
    def dynamic(self) -> Axes:
        """Axes that are dynamic from the start; those of AUTO, where that can be compiled."""
        return self.automatic | self.required

    @property
    def relations(self) -> list[Relation]:
        """How sizes of one `Dim` follow from one of them, an axis that is the `Dim` itself."""
        roots = {one.base: axis for axis, one in self.named.items() if one.factor == 1}
        found = []
        for axis, one in self.named.items():
            root = roots.get(one.base)
            if root is not None and root != axis:
                offset = one.offset - one.factor * self.named[root].offset
                found.append((axis, root, one.factor, offset))
        return found

    def check(self, arguments: Arguments, function: str) -> None:
        """Raises ShapeError, naming the dimension, for a size that was ruled out."""
        sizes: dict[NamedDim, tuple[int, str]] = {}
        for axis, number in self.static.items():
            size = arguments.shapes[axis[0]][axis[1]]
            if number is not None and size != number:
                (name,) = arguments.axis_names(frozenset([axis]))
                raise ShapeError(f"{function}(): {name} is {size}, and was said to be {number}")
        for axis, one in self.named.items():
            size = arguments.shapes[axis[0]][axis[1]]
            base, rest = divmod(size - one.offset, one.factor)
            (name,) = arguments.axis_names(frozenset([axis]))
            what = f"{function}(): {name} is {size}"
            if rest or base < 0:
                raise ShapeError(f"{what}, which is not {one} for any {one.base}")
            refusal = one.base.refusal(base)
            if refusal:
                raise ShapeError(f"{what}, and {one.base} {refusal}{_said(one, base)}")
            known, by = sizes.setdefault(one.base, (base, name))
            if known != base:
                raise ShapeError(f"{what}, and {one.base} is {known} by {by}{_said(one, base)}")


def _said(one: AffineDim, base: int) -> str:
    """How a size speaks of its `Dim`, where it is not the same."""
    return "" if one == AffineDim(one.base) else f" ({one} makes it {base})"


def contract_of(
    dynamic: Mapping[str, Any] | None, arguments: Arguments, function: str
) -> SizeContract:
    """What `dynamic` says of the axes of these arguments.

    Raises ArgumentError for names and axes that the arguments do not have.
    """
    named: dict[tuple[int, int], AffineDim] = {}
    automatic: set[tuple[int, int]] = set()
    static: dict[tuple[int, int], int | None] = {}
    said = _spread(arguments.structure, dynamic, f"{function}()")
    shapes = iter(enumerate(arguments.shapes))
    for spec, is_array in zip(said, arguments.are_traced, strict=True):
        if not is_array:
            continue
        array, shape = next(shapes)
        for axis, word in _axes(spec, len(shape), f"{function}(): {arguments.array_names[array]}"):
            if isinstance(word, NamedDim | AffineDim):
                one = AffineDim(word) if isinstance(word, NamedDim) else word
                named[array, axis] = one
            elif word is AUTO:
                automatic.add((array, axis))
            else:
                static[array, axis] = None if word is STATIC else word
    return SizeContract(named, frozenset(automatic), static)


def _spread(structure: Structure, spec: Any, path: str) -> Iterator[Any]:
    """What is said of each leaf; None where nothing is."""
    if structure.kind == "leaf":
        yield spec
        return
    keys = structure.keys or range(len(structure.children))
    if spec is not None:
        given = spec if isinstance(spec, Mapping) else dict(enumerate(spec))
        unknown = [key for key in given if key not in keys]
        if unknown:
            raise ArgumentError(f"{path} has no {unknown[0]!r}, of which dynamic= says something")
        spec = given
    for key, child in zip(keys, structure.children):
        yield from _spread(child, None if spec is None else spec.get(key), f"{path}: {key}")


def _axes(spec: Any, rank: int, path: str) -> Iterator[tuple[int, Any]]:
    """Each axis of an array of which something is said, and what."""
    if spec is None:
        return
    hint = "say {axis: Dim}, or one for each dimension"
    if not isinstance(spec, Mapping | Sequence) or isinstance(spec, str):
        raise ArgumentError(f"{path}: dynamic= is {spec!r}", hint=hint)
    if isinstance(spec, Sequence) and len(spec) != rank:
        message = f"{path} has {rank} dimensions, and dynamic= names {len(spec)}"
        raise ArgumentError(message, hint=hint)
    for axis, word in spec.items() if isinstance(spec, Mapping) else enumerate(spec):
        if not -rank <= axis < rank:
            raise ArgumentError(f"{path} has {rank} dimensions, and no axis {axis}")
        if word is None:
            continue
        if not isinstance(word, NamedDim | AffineDim | Keyword | int):
            hint = "a tessel.Dim, tessel.AUTO, tessel.STATIC or a number"
            raise ArgumentError(f"{path}: dynamic= of axis {axis} is {word!r}", hint=hint)
        yield axis % rank, word
