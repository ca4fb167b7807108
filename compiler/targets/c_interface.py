"""MLIR's C interface in IREE's library: what IREE's Python API has no words for.

Modules are changed between two phases of IREE, in its own context, which is neither upstream's nor
one that Python's bindings know.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass


class Handle(ctypes.Structure):
    """A pointer to an operation, block, value or type, as MLIR's C interface passes one."""

    _fields_ = (("pointer", ctypes.c_void_p),)


class _Text(ctypes.Structure):
    _fields_ = (("pointer", ctypes.c_void_p), ("length", ctypes.c_size_t))


VISIT = ctypes.CFUNCTYPE(ctypes.c_int, Handle, ctypes.c_void_p)
_PRINT = ctypes.CFUNCTYPE(None, _Text, ctypes.c_void_p)

ADVANCE, SKIP = 0, 2
"""What a visit of an operation answers: go on inside, or behind it."""

_POSITION = ctypes.c_ssize_t

_FUNCTIONS: dict[str, tuple[object, ...]] = {
    "mlirBlockGetFirstOperation": (Handle, Handle),
    "mlirBlockGetNextInRegion": (Handle, Handle),
    "mlirBlockGetNumArguments": (_POSITION, Handle),
    "mlirBlockGetTerminator": (Handle, Handle),
    "mlirBlockInsertOwnedOperationBefore": (None, Handle, Handle, Handle),
    "mlirIdentifierStr": (_Text, Handle),
    "mlirOperationCreateParse": (Handle, Handle, _Text, _Text),
    "mlirOperationDestroy": (None, Handle),
    "mlirOperationGetContext": (Handle, Handle),
    "mlirOperationGetName": (Handle, Handle),
    "mlirOperationGetNextInBlock": (Handle, Handle),
    "mlirOperationGetNumOperands": (_POSITION, Handle),
    "mlirOperationGetNumSuccessors": (_POSITION, Handle),
    "mlirOperationGetOperand": (Handle, Handle, _POSITION),
    "mlirOperationGetRegion": (Handle, Handle, _POSITION),
    "mlirOperationGetResult": (Handle, Handle, _POSITION),
    "mlirOperationGetSuccessor": (Handle, Handle, _POSITION),
    "mlirOperationRemoveFromParent": (None, Handle),
    "mlirOperationSetOperand": (None, Handle, _POSITION, Handle),
    "mlirOperationWalk": (None, Handle, VISIT, ctypes.c_void_p, ctypes.c_int),
    "mlirRegionGetFirstBlock": (Handle, Handle),
    "mlirTypePrint": (None, Handle, _PRINT, ctypes.c_void_p),
    "mlirValueGetType": (Handle, Handle),
}
"""Functions of the C interface: what each returns, and what it takes."""


@dataclass(frozen=True)
class Editor:
    """Reads and changes operations of `library`'s."""

    library: ctypes.CDLL

    def call(self, name: str, *arguments: object) -> Handle:
        """Calls a function of the C interface."""
        function = getattr(self.library, name)
        function.restype, *function.argtypes = _FUNCTIONS[name]
        return function(*arguments)

    def count(self, name: str, handle: Handle) -> int:
        """Calls a function of the C interface that returns a number."""
        number = self.call(name, handle)
        assert isinstance(number, int)
        return number

    def functions(self, module: Handle, name: bytes) -> list[Handle]:
        """The operations of that name, a kind of function, that have a body."""
        found: list[Handle] = []

        def visit(operation: Handle, _: object) -> int:
            kind = self.name(operation)
            if kind == name and self.block(operation).pointer:
                found.append(operation)
            return SKIP if kind.endswith(b".func") else ADVANCE

        before_what_is_inside = 0
        self.call("mlirOperationWalk", module, VISIT(visit), None, before_what_is_inside)
        return found

    def block(self, operation: Handle) -> Handle:
        """The first block of an operation; null where it has none."""
        region = self.call("mlirOperationGetRegion", operation, 0)
        return self.call("mlirRegionGetFirstBlock", region)

    def blocks(self, operation: Handle) -> Iterator[Handle]:
        """The blocks of an operation's first region."""
        block = self.block(operation)
        while block.pointer:
            yield block
            block = self.call("mlirBlockGetNextInRegion", block)

    def operations(self, block: Handle) -> list[Handle]:
        """The operations of a block, in order."""
        found, one = [], self.call("mlirBlockGetFirstOperation", block)
        while one.pointer:
            found.append(one)
            one = self.call("mlirOperationGetNextInBlock", one)
        return found

    def parse(self, near: Handle, text: str) -> Handle:
        """The operation that `text` is, in the context of another; the caller owns it."""
        context = self.call("mlirOperationGetContext", near)
        return self.call("mlirOperationCreateParse", context, _text(text), _text("added"))

    def move(self, operation: Handle, block: Handle, before: Handle) -> None:
        """Takes an operation from where it is, and puts it before one of `block`'s."""
        self.call("mlirOperationRemoveFromParent", operation)
        self.call("mlirBlockInsertOwnedOperationBefore", block, before, operation)

    def name(self, operation: Handle) -> bytes:
        """The name of an operation, such as `func.func`."""
        text = self.call("mlirIdentifierStr", self.call("mlirOperationGetName", operation))
        assert isinstance(text, _Text)
        return ctypes.string_at(text.pointer, text.length)

    def type_of(self, value: Handle) -> str:
        """The type of a value, as text."""
        parts: list[bytes] = []

        def collect(text: _Text, _: object) -> None:
            parts.append(ctypes.string_at(text.pointer, text.length))

        self.call("mlirTypePrint", self.call("mlirValueGetType", value), _PRINT(collect), None)
        return b"".join(parts).decode()


def _text(content: str) -> _Text:
    encoded = content.encode()
    return _Text(ctypes.cast(ctypes.c_char_p(encoded), ctypes.c_void_p), len(encoded))
