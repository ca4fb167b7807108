"""Turns `for i in range(...)` of a function's source into a loop that a trace can capture.

    for i in range(n):           for loop in attempts(("i", "x"), ..., range, (n,), locals()):
        x = x * w[i]       ->        with loop:
                                         i, x = loop.values()
                                         for _ in once:
                                             x = x * w[i]
                                         loop.leave(locals())
                                 i, x = loop.values()

`loop_capture.py` decides, while the function runs, what such a loop does. Line numbers stay, so
that errors name the user's lines. `continue` ends the inner loop, which runs once and is left out
of bodies without it. Loops with `break`, `return`, `yield` or `else`, and those that assign names
of other scopes, stay as they are, as does a function whose source cannot be read.
"""

import __future__

import ast
import copy
import functools
import inspect
import linecache
import textwrap
from types import CodeType

from tessel.compiler.frontend.python.call_rewrite import ask_about_calls
from tessel.compiler.frontend.python.liveness import (
    appended_names,
    assigned_names,
    exposed,
    loaded_names,
)

ATTEMPTS = "__tessel_attempts__"
"""The name under which rewritten code finds `loop_capture.attempts`."""

UNBOUND = "__tessel_unbound__"
"""The name under which rewritten code finds the value of a variable that has none."""


_MOST_BLOCKS = 16
"""Blocks within each other that rewritten loops make; Python takes 20.

A loop makes two, and a third where its body has a `continue`. Loops deeper than that stay as they
are, and are unrolled: with three blocks each, the eight loops of NPBench's scattering_self_energies
became 4346 operations instead of 517.
"""


@functools.lru_cache(maxsize=4096)
def rewrite_loops(code: CodeType) -> CodeType | None:
    """A function's code with its loops, calls and subscripts rewritten; None without source."""
    definition = _lambda(code) if code.co_name == "<lambda>" else _definition(code)
    if definition is None:
        return None
    plain = _compile(definition, code)
    if plain is None:
        return None
    first_lines = {plain.co_firstlineno, code.co_firstlineno}  # that of `def`, or of a decorator
    if _facts(plain, first_lines) != _facts(code, first_lines):
        return None  # the source has changed since, or something else rewrote the function
    if isinstance(definition, ast.FunctionDef):
        _Rewriter().visit(definition)
    definition = ask_about_calls(definition)
    rewritten = _compile(definition, code)
    if rewritten is None or set(rewritten.co_freevars) != set(code.co_freevars):
        return None
    return rewritten.replace(co_qualname=code.co_qualname)


def _definition(code: CodeType) -> ast.FunctionDef | None:
    """The syntax of a function, with the line numbers of its file."""
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError):
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return None
    definition = tree.body[0]
    ast.increment_lineno(definition, first - 1)
    # These run where the function is defined: the rewritten one takes over their values.
    definition.decorator_list = []
    definition.args.defaults = [ast.Constant(None) for _ in definition.args.defaults]
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    definition.args.kw_defaults = [
        one and ast.Constant(None) for one in definition.args.kw_defaults
    ]
    definition.returns = None
    return definition


def _lambda(code: CodeType) -> ast.Lambda | None:
    """The syntax of a lambda: of those in its line the one in its columns."""
    positions = set(code.co_positions())
    for node in _lambdas("".join(linecache.getlines(code.co_filename)), code.co_firstlineno):
        definition = copy.deepcopy(node)
        # Defaults are evaluated where the lambda is: the rewritten one takes over their values.
        definition.args.defaults = [ast.Constant(None) for _ in definition.args.defaults]
        definition.args.kw_defaults = [
            one and ast.Constant(None) for one in definition.args.kw_defaults
        ]
        compiled = _compile(definition, code)
        if compiled is not None and set(compiled.co_positions()) == positions:
            return definition
    return None


@functools.lru_cache(maxsize=256)
def _lambdas(source: str, line: int) -> tuple[ast.Lambda, ...]:
    nodes = _syntax(source)
    return tuple(one for one in nodes if one.lineno == line)


@functools.lru_cache(maxsize=16)
def _syntax(source: str) -> tuple[ast.Lambda, ...]:
    try:
        return tuple(one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Lambda))
    except SyntaxError:
        return ()


def _compile(definition: ast.FunctionDef | ast.Lambda, code: CodeType) -> CodeType | None:
    """The code of `definition`, with the free variables of `code`."""
    factory = ast.parse(f"def factory({', '.join(code.co_freevars)}): pass").body[0]
    assert isinstance(factory, ast.FunctionDef)
    is_lambda = isinstance(definition, ast.Lambda)
    factory.body = [ast.Return(definition) if is_lambda else definition]
    module = ast.fix_missing_locations(ast.Module([factory], []))
    flags = code.co_flags & __future__.annotations.compiler_flag
    outer = compile(module, code.co_filename, "exec", flags=flags, dont_inherit=True)
    for _ in range(2):
        inner = [one for one in outer.co_consts if isinstance(one, CodeType)]
        if len(inner) != 1:
            return None
        outer = inner[0]
    return outer


def _facts(code: CodeType, first_lines: set[int]) -> tuple[object, ...]:
    """What two compilations of one source share (the bytes differ with imports around it)."""
    constants = [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]
    lines = {line for _, _, line in code.co_lines()}
    names = (code.co_names, code.co_varnames, code.co_cellvars, set(code.co_freevars))
    return (*names, constants, lines - first_lines)


class _Rewriter(ast.NodeTransformer):
    """Rewrites the loops of a function, and those of functions defined in it."""

    def __init__(self) -> None:
        self._live: set[str] = set()
        self._shared: set[str] = set()
        self._foreign: set[str] = set()
        self._count = self._blocks = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outside = self._live, self._shared, self._foreign
        self._live = self._shared = _shared_names(node)
        self._foreign = _foreign_names(node)
        node.body = self._block(node.body)
        self._live, self._shared, self._foreign = outside
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node  # private names of a class would need its mangling

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The statements rewritten; `_live` are the names that may be read after them."""
        after = self._live
        result: list[ast.stmt] = []
        for position, statement in enumerate(statements):
            reads, assigned = exposed(statements[position + 1 :])
            self._live = reads | (after - assigned)
            rewritten = self.visit(statement)
            result += rewritten if isinstance(rewritten, list) else [rewritten]
        self._live = after
        return result

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(node, field, None)
            if isinstance(node, ast.stmt) and isinstance(inner, list) and inner:
                setattr(node, field, self._block(inner))
        for handler in getattr(node, "handlers", []):
            handler.body = self._block(handler.body)
        return node

    def visit_Try(self, node: ast.Try) -> ast.AST:
        live = self._live
        # What comes next may be read after any statement of what came before.
        self._live = live | exposed(node.finalbody)[0]
        node.orelse = self._block(node.orelse)
        for handler in node.handlers:
            handler.body = self._block(handler.body)
        caught = [exposed(handler.body)[0] for handler in node.handlers]
        self._live = self._live.union(exposed(node.orelse)[0], *caught)
        node.body = self._block(node.body)
        self._live = live
        node.finalbody = self._block(node.finalbody)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        live, self._live = self._live, self._live | exposed([node])[0]
        node.body = self._block(node.body)
        self._live = live
        node.orelse = self._block(node.orelse)
        return node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        continues = any(_continues(one) for one in node.body)
        blocks = 3 if continues else 2
        captures = _is_range_loop(node) and self._blocks + blocks <= _MOST_BLOCKS
        names = assigned_names([node.target, *node.body])
        if captures and not names & self._foreign:
            self._keep_index(node)
        else:
            captures = False
        live, self._live = self._live, self._live | exposed([node])[0]
        appended = appended_names(node.body) - self._shared
        entering = exposed(node.body)[0] | self._shared
        names = assigned_names([node.target, *node.body])
        blocks = blocks if captures else 1
        self._blocks += blocks
        node.body = self._block(node.body)
        self._blocks -= blocks
        self._live = live
        if not captures:
            node.orelse = self._block(node.orelse)
            return node
        return self._rewritten(node, (names, entering, live, appended), continues)

    def _keep_index(self, node: ast.For) -> None:
        """Where the body assigns the loop's variable, it is one of the body's."""
        assert isinstance(node.target, ast.Name)
        name = node.target.id
        if name in assigned_names(node.body):
            hidden = ast.Name(f"__tessel_index_{self._count}__", ast.Store())
            node.target = ast.copy_location(hidden, node.target)
            self._count += 1
            given = ast.parse(f"{name} = {node.target.id}").body
            node.body = [*_placed(given, node.lineno), *node.body]

    def _rewritten(
        self, node: ast.For, found: tuple[set[str], ...], continues: bool
    ) -> list[ast.stmt]:
        names, entering, live, appended = found
        assert isinstance(node.iter, ast.Call)
        assert isinstance(node.target, ast.Name)
        self._count += 1
        loop, target = f"__tessel_loop_{self._count}__", node.target.id
        names = names - {target}
        loaded = loaded_names(node.body) | entering
        kinds = (names, entering & names, live & {target, *names}, loaded, appended - names)
        innermost = not any(
            isinstance(one, ast.For | ast.While) for one in ast.walk(ast.Module(node.body, []))
        )
        site = (target, *(tuple(sorted(one)) for one in kinds), innermost)
        template = ast.parse(
            f"{loop} = None\n"
            f"for {loop} in {ATTEMPTS}({site!r}, 'range', 'bounds', locals(), globals()):\n"
            f"    with {loop}:\n"
            f"        for {loop}once in (None,): pass\n"
            f"        {loop}.leave(locals())\n"
        )
        first, last = node.lineno, node.body[-1].end_lineno or node.lineno
        start, iterations = _placed(template.body, first)
        assert isinstance(iterations, ast.For)
        assert isinstance(iterations.iter, ast.Call)
        iterations.iter.args[1:3] = [node.iter.func, ast.Tuple(node.iter.args, ast.Load())]
        iteration = iterations.body[0]
        assert isinstance(iteration, ast.With)
        assigned = [target, *sorted(names)]
        once, leave = iteration.body
        assert isinstance(once, ast.For)
        once.body = node.body
        iteration.body = [
            *_placed(_assignments(assigned, loop), first),
            *([once] if continues else node.body),
            *_placed([leave], last),
        ]
        after = ast.If(
            ast.parse(f"{loop} is not None", mode="eval").body, _assignments(assigned, loop), []
        )
        return [start, iterations, *_placed([after], first)]


def _is_range_loop(node: ast.AST) -> bool:
    """Whether this is a loop over a range that ends only at its end."""
    if not isinstance(node, ast.For) or node.orelse or not isinstance(node.target, ast.Name):
        return False
    call = node.iter
    if not isinstance(call, ast.Call) or call.keywords or not isinstance(call.func, ast.Name):
        return False
    if call.func.id != "range" or any(isinstance(one, ast.Starred) for one in call.args):
        return False
    return not any(_leaves(one, inside=True) for one in node.body)


def _continues(node: ast.AST) -> bool:
    """Whether a statement of a loop's body may begin the next iteration of that loop."""
    if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        return False
    if isinstance(node, ast.For | ast.While):
        return any(_continues(one) for one in node.orelse)
    return isinstance(node, ast.Continue) or any(
        _continues(one) for one in ast.iter_child_nodes(node)
    )


def _leaves(node: ast.AST, inside: bool) -> bool:
    """Whether `node` ends the loop around it, or the function, or unbinds names."""
    if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        return False
    if isinstance(node, ast.Return | ast.Delete | ast.Yield | ast.YieldFrom | ast.Await):
        return True
    if isinstance(node, ast.Global | ast.Nonlocal):
        return True
    if isinstance(node, ast.Break) and inside:
        return True
    if isinstance(node, ast.For | ast.While):
        # `break` in the body ends that loop, and in its `else` this one.
        return any(_leaves(one, inside=False) for one in node.body) or any(
            _leaves(one, inside) for one in node.orelse
        )
    return any(_leaves(one, inside) for one in ast.iter_child_nodes(node))


def _shared_names(node: ast.FunctionDef) -> set[str]:
    """Variables that outlive the function's body, or that functions defined in it may read."""
    shared: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Global | ast.Nonlocal):
            shared |= set(one.names)
        elif one is not node and isinstance(one, ast.FunctionDef | ast.Lambda):
            shared |= {name.id for name in ast.walk(one) if isinstance(name, ast.Name)}
    return shared


def _foreign_names(node: ast.FunctionDef) -> set[str]:
    """Names that a function declares as global, or as those of the function around it."""
    return {
        name
        for one in ast.walk(node)
        if isinstance(one, ast.Global | ast.Nonlocal)
        for name in one.names
    }


def _assignments(names: list[str], loop: str) -> list[ast.stmt]:
    """Statements that set variables to what the loop says, and unbind those without a value."""
    text = f"({', '.join(names)},) = {loop}.values()\n"
    text += "".join(f"if {name} is {UNBOUND}: del {name}\n" for name in names)
    return ast.parse(text).body


def _placed(statements: list[ast.stmt], line: int) -> list[ast.stmt]:
    """Statements that stand for something in `line` of the user's file."""
    for statement in statements:
        for node in ast.walk(statement):
            for name in ("lineno", "end_lineno"):
                if hasattr(node, name):
                    setattr(node, name, line)
    return statements
