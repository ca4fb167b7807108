"""Which variables a piece of Python reads before it assigns them, and which it assigns."""

import ast
from collections.abc import Iterable, Iterator, Sequence


def exposed(statements: Sequence[ast.stmt]) -> tuple[set[str], set[str]]:
    """Names that may be read before `statements` assign them, and names they surely assign."""
    reads: set[str] = set()
    assigned: set[str] = set()
    for statement in statements:
        statement_reads, statement_assigned = _statement(statement)
        reads |= statement_reads - assigned
        assigned |= statement_assigned
        if _may_jump(statement):
            # What comes after may not run, and nothing more is surely assigned.
            for later in statements[statements.index(statement) + 1 :]:
                reads |= _statement(later)[0] - assigned
            break
    return reads, assigned


def assigned_names(statements: Iterable[ast.AST]) -> set[str]:
    """Variables that `statements` may assign, without those of functions defined in them."""
    names: set[str] = set()
    for node in statements:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(one.asname or one.name).split(".")[0] for one in node.names}
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        elif isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            names |= {
                one.target.id
                for one in ast.walk(node)
                if isinstance(one, ast.NamedExpr) and isinstance(one.target, ast.Name)
            }
            continue
        names |= assigned_names(ast.iter_child_nodes(node))
    return names


def loaded_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are read anywhere inside `nodes`, also by functions that are defined there."""
    return {
        one.id
        for node in nodes
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }


def appended_names(statements: Sequence[ast.stmt]) -> set[str]:
    """Names with which `statements` do nothing but `name.append(...)`."""
    counts: dict[str, int] = {}
    for node in (one for statement in statements for one in _outside_functions(statement)):
        call = node.value if isinstance(node, ast.Expr) else None
        method = call.func if isinstance(call, ast.Call) and not call.keywords else None
        if isinstance(method, ast.Attribute) and method.attr == "append":
            if isinstance(method.value, ast.Name):
                counts[method.value.id] = counts.get(method.value.id, 0) + 1
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in counts:
                counts[node.id] -= 1
    return {name for name, others in counts.items() if not others}


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, but for functions and comprehensions."""
    if isinstance(node, _FUNCTIONS):
        return
    yield node
    for one in ast.iter_child_nodes(node):
        yield from _outside_functions(one)


_FUNCTIONS = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def _statement(node: ast.stmt) -> tuple[set[str], set[str]]:
    if isinstance(node, ast.If):
        then_reads, then_assigned = exposed(node.body)
        else_reads, else_assigned = exposed(node.orelse)
        return _loads(node.test) | then_reads | else_reads, then_assigned & else_assigned
    if isinstance(node, ast.For):
        body_reads, _ = exposed(node.body)
        else_reads, _ = exposed(node.orelse)
        body_reads -= assigned_names([node.target])
        return _loads(node.iter) | _loads(node.target) | body_reads | else_reads, set()
    if isinstance(node, ast.While):
        return _loads(node.test) | exposed(node.body)[0] | exposed(node.orelse)[0], set()
    if isinstance(node, ast.With):
        # A context manager may end its body early, and go on after it.
        targets = [one.optional_vars for one in node.items if one.optional_vars is not None]
        bound = assigned_names(targets)
        return _loads(*node.items) | (exposed(node.body)[0] - bound), bound
    if isinstance(node, ast.Try):
        blocks = [node.body, *[one.body for one in node.handlers], node.orelse, node.finalbody]
        caught = [one.type for one in node.handlers if one.type is not None]
        return _loads(*caught).union(*[exposed(block)[0] for block in blocks]), set()
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return _loads(node.value) | {node.target.id}, {node.target.id}
    if isinstance(node, ast.Match):
        reads = [exposed(case.body)[0] for case in node.cases]
        guards = [
            _loads(case.pattern, *([case.guard] if case.guard else [])) for case in node.cases
        ]
        return _loads(node.subject).union(*reads, *guards), set()
    if isinstance(node, ast.Delete):
        return _loads(node), set()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return _loads(node), {node.name}
    # `a and (x := b)` may leave x as it is.
    walrus = [one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr)]
    return _loads(node), assigned_names([node]) - assigned_names(walrus)


def _may_jump(node: ast.AST) -> bool:
    """Whether a statement may end the block around it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    if isinstance(node, ast.Continue | ast.Break | ast.Return | ast.Raise):
        return True
    return any(_may_jump(one) for one in ast.iter_child_nodes(node) if _is_block(one))


def _is_block(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)


def _loads(*nodes: ast.AST) -> set[str]:
    return loaded_names(nodes)
