"""Keeps IREE's virtual machine from losing a buffer that a branch hands on twice.

    br ^loop(%i, %buffer, %fence, %buffer)

Arrays that one part of a program makes share one buffer, so that a loop which carries two of them
hands on one reference for both. IREE 3.13 gives a reference and what becomes of it the same
register where it can, and has the last use of a reference empty its register: where the first use
of the two needs no move, the second one empties what the first should have left ("indirect buffer
reference slot 0 is out range" in the next iteration, https://github.com/iree-org/iree/pull/24781).
Of 40 random nests of loops and branches that carry two or three arrays 5 failed so. All uses but
the first become references of their own: the buffer where it is not null, and null otherwise, which
nothing folds.
"""

import ctypes

from tessel.compiler.targets.c_interface import Editor, Handle

PHASE = "vm"
"""The phase of IREE after which nothing but registers is chosen."""

_BRANCHES = (b"vm.br", b"vm.cond_br", b"vm.br_table")

_ANOTHER = """vm.module @added {{ vm.func private @added(%reference: {type}) {{
  %null = vm.const.ref.zero : {type}
  %is_some = vm.cmp.nz.ref %reference : {type}
  %another = vm.select.ref %is_some, %reference, %null : {type}
  vm.return
}} }}"""


def has_branches(source: bytes) -> bool:
    """Whether a program may have loops or branches: ops of the dialects `scf` and `cf`."""
    return b"cf" in source


def keep_references(library: ctypes.CDLL, module: int) -> None:
    """Has no branch of `module`, the address of an operation of `library`'s, repeat a reference."""
    editor = Editor(library)
    for function in editor.functions(Handle(module), b"vm.func"):
        for block in editor.blocks(function):
            branch = editor.call("mlirBlockGetTerminator", block)
            if editor.name(branch) in _BRANCHES:
                for position in _repeated(editor, branch):
                    _hand_on_another(editor, block, branch, position)


def _repeated(editor: Editor, branch: Handle) -> list[int]:
    """Where among its operands a branch hands on a reference once more to the same block."""
    targets = [
        editor.call("mlirOperationGetSuccessor", branch, position)
        for position in range(editor.count("mlirOperationGetNumSuccessors", branch))
    ]
    sizes = [editor.count("mlirBlockGetNumArguments", target) for target in targets]
    begin = editor.count("mlirOperationGetNumOperands", branch) - sum(sizes)
    found = []
    for size in sizes:
        seen: set[int | None] = set()
        for position in range(begin, begin + size):
            value = editor.call("mlirOperationGetOperand", branch, position)
            if value.pointer in seen and editor.type_of(value).startswith("!vm.ref"):
                found.append(position)
            seen.add(value.pointer)
        begin += size
    return found


def _hand_on_another(editor: Editor, block: Handle, branch: Handle, position: int) -> None:
    value = editor.call("mlirOperationGetOperand", branch, position)
    added = editor.parse(branch, _ANOTHER.format(type=editor.type_of(value)))
    function = editor.operations(editor.block(added))[0]
    null, is_some, another, _ = editor.operations(editor.block(function))
    for operation in (null, is_some, another):
        editor.move(operation, block, branch)
    editor.call("mlirOperationSetOperand", is_some, 0, value)
    editor.call("mlirOperationSetOperand", another, 1, value)
    result = editor.call("mlirOperationGetResult", another, 0)
    editor.call("mlirOperationSetOperand", branch, position, result)
    editor.call("mlirOperationDestroy", added)
