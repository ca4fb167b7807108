"""What an op of the dialect is: fields, inference, reference and verifier in one Python class.

A subclass of `TesselOp` names its operands, attributes and results as annotated fields, in this
order, and writes two functions over them:

    class Softmax(TesselOp, name="softmax"):
        '''Docstring: summary, semantics, numbered constraints (C1) ..., source.'''

        x: Operand
        axis: int
        result: Result

        @staticmethod
        def infer(x, axis): ...        # array types in, array type out; `check` states constraints
        @staticmethod
        def reference(x, axis): ...    # NumPy arrays in, NumPy array out

`build` adds the op to IR with the inferred type, and the verifier runs the same `infer` on IR that
was parsed, so that a constraint is written once. Subclassing registers the op with the dialect.

What an op costs is one operation an element, unless it says `flops_per_element` or defines `flops`.

IRDL wants all values of a variadic field to have one type. Ops that take arrays of different types
are therefore upstream's (`dialects/control_flow.py`) or binary.
"""

import inspect
import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, cast

from tessel.dialects.attributes import AttributeCodec, codec_for
from tessel.dialects.dim import Dim, is_at_least
from tessel.dialects.flops import Attributes, Types, largest, product
from tessel.dialects.mlir import ext, ir
from tessel.dialects.types import ArrayType
from tessel.dialects.value_groups import (
    Arity,
    ValueField,
    as_group,
    has_segments,
    segment_sizes,
    split_groups,
)


class Operand:
    """Field annotation: an array goes in.

    `Sequence[Operand]` is any number of arrays, `Operand | None` an optional one.
    """


class Result:
    """Field annotation: an array comes out. `Sequence[Result]` is any number."""


class ConstraintError(ValueError):
    """A constraint of an op does not hold: its number as in the op's docstring, and why."""

    def __init__(self, constraint: str, message: str, op_name: str = ""):
        super().__init__(message)
        self.constraint = constraint
        self.message = message
        self.op_name = op_name

    def __str__(self) -> str:
        return f"{self.op_name}: {self.message}" if self.op_name else self.message


def check(condition: bool, constraint: str, message: str) -> None:
    """Raises ConstraintError unless `condition` holds; for use in `infer`."""
    if not condition:
        raise ConstraintError(constraint, message)


LARGEST = (1 << 63) - 1
"""Bytes of the largest array: sizes, and offsets in an array, are signed numbers of 64 bits."""


def check_size(array: ArrayType) -> None:
    """Raises ConstraintError for more bytes than can be counted, static sizes of 0 left out."""
    known = math.prod(size for size in array.shape if isinstance(size, int) and size)
    room = LARGEST // (known * array.dtype.itemsize)
    fits = room > 0
    unknown = [size for size in array.shape if isinstance(size, Dim)]
    # One axis alone is as long as some array in memory.
    if fits and len(unknown) > 1:
        fits = is_at_least(room, math.prod(unknown))  # type: ignore[arg-type]
    if not fits:
        raise ConstraintError("C0", f"{array} is larger than the largest array")


class Tessel(ext.Dialect, name="tessel"):
    """The tensor dialect: NumPy's arrays and neural networks as a closed set of pure ops."""


class TesselOp(Tessel.Operation):
    """Base of every op; see the module's docstring for how to write one."""

    # Without annotations: upstream's base class would read those as fields of an op.
    operand_fields = cast(tuple[ValueField, ...], ())
    result_fields = cast(tuple[ValueField, ...], ())
    attribute_fields = cast(dict[str, AttributeCodec], MappingProxyType({}))

    flops_per_element = 1
    """Operations for each element of the largest operand or result; 0 moves elements only."""

    is_free = False
    """Whether it is no work at all: it makes no kernel, and reads and writes nothing."""

    reads_part = False
    """Whether it reads no more of its first operand than it returns, and little of the others."""

    @staticmethod
    def infer(*types: Any, **attributes: Any) -> Any:
        """The result types from the operands' types and the attributes; each op defines it."""
        raise NotImplementedError

    @staticmethod
    def reference(*operands: Any, **attributes: Any) -> Any:
        """The results from NumPy arrays and the attributes; each op defines it."""
        raise NotImplementedError

    @classmethod
    def flops(cls, operands: Types, results: Types, attributes: Attributes) -> int | None:
        """The operations of one op; None where a size is dynamic.

        `operands` are all in order, without the fields that are None. Ops whose work is no fixed
        number an element define it.
        """
        if cls.flops_per_element == 0:
            return 0
        return product(cls.flops_per_element, largest([*operands, *results]))

    def __init_subclass__(
        cls, *, name: str | None = None, traits: Sequence[type] = (), **kwargs: Any
    ):
        if name is None:
            cls.__annotations__ = {}
            super().__init_subclass__(**kwargs)
            return
        fields = dict(inspect.get_annotations(cls))
        _read_fields(cls, fields)
        cls.__annotations__ = {key: _irdl_annotation(value) for key, value in fields.items()}
        # The accessors that upstream generates for the fields must not find our annotations' types.
        super().__init_subclass__(name=name, traits=[ext.Pure, *traits], **kwargs)

    @classmethod
    def build(
        cls,
        *operands: "ir.Value | Sequence[ir.Value] | None",
        **attributes: Any,
    ) -> Any:
        """Adds the op at the current insertion point; returns its result, or a tuple of them.

        Operands come in the order of their fields: a value, a sequence of values or None as the
        field says.
        Raises ConstraintError when a constraint of the op does not hold.
        """
        types = [_types_of(operand) for operand in operands]
        inferred = cls.infer_types(*types, **attributes)
        return cls.results_of(cls.create(operands, inferred, attributes))

    @classmethod
    def results_of(cls, operation: ir.Operation) -> Any:
        """The result of an op of this class, or a tuple of them."""
        results = tuple(operation.results)
        return results[0] if len(results) == 1 and _is_single(cls) else results

    @classmethod
    def infer_types(cls, *types: Any, **attributes: Any) -> list[ArrayType]:
        """The types of all results in order; ConstraintError (with the op's name) when invalid."""
        try:
            inferred = cls.infer(*types, **attributes)
            results = [inferred] if isinstance(inferred, ArrayType) else list(inferred)
            for result in results:
                check_size(result)
        except ConstraintError as error:
            error.op_name = error.op_name or cls.short_name()
            raise
        return results

    @classmethod
    def create(
        cls,
        operands: Sequence[Any],
        result_types: Sequence[ArrayType],
        attributes: dict[str, Any],
    ) -> ir.Operation:
        """Adds the op with these result types, unverified; `operands` as for `build`."""
        groups = [as_group(operand) for operand in operands]
        encoded = {
            name: codec.encode(attributes[name]) for name, codec in cls.attribute_fields.items()
        }
        if has_segments(cls.operand_fields):
            encoded["operandSegmentSizes"] = ir.DenseI32ArrayAttr.get([len(g) for g in groups])
        if has_segments(cls.result_fields):
            encoded["resultSegmentSizes"] = ir.DenseI32ArrayAttr.get(
                segment_sizes(cls.result_fields, len(result_types))
            )
        return ir.Operation.create(
            cls.OPERATION_NAME,
            results=[result_type.to_mlir() for result_type in result_types],
            operands=[value for group in groups for value in group],
            attributes=encoded,
        )

    @classmethod
    def short_name(cls) -> str:
        """The op's name without its dialect: `softmax`."""
        return cls.OPERATION_NAME.removeprefix("tessel.")

    @classmethod
    def attribute_values(cls, operation: ir.Operation) -> dict[str, Any]:
        """The attributes of an op as Python values: ints, tuples, dtypes, arrays."""
        stored = operation.attributes
        missing = [name for name in cls.attribute_fields if name not in stored]
        if missing:
            raise ConstraintError("C0", f"attribute '{missing[0]}' is missing", cls.short_name())
        return {
            name: cls._decode(name, codec, stored) for name, codec in cls.attribute_fields.items()
        }

    @classmethod
    def _decode(cls, name: str, codec: AttributeCodec, stored: Any) -> Any:
        try:
            return codec.decode(stored[name])
        except (ValueError, TypeError, KeyError, OverflowError):  # upstream's casts, our tables
            message = f"attribute '{name}' must be: {codec.description}"
            raise ConstraintError("C0", message, cls.short_name()) from None

    @classmethod
    def operand_groups(
        cls, operation: ir.Operation, values: Sequence[Any] | None = None
    ) -> list[Any]:
        """The operands field by field: a value, a list or None; `values` instead of its own."""
        values = list(operation.operands if values is None else values)
        return split_groups(cls.operand_fields, operation, "operandSegmentSizes", values)

    def verify_invariants(self) -> bool:
        """Runs `infer` on the operands' types and compares with the declared results."""
        try:
            self._verify()
        except ConstraintError as error:
            self.operation.location.emit_error(str(error))
            return False
        return True

    def _verify(self) -> None:
        operation, name = self.operation, type(self).short_name()
        given = _array_types(name, "operand", operation.operands)
        declared = _array_types(name, "result", operation.results)
        _check_segments(name, self.operand_fields, operation, "operand", len(given))
        _check_segments(name, self.result_fields, operation, "result", len(declared))
        attributes = type(self).attribute_values(operation)
        groups = type(self).operand_groups(operation, given)
        verify_results(name, declared, type(self).infer_types(*groups, **attributes))


def verify_results(
    op_name: str, declared: Sequence[ArrayType], inferred: Sequence[ArrayType]
) -> None:
    """Raises ConstraintError when declared result types contradict the inferred ones."""
    if len(declared) != len(inferred):
        raise ConstraintError(
            "C0", f"has {len(declared)} results, must have {len(inferred)}", op_name
        )
    for have, want in zip(declared, inferred):
        if not want.accepts(have):
            raise ConstraintError("C0", f"result is {have}, must be {want}", op_name)


def _array_types(op_name: str, what: str, values: Sequence[ir.Value]) -> list[ArrayType]:
    """Raises ConstraintError for a type that no array has."""
    types = []
    for position, value in enumerate(values):
        try:
            types.append(ArrayType.of(value))
        except (KeyError, ValueError, TypeError):
            message = f"{what} {position} is {str(value.type)[:80]}, which no array is"
            raise ConstraintError("C0", message, op_name) from None
    return types


def _check_segments(
    op_name: str, fields: Sequence[ValueField], operation: ir.Operation, what: str, count: int
) -> None:
    """Raises ConstraintError when values are not as many as the fields take."""
    stored = f"{what}SegmentSizes"
    if not has_segments(fields):
        sizes = [1] * count
        wanted = len(fields)
        if count != wanted:
            message = f"has {count} {what}s, must have {wanted}"
            raise ConstraintError("C0", message, op_name)
    elif stored in operation.attributes:
        try:
            sizes = list(ir.DenseI32ArrayAttr(operation.attributes[stored]))
        except (ValueError, TypeError):
            raise ConstraintError("C0", f"'{stored}' is no array<i32>", op_name) from None
    else:
        sizes = segment_sizes(fields, count)
    fits = len(sizes) == len(fields) and sum(sizes) == count and min(sizes, default=0) >= 0
    limits = {Arity.ONE: (1, 1), Arity.OPTIONAL: (0, 1), Arity.MANY: (0, count)}
    if not fits or any(
        not limits[field.arity][0] <= size <= limits[field.arity][1]
        for field, size in zip(fields, sizes)
    ):
        shown = ", ".join(map(str, sizes))
        raise ConstraintError("C0", f"its {count} {what}s are no segments of {shown}", op_name)


def op_class(operation: ir.Operation) -> type[TesselOp] | None:
    """The class that defines `operation`, or None for another dialect's op."""
    view = operation.opview
    return type(view) if isinstance(view, TesselOp) else None


def _read_fields(cls: type[TesselOp], fields: dict[str, Any]) -> None:
    """Sorts the annotations into operand, attribute and result fields."""
    operands, results = [], []
    attributes: dict[str, AttributeCodec] = {}
    for name, annotation in fields.items():
        base, arity = _arity_of(annotation)
        if base is Operand:
            operands.append(ValueField(name, arity))
        elif base is Result:
            results.append(ValueField(name, arity))
        else:
            attributes[name] = codec_for(annotation)
    cls.operand_fields = tuple(operands)
    cls.result_fields = tuple(results)
    cls.attribute_fields = attributes


def _arity_of(annotation: Any) -> tuple[Any, Arity]:
    arguments = getattr(annotation, "__args__", ())
    if getattr(annotation, "__origin__", None) is Sequence:
        return arguments[0], Arity.MANY
    if Operand in arguments and type(None) in arguments:
        return Operand, Arity.OPTIONAL
    return annotation, Arity.ONE


def _irdl_annotation(annotation: Any) -> Any:
    """Our annotation as upstream's `ext` reads it; all constraints beyond arity are in `infer`."""
    base, arity = _arity_of(annotation)
    if base not in (Operand, Result):
        return Any
    field = ext.Operand[Any] if base is Operand else ext.Result[Any]
    if arity is Arity.MANY:
        return Sequence[field]
    return field | None if arity is Arity.OPTIONAL else field


def _types_of(operand: Any) -> Any:
    if operand is None or isinstance(operand, ir.Value):
        return None if operand is None else ArrayType.of(operand)
    return [ArrayType.of(value) for value in operand]


def _is_single(cls: type[TesselOp]) -> bool:
    return [field.arity for field in cls.result_fields] == [Arity.ONE]
