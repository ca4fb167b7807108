"""A tensor compiler from scratch: NumPy code goes in, machine code comes out, in one file.

Tessel is large because arrays are: over a hundred ops, thirteen dtypes, dynamic sizes, kernels for
each processor. This compiler has one dtype and thirteen ops, and imports nothing of Tessel. What is
left is the idea, and it is the same idea:

    NumPy function -trace-> tiny dialect -rewrite-> tiny dialect -lower-> linalg -IREE-> code

Read it from top to bottom, then run it: `python docs/from_scratch.py` prints the program after each
step, and compares what the machine code computes with NumPy.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any

import numpy as np
from iree import runtime as iree_runtime
from iree.compiler import tools as iree_compiler

# MLIR's own Python bindings. Most compilers on MLIR are written in C++; this one needs none.
from torch_mlir import ir, rewrite
from torch_mlir.dialects import arith, ext, func, linalg, math, tensor
from torch_mlir.passmanager import PassManager

# ---- 1. The dialect: what a program may say -----------------------------------------------------
# MLIR is a kit for intermediate representations (IR). They all have one form: *operations* take
# *values* and make new ones; each value has a type and is made once (SSA form). A family of
# operations is a *dialect*. Upstream's `ext.Dialect` registers one from Python classes, through
# IRDL, MLIR's language for describing dialects. Our only type is an array of float32.

Shape = tuple[int, ...]


class Tiny(ext.Dialect, name="tiny"):
    pass


class TinyOp(Tiny.Operation, traits=[ext.Pure]):
    """What every op states, once: the shape of its result, and its meaning.

    `infer` types an op that is built, and it is also the *verifier*: MLIR calls `verify_invariants`
    on each op, so IR that a pass broke or a person edited is refused. `reference` is the meaning,
    in NumPy. Ops are pure: one that nobody uses may go, and two that are equal may become one.
    """

    @classmethod
    def build(cls, *operands: ir.Value, **attributes: Any) -> ir.Value:
        """Adds the op to the program, and returns the value that it makes."""
        shape = cls.infer(*map(shape_of, operands), **attributes)
        return cls(*operands, *map(encode, attributes.values()), array_type(shape)).result

    def verify_invariants(self) -> bool:
        try:
            inferred = self.infer(*map(shape_of, self.operands), **attributes_of(self))
            if inferred != shape_of(self.result):
                raise ValueError(f"its result is {shape_of(self.result)}, must be {inferred}")
        except ValueError as error:
            self.location.emit_error(f"{self.OPERATION_NAME}: {error}")
            return False
        return True


def array_type(shape: Shape) -> ir.Type:
    return ir.RankedTensorType.get(shape, ir.F32Type.get())


def shape_of(value: ir.Value) -> Shape:
    return tuple(ir.RankedTensorType(value.type).shape)


# Besides operands an op has *attributes*, known when compiling: integers, shapes, constant arrays.
def encode(attribute: Any) -> ir.Attribute:
    if isinstance(attribute, np.ndarray):
        return ir.DenseElementsAttr.get(attribute, type=array_type(attribute.shape))
    if isinstance(attribute, tuple):
        return ir.DenseI64ArrayAttr.get(attribute)
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), attribute)


def decode(attribute: ir.Attribute) -> Any:
    if isinstance(attribute, ir.DenseElementsAttr):
        return np.array(attribute)
    return tuple(attribute) if isinstance(attribute, ir.DenseI64ArrayAttr) else attribute.value


def attributes_of(op: TinyOp) -> dict[str, Any]:
    return {name: decode(op.operation.attributes[name]) for name in op.operation.attributes}


# The ops. Annotated fields are operands, attributes and the result, in this order.
class Constant(TinyOp, name="constant"):
    value: Any
    result: ext.Result[Any]
    infer = staticmethod(lambda value: value.shape)
    reference = staticmethod(lambda value: value)


class Broadcast(TinyOp, name="broadcast"):
    x: ext.Operand[Any]
    shape: Any
    result: ext.Result[Any]
    infer = staticmethod(lambda x, shape: np.broadcast_shapes(x, shape))
    reference = staticmethod(np.broadcast_to)


class Unary(TinyOp):
    x: ext.Operand[Any]
    result: ext.Result[Any]
    infer = staticmethod(lambda x: x)


class Transpose(Unary, name="transpose"):
    infer = staticmethod(lambda x: x[::-1])
    reference = staticmethod(np.transpose)


class Binary(TinyOp):
    lhs: ext.Operand[Any]
    rhs: ext.Operand[Any]
    result: ext.Result[Any]

    @staticmethod
    def infer(lhs: Shape, rhs: Shape) -> Shape:
        if lhs != rhs:
            raise ValueError(f"operands of shapes {lhs} and {rhs}")
        return lhs


class Matmul(TinyOp, name="matmul"):
    """[M, K] x [K, N] -> [M, N]; where `transposed` is 1 the right side is [N, K]."""

    lhs: ext.Operand[Any]
    rhs: ext.Operand[Any]
    transposed: Any
    result: ext.Result[Any]
    reference = staticmethod(lambda lhs, rhs, transposed: lhs @ (rhs.T if transposed else rhs))

    @staticmethod
    def infer(lhs: Shape, rhs: Shape, transposed: int) -> Shape:
        k, n = rhs[::-1] if transposed else rhs
        if lhs[1:] != (k,):
            raise ValueError(f"operands of shapes {lhs} and {(k, n)}")
        return lhs[0], n


class Reduction(TinyOp):
    x: ext.Operand[Any]
    axis: Any
    result: ext.Result[Any]
    infer = staticmethod(lambda x, axis: (*x[:axis], 1, *x[axis + 1 :]))  # the axis stays


# The others differ in NumPy's function alone, so a table makes them: np.add becomes `tiny.add`.
def define(base: type[TinyOp], function: Any, **options: Any) -> type[TinyOp]:
    fields = {"reference": staticmethod(partial(function, **options))}
    return type(function.__name__, (base,), fields, name=function.__name__)


# A ufunc, and what it does to one element (for section 5).
ELEMENTS = {np.exp: math.exp, np.maximum: arith.maximumf, np.divide: arith.divf}
ELEMENTS |= {np.add: arith.addf, np.subtract: arith.subf, np.multiply: arith.mulf}
UFUNCS = {f: define((Unary, Binary)[f.nin - 1], f) for f in ELEMENTS}
REDUCTIONS = {f: define(Reduction, f, keepdims=True) for f in (np.sum, np.max, np.mean)}
Sum, Max, Mean = REDUCTIONS.values()


# ---- 2. Tracing: from Python to the dialect -----------------------------------------------------
# Python runs the user's function once, on arrays that have a shape and no elements. NumPy hands
# each of its functions over to such an object (the protocols `__array_ufunc__` and
# `__array_function__`), and that adds an op instead of computing. Python's own loops and calls run
# while tracing, and leave nothing behind but ops.
@dataclass(frozen=True)
class Trace:
    code: CodeType  # of the user's function

    def add(self, op: type[TinyOp], *operands: ir.Value, **attributes: Any) -> "TracedArray":
        """Adds an op at the user's file and line, which it keeps through all passes."""
        frame = inspect.currentframe()
        while frame.f_code is not self.code:
            frame = frame.f_back
        file, line = self.code.co_filename, frame.f_lineno
        try:
            with ir.Location.file(file, line, 0):
                return TracedArray(self, op.build(*operands, **attributes))
        except ValueError as error:
            raise ValueError(f"{file}:{line}: {op.OPERATION_NAME}: {error}") from None

    def lift(self, array: Any, shape: Shape | None = None) -> ir.Value:
        """The value of an array, stretched to `shape`; one that is not traced is a constant."""
        if not isinstance(array, TracedArray):
            array = self.add(Constant, value=np.array(array, np.float32, order="C"))
        if shape not in (None, array.shape):
            array = self.add(Broadcast, array.value, shape=shape)
        return array.value


class TracedArray(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array while tracing. The mixin turns `x + y` into `np.add(x, y)`."""

    def __init__(self, trace: Trace, value: ir.Value):
        self.trace, self.value, self.shape = trace, value, shape_of(value)

    @property
    def T(self) -> "TracedArray":
        return self.trace.add(Transpose, self.value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc is np.matmul:
            return self.trace.add(Matmul, *map(self.trace.lift, inputs), transposed=0)
        if ufunc not in UFUNCS or method != "__call__" or options:
            raise TypeError(f"np.{ufunc.__name__} is not in this dialect, or not in this form")
        shape = np.broadcast_shapes(*(getattr(one, "shape", ()) for one in inputs))
        return self.trace.add(UFUNCS[ufunc], *(self.trace.lift(one, shape) for one in inputs))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function not in REDUCTIONS or options.keys() != {"axis", "keepdims"}:
            raise TypeError(f"np.{function.__name__} is not in this dialect, or not in this form")
        axis = options["axis"] % len(self.shape)
        return self.trace.add(REDUCTIONS[function], self.value, axis=axis)


def trace(function: Callable[..., Any], shapes: Sequence[Shape]) -> ir.Module:
    """The program that `function` is for arguments of these shapes."""
    module, run = ir.Module.create(), Trace(function.__code__)
    with ir.InsertionPoint(module.body):

        @func.FuncOp.from_py_func(*map(array_type, shapes))
        def main(*values: ir.Value) -> ir.Value:
            return run.lift(function(*(TracedArray(run, value) for value in values)))

    return module


# ---- 3. The interpreter: what a program means ---------------------------------------------------
# Ops know their meaning, so walking over a program runs it. That is slow, and it is what passes are
# tested with: a program must compute the same before and after.
def interpret(module: ir.Module, arrays: Sequence[np.ndarray]) -> np.ndarray:
    (main,) = module.body.operations
    *ops, end = main.entry_block.operations
    known = dict(zip(main.arguments, arrays))
    for op in ops:
        known[op.result] = op.reference(*(known[x] for x in op.operands), **attributes_of(op))
    return known[end.operands[0]]


# ---- 4. Passes: from the dialect to itself ------------------------------------------------------
# A rewrite rule looks at one op, and says what replaces it, or None. Upstream's *greedy driver*
# applies rules until none fires, and removes what nobody uses any more. Rules are small, since they
# meet: in `x @ w.T.T` the first one below cancels what the second could have folded twice.
def cancel_transposes(op: Transpose) -> ir.Value | None:
    """transpose(transpose(x))  ->  x"""
    return op.x.owner.x if isinstance(op.x.owner, Transpose) else None


def fold_transpose_into_matmul(op: Matmul) -> ir.Value | None:
    """matmul(x, transpose(w))  ->  matmul(x, w) {transposed}"""
    if not isinstance(op.rhs.owner, Transpose):
        return None
    return Matmul.build(op.lhs, op.rhs.owner.x, transposed=1 - op.transposed.value)


def decompose_mean(op: Mean) -> ir.Value:
    """mean(x)  ->  sum(x) / n, so that nothing further down needs to know of means"""
    total, axis = Sum.build(op.x, axis=op.axis.value), op.axis.value
    count = Constant.build(value=np.full(shape_of(total), shape_of(op.x)[axis], np.float32))
    return UFUNCS[np.divide].build(total, count)


def apply_rules(rules: dict[type[TinyOp], Callable[..., Any]], module: ir.Module) -> None:
    def as_pattern(rule: Callable[..., Any], op: Any, rewriter: Any) -> bool:
        with rewriter.ip, op.location:
            replacement = rule(op)
        if replacement is not None:
            rewriter.replace_op(op.operation, [replacement])
        return replacement is None  # upstream's sign that the rule did not apply

    patterns = rewrite.RewritePatternSet()
    for op, rule in rules.items():
        patterns.add(op.OPERATION_NAME, partial(as_pattern, rule))
    rewrite.apply_patterns_and_fold_greedily(module, patterns.freeze())


def run_upstream(passes: str, module: ir.Module) -> None:
    """MLIR's own passes work on any dialect: of `tiny` they know that its ops are pure."""
    PassManager.parse(f"builtin.module({passes})").run(module.operation)


# ---- 5. Lowering: from the dialect to linalg ----------------------------------------------------
# `linalg.generic` is MLIR's loop nest over arrays: *iterators*, parallel or reduction; for each
# array a map from iterators to its indices; a body that computes one element. So each op becomes
# one, again by rules. Then upstream fuses: where one nest reads what another makes, their bodies
# are put together, and the array between them goes. (Where a lowering also changes types, as
# Tessel's does, upstream's *dialect conversion* is used instead of the greedy driver.)
def generic(spec: str, inputs: Any, shape: Shape, body: Any, start: float | None = None) -> Any:
    """A loop nest in the words of einsum, as `mk,kn->mn`; a `.` is an index that is always 0."""
    terms = spec.replace("->", ",").split(",")
    names = [name for name in dict.fromkeys(terms[-1] + "".join(terms)) if name != "."]
    index = {name: ir.AffineExpr.get_dim(number) for number, name in enumerate(names)}
    index["."] = ir.AffineExpr.get_constant(0)
    maps = [ir.AffineMap.get(len(names), 0, [index[name] for name in term]) for term in terms]
    iterators = ["parallel" if name in terms[-1] else "reduction" for name in names]
    result = tensor.empty(list(shape), ir.F32Type.get())
    if start is not None:
        result = linalg.fill(arith.constant(ir.F32Type.get(), start), outs=[result])
    nest = linalg.GenericOp([result.type], list(inputs), [result], maps, iterators)
    with ir.InsertionPoint(nest.regions[0].blocks.append(*[ir.F32Type.get()] * len(terms))) as at:
        linalg.YieldOp([body(*at.block.arguments)])
    return nest.result


def lower(op: TinyOp) -> ir.Value:
    """Any op  ->  a loop nest"""
    args, shape, axes = op.operands, shape_of(op.result), "ijklmn"[: len(shape_of(op.result))]
    match op:
        case Constant():
            return arith.constant(op.result.type, op.value)
        case Matmul():
            spec = "mk,nk->mn" if op.transposed.value else "mk,kn->mn"
            return generic(spec, args, shape, lambda x, w, s: arith.addf(s, arith.mulf(x, w)), 0.0)
        case Reduction():
            element, start = (arith.addf, 0.0) if isinstance(op, Sum) else (arith.maximumf, -np.inf)
            kept = axes.replace(axes[op.axis.value], ".")
            return generic(f"{axes}->{kept}", args, shape, element, start)
        case Transpose():
            return generic(f"{axes[::-1]}->{axes}", args, shape, lambda x, _: x)
        case Broadcast():
            sizes = zip(axes[::-1], shape_of(op.x)[::-1])
            read = "".join("." if size == 1 else axis for axis, size in sizes)[::-1]
            return generic(f"{read}->{axes}", args, shape, lambda x, _: x)
        case _:
            spec, element = ",".join([axes] * len(args)), ELEMENTS[op.reference.func]
            return generic(f"{spec}->{axes}", args, shape, lambda *xs: element(*xs[:-1]))


# ---- 6. The back end: from linalg to machine code -----------------------------------------------
# IREE takes the module as text, cuts it into kernels, tiles and vectorises their loops, and has
# LLVM compile them for this processor. Its runtime loads the result. With that, the whole compiler
# is a list of passes, run once for the shapes that a function is called with.

RULES = {Transpose: cancel_transposes, Matmul: fold_transpose_into_matmul}
PASSES = {
    "canonicalize": partial(apply_rules, RULES),
    "decompose": partial(apply_rules, {Mean: decompose_mean}),
    "common subexpressions": partial(run_upstream, "cse"),
    "lower to linalg": partial(apply_rules, dict.fromkeys(Tiny.operations, lower)),
    "fuse": partial(run_upstream, "func.func(linalg-fuse-elementwise-ops),canonicalize,cse"),
}


def compile_with_iree(module: ir.Module) -> Callable[..., Any]:
    flags = ["--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O2"]
    code = iree_compiler.compile_str(str(module), target_backends=["llvm-cpu"], extra_args=flags)
    return iree_runtime.load_vm_flatbuffer(code, driver="local-sync").main


def compiled(function: Callable[..., Any], report: Callable[[str, ir.Module], None]) -> Any:
    programs: dict[tuple[Shape, ...], Callable[..., Any]] = {}

    def call(*arrays: np.ndarray) -> np.ndarray:
        shapes = tuple(array.shape for array in arrays)
        if shapes not in programs:
            with ir.Context() as context, ir.Location.unknown():
                context.enable_multithreading(False)  # its threads would call back into Python
                Tiny.load()
                module = trace(function, shapes)
                report("tracing", module)
                for name, run in PASSES.items():
                    run(module)
                    report(name, module)
                programs[shapes] = compile_with_iree(module)
        return programs[shapes](*arrays).to_host()

    return call


def main() -> None:
    random = np.random.default_rng(0)
    x, w = random.standard_normal((8, 16), np.float32), random.standard_normal((4, 16), np.float32)

    def classify(x: Any, w: Any) -> Any:
        hidden = np.maximum(x - np.mean(x, axis=-1, keepdims=True), 0.0)
        scores = 0.5 * (hidden @ w.T)
        return np.exp(scores) / np.sum(np.exp(scores), axis=-1, keepdims=True)

    def report(step: str, module: ir.Module) -> None:
        print(f"// After {step}:\n{module}")
        if "tiny." in str(module):
            np.testing.assert_allclose(interpret(module, [x, w]), classify(x, w), rtol=1e-6)

    result = compiled(classify, report)(x, w)
    np.testing.assert_allclose(result, classify(x, w), rtol=1e-5)
    print(f"// The machine code agrees with NumPy:\n{result.round(3)}")


if __name__ == "__main__":
    main()
