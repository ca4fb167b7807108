"""What a kernel is to compute, as one line of text, and how it may be cut: what a tuner needs.

    gemm m=128 k=768 n=3072 version=4

The line is a problem's name: in IR, in the file of what has been measured, on the command line,
where a person may leave the version out. A line of another version is refused.
"""

from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, TypeVar, get_args, get_origin

import numpy as np

from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.kernels.problem_version import VERSION, VERSION_WORD
from tessel.compiler.kernels.target_attributes import Hardware

_LARGEST_SIZE = (1 << 31) - 1

_DTYPES = ("dtype", "weight")
"""Fields whose words name dtypes, where they are words."""


@dataclass(frozen=True)
class KernelProblem:
    """Base of all: fields are integers, None where dynamic, words, or sizes.

    `default_configuration` is the choice without measuring; `neighbours` are those worth trying
    from a configuration on, each of which differs in one thing. All give the same results, bit for
    bit.
    """

    template: ClassVar[str]
    """The name of the kernel template."""

    @property
    def name(self) -> str:
        """The problem as one line, without what has its default."""
        values = [(one, getattr(self, one.name)) for one in fields(self)]
        words = [f"{one.name}={_text(value)}" for one, value in values if value != one.default]
        return " ".join((self.template, *words, VERSION_WORD))

    def default_configuration(self, hardware: Hardware) -> Any:
        raise NotImplementedError

    def neighbours(self, configuration: Any, hardware: Hardware) -> Sequence[Any]:
        """None: what has no neighbours is not tuned."""
        return ()

    def configuration(self, hardware: Hardware) -> Any:
        """What was measured to be best on `hardware`, else the default."""
        default = self.default_configuration(hardware)
        numbers = hardware.measured.get(self.name)
        names = {field.name for field in fields(default)}
        # Other names come from a package whose configurations have changed, or from a person.
        return type(default)(**numbers) if numbers and set(numbers) == names else default


@dataclass(frozen=True)
class VectorConfiguration:
    """`rows` for a workgroup, in vectors of `lanes` elements: what simple kernels leave open."""

    rows: int
    lanes: int


_WORKGROUP_BYTES = 128 << 10
"""Bytes of rows that a workgroup reads, or writes: enough that calling it costs little."""


def rows_of_workgroup(rows: int, row_bytes: int, hardware: Hardware) -> int:
    """Of so many rows: enough for their bytes to be worth a call, few enough for all threads."""
    return max(1, min(_WORKGROUP_BYTES // row_bytes, rows // hardware.min_workgroups))


P = TypeVar("P", bound=KernelProblem)


def padding() -> Any:
    """A field of sizes that may be 0."""
    return field(metadata={"least": 0})


def read_problem(text: str, cls: type[P]) -> P:
    """The problem of a class with the name `text`; what has a default may be left out.

    Raises ArgumentError for a text that names none.
    """
    template, *words = text.split() or [""]
    versions = [word for word in words if word.startswith("version=")]
    if versions not in ([], [VERSION_WORD]):
        names = " ".join(f"{field.name}=..." for field in fields(cls))
        hint = f"write {cls.template} {names}"
        raise ArgumentError(f"'{text}' is not of version {VERSION}", hint=hint)
    words = [word for word in words if word not in versions]
    try:
        if template != cls.template:
            raise ValueError(template)
        values = {name: _value(value) for name, value in (word.split("=") for word in words)}
        return cls(
            **{
                one.name: _fitting(one, values.pop(one.name))
                for one in fields(cls)
                if one.name in values
            },
            **values,
        )
    except (TypeError, ValueError):
        names = " ".join(f"{field.name}=..." for field in fields(cls))
        hint = f"write {cls.template} {names}"
        raise ArgumentError(f"'{text}' is no problem", hint=hint) from None


def _text(value: Any) -> str:
    if value is None:
        return "?"
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _value(text: str) -> Any:
    if text == "?":
        return None
    sizes = text.split("x")
    if all(one.isdigit() for one in sizes):
        return int(text) if len(sizes) == 1 else tuple(map(int, sizes))
    return text


def _fitting(one: Field, value: Any) -> Any:
    """`value`, or ValueError where the field cannot have it."""
    if one.type is str:
        if not isinstance(value, str):
            raise ValueError(value)
        if one.name in _DTYPES:
            np.dtype(value)  # TypeError for another word
        return value
    if value is None and type(None) in get_args(one.type):
        return value
    sizes = value if isinstance(value, tuple) else (value,)
    least = one.metadata.get("least", 0 if one.default == 0 else 1)
    in_range = all(isinstance(size, int) and least <= size <= _LARGEST_SIZE for size in sizes)
    types = get_args(one.type) if get_origin(one.type) is tuple else ()
    counts = (len(sizes),) if Ellipsis in types else (len(types) or 1,)
    if not in_range or len(sizes) not in counts:
        raise ValueError(value)
    return sizes if types else value
