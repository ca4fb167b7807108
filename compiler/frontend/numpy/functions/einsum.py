"""Einstein sums: each pair of operands, in NumPy's order, becomes one matrix product."""

import math
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import Any

from tessel.compiler.diagnostics import ArgumentValueError, ShapeError
from tessel.compiler.frontend.numpy.functions import linear_algebra, manipulation, reductions
from tessel.compiler.frontend.numpy.functions.triangular import diagonal
from tessel.compiler.frontend.numpy.view_functions import labelled_view
from tessel.compiler.frontend.tracing.apply import Array, type_of
from tessel.compiler.frontend.tracing.promotion import promote
from tessel.compiler.frontend.tracing.traced_array import TracedArray
from tessel.compiler.locations import user_location
from tessel.dialects.dim import are_same, same_size
from tessel.dialects.inference import broadcast_dimensions

_ELLIPSIS = "..."


def einsum(subscripts: Any, *operands: Array, optimize: Any = False) -> Array:
    """`numpy.einsum` with subscripts as text, or as lists of integers behind the operands.

    A letter may repeat, an ellipsis broadcasts. Of one operand whose letters all stay, it is a
    view. Raises ShapeError for subscripts that do not fit, ArgumentValueError for numbers that name
    no letter.
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _as_text((subscripts, *operands))
    terms, output = _spelled(subscripts, [type_of(one).rank for one in operands])
    inputs = ",".join(terms)
    sizes = _sizes(terms, output, operands)
    if len(terms) == 1 and set(output) == set(inputs) and isinstance(operands[0], TracedArray):
        return labelled_view(operands[0], inputs, output)
    arrays = promote(*operands)
    labelled = (_distinct(term, array) for term, array in zip(terms, arrays, strict=True))
    pairs = [_unstretched(one, sizes) for one in labelled]
    while len(pairs) > 1:
        first, second, *rest = pairs
        needed = set(output).union(*(term for term, _ in rest))
        pairs = [_product(first, second, needed), *rest]
    term, array = _summed(pairs[0], set(output))
    return manipulation.transpose(array, [term.index(one) for one in output])


Labelled = tuple[str, Array]
"""The letters of an array's axes, and the array."""


def _as_text(given: tuple[Any, ...]) -> tuple[str, tuple[Array, ...]]:
    """The subscripts and operands of `numpy.einsum(x, [0, 1], y, [1, 2], [0, 2])`."""
    count = len(given) // 2 * 2
    text = ",".join(map(_letters_of, given[1:count:2]))
    if len(given) > count:
        text += "->" + _letters_of(given[-1])
    return text, given[:count:2]


def _letters_of(axes: Any) -> str:
    """The letters that NumPy gives to numbers of axes, in its order."""
    is_list = isinstance(axes, list | tuple | range)
    named = [one is Ellipsis or (isinstance(one, int) and 0 <= one < 52) for one in axes or ()]
    if not is_list or not all(named):
        message = f"numpy.einsum: {axes!r} is no list of numbers from 0 to 51"
        hint = "write letters: np.einsum('bij,bjk->bik', x, y)"
        raise ArgumentValueError(message, location=user_location(), hint=hint)
    letters = ascii_uppercase + ascii_lowercase
    return "".join(_ELLIPSIS if one is Ellipsis else letters[one] for one in axes)


def _spelled(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, an ellipsis as letters of its own.

        "...ij,jk", ranks 4 and 2  ->  ["ABij", "jk"], "ABik"

    The last axes of ellipses meet, as in broadcasting. What else does not fit is left to `_sizes`.
    Raises ShapeError where a written result leaves out the ellipsis.
    """
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if not arrow:
        once = [one for one in set(inputs) - set(",.") if inputs.count(one) == 1]
        output = _ELLIPSIS * (_ELLIPSIS in inputs) + "".join(sorted(once))
    unused = "".join(one for one in ascii_letters if one not in subscripts)
    counts = [
        max(rank - len(term.replace(_ELLIPSIS, "", 1)), 0) if _ELLIPSIS in term else 0
        for term, rank in zip(terms, ranks, strict=False)
    ]
    most = max(counts, default=0)
    if most and _ELLIPSIS not in output:
        message = f"numpy.einsum: the result of {subscripts} lacks the ellipsis of its operands"
        raise ShapeError(message, location=user_location())
    spelled = [
        term.replace(_ELLIPSIS, unused[most - count : most], 1)
        for term, count in zip(terms, counts, strict=False)
    ]
    return [*spelled, *terms[len(spelled) :]], output.replace(_ELLIPSIS, unused[:most], 1)


def _sizes(terms: list[str], output: str, operands: tuple[Array, ...]) -> dict[str, Any]:
    """The size of each letter; sizes of 1 are stretched. ShapeError for what does not fit."""
    sizes: dict[str, Any] = {}
    shapes = [type_of(one).shape for one in operands]
    fits = len(terms) == len(operands) and len(set(output)) == len(output)
    fits = fits and set("".join(terms)) <= set(ascii_letters)
    for term, shape in zip(terms, shapes, strict=False):
        own: dict[str, Any] = {}
        fits = fits and len(term) == len(shape)
        for letter, size in zip(term, shape, strict=False):
            fits = fits and same_size(own.setdefault(letter, size), size)
        for letter, size in own.items() if fits else ():
            try:
                sizes[letter] = broadcast_dimensions(sizes.get(letter, 1), size)
            except ValueError:
                fits = False
    if not fits or not set(output) <= set(sizes):
        texts = ", ".join(str(type_of(one)) for one in operands)
        message = f"numpy.einsum: {','.join(terms)}->{output} does not fit {texts}"
        raise ShapeError(message, location=user_location())
    return sizes


def _unstretched(labelled: Labelled, sizes: dict[str, Any]) -> Labelled:
    """Without the axes of size 1 that are stretched: what has no axis is the same everywhere."""
    term, array = labelled
    shape = type_of(array).shape
    stretched = [
        axis
        for axis, letter in enumerate(term)
        if are_same(shape[axis], 1) and not are_same(sizes[letter], 1)
    ]
    if not stretched:
        return labelled
    kept = [axis for axis in range(len(term)) if axis not in stretched]
    reshaped = manipulation.reshape(array, [shape[axis] for axis in kept])
    return "".join(term[axis] for axis in kept), reshaped


def _distinct(term: str, array: Array) -> Labelled:
    """Repeated letters as diagonals."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            one = term.index(letter)
            other = term.index(letter, one + 1)
            array = diagonal(array, 0, one, other)
            term = term[:one] + term[one + 1 : other] + term[other + 1 :] + letter
    return term, array


def _summed(labelled: Labelled, needed: set[str]) -> Labelled:
    """Without the axes that nobody needs."""
    term, array = labelled
    axes = tuple(axis for axis, one in enumerate(term) if one not in needed)
    if not axes:
        return labelled
    kept = "".join(one for one in term if one in needed)
    return kept, reductions.sum(array, axes, dtype=type_of(array).dtype)


def _product(first: Labelled, second: Labelled, needed: set[str]) -> Labelled:
    """Two arrays as one batched matrix product."""
    left, x = _summed(first, needed | set(second[0]))
    right, y = _summed(second, needed | set(left))
    sizes = dict(zip(left + right, (*type_of(x).shape, *type_of(y).shape), strict=True))
    batch = [one for one in left if one in right and one in needed]
    summed = [one for one in left if one in right and one not in needed]
    rows = [one for one in left if one not in right]
    columns = [one for one in right if one not in left]

    def arranged(array: Array, term: str, *groups: list[str]) -> Array:
        order = [term.index(one) for group in (batch, *groups) for one in group]
        shape = [sizes[one] for one in batch]
        shape += [math.prod(sizes[one] for one in group) for group in groups]
        return manipulation.reshape(manipulation.transpose(array, order), shape)

    product = linear_algebra.matmul(
        arranged(x, left, rows, summed), arranged(y, right, summed, columns)
    )
    letters = [*batch, *rows, *columns]
    shape = [sizes[one] for one in letters]
    return "".join(letters), manipulation.reshape(product, shape)
