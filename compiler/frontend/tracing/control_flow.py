"""Control flow on traced values: `cond`, `while_loop`, `fori_loop` and `scan`.

Inside a compiled function they become branches and loops of the program; outside they run as plain
Python. Arguments and results are arrays nested in lists, tuples, dicts and dataclasses. What a loop
carries are values, each in memory of its own: a body may write to them, and neither `init` nor
another carried array changes. Arrays that a body knows from outside it changes as they are.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tessel.compiler.diagnostics import ArgumentError, ShapeError
from tessel.compiler.frontend.tracing.apply import apply, trace_of, traced
from tessel.compiler.frontend.tracing.assignments import nothing_assigned
from tessel.compiler.frontend.tracing.pytree import (
    Structure,
    flatten,
    leaf_paths,
    map_tree,
    unflatten,
)
from tessel.compiler.frontend.tracing.region import temporary_region
from tessel.compiler.frontend.tracing.run_time_checks import unchecked
from tessel.compiler.frontend.tracing.sizes import shape_operands
from tessel.compiler.frontend.tracing.structured_control_flow import (
    Carry,
    build_branch,
    build_for,
    build_while,
)
from tessel.compiler.frontend.tracing.trace import Trace, current_trace
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.shape import BroadcastTo


def cond(
    predicate: Any, on_true: Callable[..., Any], on_false: Callable[..., Any], *operands: Any
) -> Any:
    """`on_true(*operands)` where `predicate` holds, else `on_false(*operands)`.

    `predicate` is a boolean of rank 0. Both return the same structure, shapes and dtypes; Python
    numbers take the other's dtype. Results are new arrays, also where a branch returns an operand.
    Raises ArgumentError, ShapeError or DTypeError when they do not.
    """
    trace = trace_of((predicate,))
    if trace is None:
        return _own(on_true(*operands) if predicate else on_false(*operands))
    structures: list[Structure] = []

    def branch(function: Callable[..., Any]) -> Callable[[], list[Any]]:
        def run() -> list[Any]:
            with nothing_assigned("a branch of cond"):
                leaves, structure = flatten(function(*operands))
            structures.append(structure)
            if structure != structures[0]:
                message = f"the branches of cond return {structures[0]} and {structure}"
                raise ArgumentError(
                    message, location=user_location(), hint="return equal structures"
                )
            return leaves

        return run

    results = build_branch(trace, predicate, [branch(on_true), branch(on_false)])
    return unflatten(structures[0], results)


def while_loop(condition: Callable[[Any], Any], body: Callable[[Any], Any], init: Any) -> Any:
    """What `init` becomes when `body` is applied to it for as long as `condition` holds.

    Structure, shapes and dtypes stay the same from one iteration to the next; Python numbers in
    `init` become arrays of the dtype that the body makes of them.
    Raises ArgumentError, ShapeError or DTypeError when they do not stay the same.
    """
    trace = current_trace()
    if trace is None:
        carried = _own(init)
        while condition(carried):
            carried = _own(body(carried))
        return carried
    leaves, structure = flatten(init)
    results = build_while(
        trace,
        lambda carried: _pure(condition, "while_loop", unflatten(structure, carried)),
        lambda carried: _same(
            _pure(body, "while_loop", unflatten(structure, carried)), structure, "while_loop"
        ),
        [traced(leaf, trace) for leaf in leaves],
        _carry(structure),
    )
    return unflatten(structure, results)


def fori_loop(lower: Any, upper: Any, body: Callable[[Any, Any], Any], init: Any) -> Any:
    """What `init` becomes after `init = body(i, init)` for each i from `lower` to `upper` - 1.

    The bounds may be traced integers. Carried values follow the rules of `while_loop`.
    """
    trace = current_trace()
    if trace is None:
        carried = _own(init)
        for index in range(int(lower), int(upper)):
            carried = _own(body(index, carried))
        return carried
    leaves, structure = flatten(init)
    results = build_for(
        trace,
        (lower, upper, 1),
        lambda given: _same(
            _pure(body, "fori_loop", given[0], unflatten(structure, given[1:])),
            structure,
            "fori_loop",
        ),
        [traced(leaf, trace) for leaf in leaves],
        _carry(structure),
    )
    return unflatten(structure, results)


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """`carry, y = f(carry, x)` for each x along the first axis of `xs`: last carry, stacked y.

    `xs` is nested arrays of equal first size, or None with `length`. With `reverse` it runs from
    the last x to the first. Carried values follow the rules of `while_loop`.
    Raises ShapeError when sizes differ, or are not known when tracing.
    """
    count = _length(flatten(xs)[0], length)
    trace = current_trace()
    if trace is None:
        return _eager_scan(f, init, xs, count, reverse)
    leaves, structure = flatten(init)
    carried = [traced(leaf, trace) for leaf in leaves]

    def step(index: Any, carry: list[Any]) -> tuple[list[Any], Any]:
        with unchecked():
            row = map_tree(lambda x: traced(x, trace)[index], xs)
        carry, y = _pure(f, "scan", unflatten(structure, carry), row)
        return _same(carry, structure, "scan"), y

    stacked, ys = _stacks(trace, step, carried, count)

    def body(given: list[TracedArray]) -> list[Any]:
        index = count - 1 - given[0] if reverse else given[0]
        carry, y = step(index, given[1:])
        for target, leaf in zip(stacked, flatten(y)[0]):
            target[index] = leaf
        return carry

    results = build_for(trace, (0, count, 1), body, carried, _carry(structure))
    return unflatten(structure, results), unflatten(ys, stacked)


def _stacks(
    trace: Trace,
    step: Callable[[Any, list[Any]], tuple[list[Any], Any]],
    carried: list[TracedArray],
    count: Any,
) -> tuple[list[TracedArray], Structure]:
    """Arrays for the results of all iterations, of the types that one iteration shows."""
    with temporary_region(trace, [], carries=False) as region:
        with region.active():
            _, y = step(traced(np.int64(0), trace), list(carried))
            leaves, structure = flatten(y)
            types = [traced(leaf, trace).array_type for leaf in leaves]
    stacked = []
    for one in types:
        if not all(isinstance(size, int) or size.hint is not None for size in one.shape):
            message = f"scan stacks results {one}, whose sizes depend on data"
            raise ShapeError(message, location=user_location())
        operands, shape = shape_operands([count, *one.shape])
        zero = traced(np.zeros((), one.dtype), trace)
        stacked.append(apply(BroadcastTo, zero, operands, shape=shape))
    return stacked, structure


def _eager_scan(
    f: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, count: int, reverse: bool
) -> tuple[Any, Any]:
    results: list[Any] = []
    carried = _own(init)
    for index in reversed(range(count)) if reverse else range(count):
        x = map_tree(lambda leaf, at=index: np.asarray(leaf)[at], xs)
        carried, y = f(carried, x)
        results.append(_own(y))
        carried = _own(carried)
    if reverse:
        results.reverse()
    if not results:
        raise ShapeError("scan over no elements needs a trace to know its results")
    columns = zip(*[flatten(y)[0] for y in results])
    return carried, unflatten(flatten(results[0])[1], [np.stack(column) for column in columns])


def _pure(body: Callable[..., Any], name: str, *given: Any) -> Any:
    """What a body returns. Raises UnsupportedError where it assigns what is outside."""
    with nothing_assigned(f"the body of {name}"):
        return body(*given)


def _own(tree: Any) -> Any:
    """The same tree with arrays in memory of their own."""
    return map_tree(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, tree)


def _length(leaves: list[Any], length: int | None) -> Any:
    """How many iterations a scan makes."""
    shapes = [leaf.shape if isinstance(leaf, TracedArray) else np.shape(leaf) for leaf in leaves]
    if length is not None:
        shapes.append((length,))
    if not shapes or not all(shapes) or any(one[0] != shapes[0][0] for one in shapes):
        message = "scan needs arrays of one first size, or length="
        raise ShapeError(message, location=user_location())
    return shapes[0][0]


def _same(tree: Any, structure: Structure, name: str) -> list[Any]:
    """The leaves of what a body returned, which must nest as what it was given."""
    leaves, found = flatten(tree)
    if found != structure:
        message = f"the body of {name} takes {structure} and returns {found}"
        raise ArgumentError(message, location=user_location(), hint="return the structure of init")
    return leaves


def _carry(structure: Structure) -> Carry:
    return Carry(
        [f"carried {path}" if path else "the carried value" for path in leaf_paths(structure)]
    )
