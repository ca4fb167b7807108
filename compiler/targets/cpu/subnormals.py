"""Has the kernels of a module compute with subnormal numbers as they are.

IREE's runtime sets processors to take and to make zeros instead of them (FTZ and DAZ of MXCSR on
x86-64, FZ of FPCR on aarch64) before it calls a kernel, and has no option not to. So each kernel
clears those bits when it begins and puts back what it found when it ends: 60 cycles a workgroup
(Zen 5). It is done between two phases of IREE, where every kernel is a function, IREE's own among
them, by the C interface of MLIR in IREE's library.
"""

import ctypes

from tessel.compiler.targets.base import Target
from tessel.compiler.targets.c_interface import Editor, Handle

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


def code_for(target: Target) -> str:
    """What kernels for `target` begin and end with; empty where they may flush subnormals."""
    return "" if target.flushes_subnormals else _BEGIN_AND_END.get(target.architecture, "")


def keep_subnormals(library: ctypes.CDLL, module: int, code: str) -> None:
    """Adds `code` to all kernels of `module`, the address of an operation of `library`'s.

    Kernels are functions of the kind `func.func`, which the program's are not.
    """
    editor = Editor(library)
    for kernel in editor.functions(Handle(module), b"func.func"):
        _enclose(editor, kernel, code)


def _enclose(editor: Editor, kernel: Handle, code: str) -> None:
    """Puts the operations of `code` at the begin of a function, and the last one at its end."""
    added = editor.parse(
        kernel, f"builtin.module {{ func.func private @added() {{ {code} return }} }}"
    )
    function = editor.operations(editor.block(added))[0]
    *begin, last, _ = editor.operations(editor.block(function))
    block = editor.block(kernel)
    first = editor.call("mlirBlockGetFirstOperation", block)
    end = editor.call("mlirBlockGetTerminator", block)
    for operation, successor in [*((one, first) for one in begin), (last, end)]:
        editor.move(operation, block, successor)
    editor.call("mlirOperationDestroy", added)
