"""The words that kernels are written in: loops, loads, stores and arithmetic on vectors.

Each adds upstream's `scf`, `vector`, `memref` or `llvm` ops at the insertion point.
"""

from collections.abc import Callable, Sequence

from tessel.compiler.emit.index import Index, IndexLike, as_index
from tessel.dialects.mlir import arith, ir, llvm, memref, scf, vector
from tessel.dialects.types import dtype_of
from tessel.runtime.arrays import ALIGNMENT, IMPORT_ALIGNMENT


def loop(
    start: IndexLike,
    stop: IndexLike,
    step: int,
    carried: Sequence[ir.Value],
    body: Callable[[Index, list[ir.Value]], Sequence[ir.Value] | None],
) -> list[ir.Value]:
    """`for i in range(start, stop, step)`; `body(i, carried)` returns what the next one carries.

    A loop that is known to run once is its body.
    """
    start, stop = as_index(start), as_index(stop)
    if start.static is not None and stop.static is not None:
        if stop.static <= start.static:
            return list(carried)
        if stop.static <= start.static + step:
            return list(body(start, list(carried)) or [])
    operation = scf.ForOp(start.value, stop.value, Index(step).value, list(carried))
    with ir.InsertionPoint(operation.body):
        yielded = body(Index(operation.induction_variable), list(operation.inner_iter_args))
        scf.YieldOp(list(yielded or []))
    return list(operation.results)


def for_tiles(total: int, step: int, body: Callable[[Index, int], None]) -> None:
    """Visits range(total) in steps, the last of which may be shorter: `body(start, size)`."""
    whole = total // step * step
    loop(0, whole, step, [], lambda start, _: body(start, step))
    if total > whole:
        body(Index(whole), total - whole)


def if_then(condition: ir.Value, body: Callable[[], None]) -> None:
    """`if condition: body()`."""
    operation = scf.IfOp(condition)
    with ir.InsertionPoint(operation.then_block):
        body()
        scf.YieldOp([])


def with_static_size(number: Index, total: int, step: int, body: Callable[[int], None]) -> None:
    """`body(size)` for part `number` of range(total) in steps, the last of which may be shorter."""
    whole, rest = divmod(total, step)
    if whole and rest:
        if_else(number.is_less(whole), lambda: body(step), lambda: body(rest))
    else:
        body(step if whole else rest)


def if_else(condition: ir.Value, body: Callable[[], None], otherwise: Callable[[], None]) -> None:
    """`if condition: body() else: otherwise()`."""
    operation = scf.IfOp(condition, has_else=True)
    for block, write in ((operation.then_block, body), (operation.else_block, otherwise)):
        with ir.InsertionPoint(block):
            write()
            scf.YieldOp([])


def vector_type(element: ir.Type, lanes: int) -> ir.Type:
    return ir.VectorType.get([lanes], element)


def element_type(array: ir.Value) -> ir.Type:
    """The type of the elements of a memref."""
    return ir.MemRefType(array.type).element_type


def zeros(element: ir.Type, lanes: int) -> ir.Value:
    return splat(0, element, lanes)


def splat(number: float, element: ir.Type, lanes: int) -> ir.Value:
    """A vector of one static number."""
    is_float = isinstance(element, ir.FloatType)
    attribute = (
        ir.FloatAttr.get(element, float(number))
        if is_float
        else ir.IntegerAttr.get(element, int(number))
    )
    target = vector_type(element, lanes)
    return arith.constant(target, ir.DenseElementsAttr.get_splat(target, attribute))


def broadcast(scalar: ir.Value, lanes: int) -> ir.Value:
    """A vector of one scalar."""
    return vector.broadcast(vector_type(scalar.type, lanes), scalar)


def load(array: ir.Value, indices: Sequence[IndexLike]) -> ir.Value:
    """One element."""
    return memref.load(array, [as_index(one).value for one in indices])


def store(value: ir.Value, array: ir.Value, indices: Sequence[IndexLike]) -> None:
    """Writes one element."""
    memref.store(value, array, [as_index(one).value for one in indices])


def load_vector(
    array: ir.Value, indices: Sequence[IndexLike], lanes: int, mask: ir.Value | None = None
) -> ir.Value:
    """`lanes` consecutive elements; zeros where `mask` is false."""
    target = vector_type(element_type(array), lanes)
    index_values = [as_index(one).value for one in indices]
    if mask is None:
        return vector.load(target, array, index_values)
    return vector.maskedload(target, array, index_values, mask, zeros(element_type(array), lanes))


def store_vector(
    value: ir.Value,
    array: ir.Value,
    indices: Sequence[IndexLike],
    mask: ir.Value | None = None,
) -> None:
    """Writes a vector to consecutive elements, where `mask` is true."""
    index_values = [as_index(one).value for one in indices]
    if mask is None:
        vector.store(value, array, index_values)
    else:
        vector.maskedstore(array, index_values, mask, value)


def store_nontemporal(value: ir.Value, array: ir.Value, indices: Sequence[IndexLike]) -> None:
    """A non-temporal store: others read the lines that they write into the caches.

    The offset in the array is a multiple of 16 bytes: another one is a fault. Other
    threads see what is written after an atomic operation, such as those by which they share work.
    """
    index_values = [as_index(one).value for one in indices]
    vector.StoreOp(value, array, index_values, nontemporal=True, alignment=IMPORT_ALIGNMENT)


def prefetch(array: ir.Value, indices: Sequence[IndexLike]) -> None:
    """Prefetches the cache line of an element to L2."""
    memref.prefetch(array, [as_index(one).value for one in indices], False, 2, True)


def elements_per_cache_line(array: ir.Value) -> int:
    """How many elements of an array a cache line holds."""
    return ALIGNMENT // dtype_of(element_type(array)).itemsize


def lane_mask(count: IndexLike, lanes: int) -> ir.Value:
    """A mask of `lanes` that is true for the first `count` of them."""
    target = vector_type(ir.IntegerType.get_signless(1), lanes)
    return vector.create_mask(target, [as_index(count).value])


def tail_mask(count: int, lanes: int) -> ir.Value | None:
    """The mask of a vector of which `count` elements are left; None where none is missing."""
    return None if count >= lanes else lane_mask(count, lanes)


def multiply_add(x: ir.Value, y: ir.Value, total: ir.Value) -> ir.Value:
    """x * y + total, rounded once."""
    return vector.fma(x, y, total)


def intrinsic(name: str, result: ir.Type | None, operands: Sequence[ir.Value]) -> ir.Value:
    """The LLVM intrinsic `name`; one without a result gives an op without."""
    return llvm.call_intrinsic(result, name, list(operands), [], [])


def stack_alloc(
    shape: Sequence[int], element: ir.Type, *, alignment: int | None = None
) -> ir.Value:
    """Memory that lives while the kernel runs: on the stack, so of tens of kilobytes.

    It is allocated where the kernel begins: in a loop it would grow with each iteration.
    `alignment` is in bytes.
    """
    with function_begin():
        target = ir.MemRefType.get(list(shape), element)
        return memref.alloca(target, [], [], alignment=alignment)


def collapse_last(array: ir.Value) -> ir.Value:
    """Memory of a static shape with its last two axes as one."""
    held = ir.MemRefType(array.type)
    *lead, rows, columns = held.shape
    flat = ir.MemRefType.get([*lead, rows * columns], held.element_type)
    axes = [*([axis] for axis in range(len(lead))), [len(lead), len(lead) + 1]]
    return memref.collapse_shape(flat, array, axes)


def function_begin() -> ir.InsertionPoint:
    """Where the function begins that the insertion point is in."""
    block = ir.InsertionPoint.current.block
    while block.owner.operation.name != "func.func":
        block = block.owner.operation.block
    return ir.InsertionPoint.at_block_begin(block)


def shuffle(first: ir.Value, second: ir.Value, lanes: Sequence[int]) -> ir.Value:
    """The vector of `lanes` of two vectors of one length, counted from the first on."""
    target = vector_type(ir.VectorType(first.type).element_type, len(lanes))
    positions = ir.DenseI64ArrayAttr.get(list(lanes))
    return vector.ShuffleOp(first, second, positions, results=[target]).result


def interleave(first: ir.Value, second: ir.Value) -> ir.Value:
    """The elements of two vectors in turns."""
    lanes = ir.VectorType(first.type).shape[0]
    return shuffle(first, second, [lane // 2 + lane % 2 * lanes for lane in range(2 * lanes)])


def maximum(x: ir.Value, y: ir.Value) -> ir.Value:
    """The greater of two vectors of floats, or `y` where one is NaN: one instruction of x86.

    `arith.maximumf`, which gives NaN for both, takes four.
    """
    return arith.select(arith.cmpf(arith.CmpFPredicate.OGT, x, y), x, y)


def reduce(kind: str, held: ir.Value) -> ir.Value:
    """The sum (`add`) or the largest (`maximumf`) of a vector of floats; sums in any order."""
    element = ir.VectorType(held.type).element_type
    how = ir.Attribute.parse(f"#vector.kind<{kind}>")
    fast = ir.Attribute.parse("#arith.fastmath<reassoc>")
    return vector.reduction(element, how, held, fastmath=fast)


def sums_of_four(vectors: Sequence[ir.Value]) -> list[ir.Value]:
    """The sums of four vectors of 4 lanes or more, for less than half of what `reduce` takes.

    Halves are added while vectors become one, so that no instruction works for one sum alone:
    [a a a a a a a a], [b ...], ... -> [a a a a b b b b], [c ...] -> [a a b b c c d d].
    """
    lanes = ir.VectorType(vectors[0].type).shape[0]
    first, second, third, fourth = vectors
    pairs = _added_halves(first, second, lanes), _added_halves(third, fourth, lanes)
    held = _added_halves(*pairs, lanes // 2)
    half = lanes // 8
    while half:
        held = arith.addf(held, shuffle(held, held, [lane ^ half for lane in range(lanes)]))
        half //= 2
    return [vector.extract(held, [], [lane]) for lane in range(0, lanes, lanes // 4)]


def _added_halves(x: ir.Value, y: ir.Value, size: int) -> ir.Value:
    """Both halves of each `size` lanes added, those of `x` before those of `y`."""
    lanes = ir.VectorType(x.type).shape[0]
    low = [start + i for start in range(0, 2 * lanes, size) for i in range(size // 2)]
    return arith.addf(shuffle(x, y, low), shuffle(x, y, [lane + size // 2 for lane in low]))


def lane_ids(lanes: int) -> ir.Value:
    """0, 1, 2, ... as int32."""
    numbers = ir.Attribute.parse(f"dense<{list(range(lanes))}> : vector<{lanes}xi32>")
    return arith.constant(ir.DenseElementsAttr(numbers).type, numbers)


def first_element(held: ir.Value) -> ir.Value:
    """A vector's first element."""
    return vector.extract(held, [], [0])
