"""Has the kernels of a module compute with subnormal numbers as they are.

IREE's runtime sets processors to take and to make zeros in their place (FTZ and DAZ of MXCSR on
x86-64, FZ of FPCR on aarch64) before it calls a kernel, and has no option not to. So each kernel
clears those bits when it begins and puts back what it found when it ends: 60 cycles a work-group
(Zen 5). It is done between two phases of IREE, where every kernel is a function, IREE's own among
them, by the C interface of MLIR in IREE's library.
"""

import ctypes
from dataclasses import dataclass

from tessel.compiler.targets.base import Target

PHASE = "executable-configurations"
"""The phase of IREE after which kernels are functions whose code is not chosen yet."""

_BEGIN_AND_END = {
    "x86_64": """
  %one = llvm.mlir.constant(1 : i32) : i32
  %found = llvm.alloca %one x i32 : (i32) -> !llvm.ptr
  %ours = llvm.alloca %one x i32 : (i32) -> !llvm.ptr
  llvm.call_intrinsic "llvm.x86.sse.stmxcsr"(%found) : (!llvm.ptr) -> ()
  %state = llvm.load %found : !llvm.ptr -> i32
  %without = llvm.mlir.constant(0xFFFF7FBF : i32) : i32
  %cleared = llvm.and %state, %without : i32
  llvm.store %cleared, %ours : i32, !llvm.ptr
  llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"(%ours) : (!llvm.ptr) -> ()
  llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"(%found) : (!llvm.ptr) -> ()
""",
    "aarch64": """
  %state = llvm.call_intrinsic "llvm.aarch64.get.fpcr"() : () -> i64
  %without = llvm.mlir.constant(0xFFFFFFFFFEF7FFFF : i64) : i64
  %cleared = llvm.and %state, %without : i64
  llvm.call_intrinsic "llvm.aarch64.set.fpcr"(%cleared) : (i64) -> ()
  llvm.call_intrinsic "llvm.aarch64.set.fpcr"(%state) : (i64) -> ()
""",
}
"""By architecture: operations that a kernel begins with, and a last one that it ends with."""

_ADVANCE, _SKIP = 0, 2
"""What a visit of an operation answers: go on inside, or behind it."""


class _Handle(ctypes.Structure):
    """A pointer, as MLIR's C interface passes one."""

    _fields_ = (("pointer", ctypes.c_void_p),)


class _Text(ctypes.Structure):
    _fields_ = (("pointer", ctypes.c_void_p), ("length", ctypes.c_size_t))


_VISIT = ctypes.CFUNCTYPE(ctypes.c_int, _Handle, ctypes.c_void_p)

_BY_HANDLE: dict[str, tuple[object, ...]] = {
    "mlirBlockGetFirstOperation": (_Handle, _Handle),
    "mlirBlockGetTerminator": (_Handle, _Handle),
    "mlirBlockInsertOwnedOperationBefore": (None, _Handle, _Handle, _Handle),
    "mlirIdentifierStr": (_Text, _Handle),
    "mlirOperationCreateParse": (_Handle, _Handle, _Text, _Text),
    "mlirOperationDestroy": (None, _Handle),
    "mlirOperationGetContext": (_Handle, _Handle),
    "mlirOperationGetName": (_Handle, _Handle),
    "mlirOperationGetNextInBlock": (_Handle, _Handle),
    "mlirOperationGetRegion": (_Handle, _Handle, ctypes.c_ssize_t),
    "mlirOperationRemoveFromParent": (None, _Handle),
    "mlirOperationWalk": (None, _Handle, _VISIT, ctypes.c_void_p, ctypes.c_int),
    "mlirRegionGetFirstBlock": (_Handle, _Handle),
}
"""Functions of the C interface: what each returns, and what it takes."""


def code_for(target: Target) -> str:
    """What kernels for `target` begin and end with; empty where they may flush subnormals."""
    return "" if target.flushes_subnormals else _BEGIN_AND_END.get(target.architecture, "")


def keep_subnormals(library: ctypes.CDLL, module: int, code: str) -> None:
    """Adds `code` to all kernels of `module`, the address of an operation of `library`'s."""
    editor = _Editor(library)
    for kernel in editor.kernels(_Handle(module)):
        editor.enclose(kernel, code)


@dataclass(frozen=True)
class _Editor:
    library: ctypes.CDLL

    def _call(self, name: str, *arguments: object) -> _Handle:
        function = getattr(self.library, name)
        function.restype, *function.argtypes = _BY_HANDLE[name]
        return function(*arguments)

    def kernels(self, module: _Handle) -> list[_Handle]:
        """The functions of executables: of the kind `func.func`, which the program's are not."""
        found: list[_Handle] = []

        def visit(operation: _Handle, _: object) -> int:
            name = self._name(operation)
            if name == b"func.func" and self._block(operation).pointer:
                found.append(operation)
            return _SKIP if name.endswith(b".func") else _ADVANCE

        before_what_is_inside = 0
        self._call("mlirOperationWalk", module, _VISIT(visit), None, before_what_is_inside)
        return found

    def enclose(self, kernel: _Handle, code: str) -> None:
        """Puts the operations of `code` at the begin of a function, and the last one at its end."""
        context = self._call("mlirOperationGetContext", kernel)
        text = f"builtin.module {{ func.func private @added() {{ {code} return }} }}".encode()
        added = self._call("mlirOperationCreateParse", context, _text(text), _text(b"added"))
        operations = self._operations(self._block(self._operations(self._block(added))[0]))
        block = self._block(kernel)
        first = self._call("mlirBlockGetFirstOperation", block)
        end = self._call("mlirBlockGetTerminator", block)
        *begin, last, _ = operations
        for operation, place in [*((one, first) for one in begin), (last, end)]:
            self._call("mlirOperationRemoveFromParent", operation)
            self._call("mlirBlockInsertOwnedOperationBefore", block, place, operation)
        self._call("mlirOperationDestroy", added)

    def _block(self, operation: _Handle) -> _Handle:
        return self._call(
            "mlirRegionGetFirstBlock", self._call("mlirOperationGetRegion", operation, 0)
        )

    def _operations(self, block: _Handle) -> list[_Handle]:
        found, one = [], self._call("mlirBlockGetFirstOperation", block)
        while one.pointer:
            found.append(one)
            one = self._call("mlirOperationGetNextInBlock", one)
        return found

    def _name(self, operation: _Handle) -> bytes:
        identifier = self._call("mlirOperationGetName", operation)
        text = self._call("mlirIdentifierStr", identifier)
        assert isinstance(text, _Text)
        return ctypes.string_at(text.pointer, text.length)


def _text(content: bytes) -> _Text:
    return _Text(ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p), len(content))
