"""Has a function ask, before each call and subscript, what to call and what to index.

    m.zeros(n)[i]   ->   items(callee(m.zeros)(n))[i]

`substitution.py` answers, while the function runs: NumPy's functions by whatever name they are
found, the user's own wherever they are kept, and NumPy's arrays where an index is traced. What is
called is called from the user's own frame, so that tracebacks and `super()` are as they were.
"""

import ast
import copy

CALLEE = "__tessel_callee__"
"""The name under which rewritten code asks what to call."""

ITEMS = "__tessel_items__"
"""The name under which rewritten code asks what to index."""

ASSIGNED = "__tessel_assigned__"
"""The name under which rewritten code says that it assigns in place."""

_OURS = "__tessel_"


def ask_about_calls(definition: ast.FunctionDef | ast.Lambda) -> ast.FunctionDef | ast.Lambda:
    """The definition with its calls and subscripts rewritten, and those of functions inside it."""
    return _Asks().visit(definition)


class _Asks(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not _is_ours(node.func):
            node.func = _ask(CALLEE, node.func)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        node.value = _ask(ITEMS, node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """`a += b` tells of `a` before, where to read it once more changes nothing."""
        read = copy.deepcopy(node.target)
        is_plain = _is_plain(read)
        self.generic_visit(node)
        if is_plain:
            for one in ast.walk(read):
                if hasattr(one, "ctx"):
                    one.ctx = ast.Load()  # type: ignore[attr-defined]
            name = ast.copy_location(ast.Name(ASSIGNED, ast.Load()), node)
            node.value = ast.copy_location(ast.Call(name, [read, node.value], []), node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        returns, node.returns = node.returns, None
        self.generic_visit(node)
        node.returns = returns
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node  # its body may read names of its own


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression only names something: a variable, an attribute, an item."""
    if isinstance(node, ast.Attribute):
        return _is_plain(node.value)
    if isinstance(node, ast.Subscript):
        return _is_plain(node.value) and isinstance(node.slice, ast.Constant | ast.Name)
    return isinstance(node, ast.Name)


def _ask(question: str, node: ast.expr) -> ast.expr:
    name = ast.copy_location(ast.Name(question, ast.Load()), node)
    return ast.copy_location(ast.Call(name, [node], []), node)


def _is_ours(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id.startswith(_OURS)
