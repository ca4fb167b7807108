"""Calls of compiled programs: addresses of arrays, what is copied, what threads share."""

import threading
import time
from functools import cache

import ml_dtypes
import numpy as np
import pytest
from resident_memory import resident_bytes

from tessel.compiler.targets.cpu.target import host_target
from tessel.compiler.targets.iree import compile_to_vmfb
from tessel.runtime.arrays import address_of, aligned_empty
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.executable import Executable

LARGE = 1 << 18
"""Elements of an array that is imported and not copied."""

_BODY = """
func.func @main(%x: tensor<{n}x{t}>{output}) -> tensor<{n}x{t}> {{
  {size}
  %empty = tensor.empty({sizes}) : tensor<{n}x{t}>
  %result = linalg.generic {{
      indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]}}
      outs(%empty : tensor<{n}x{t}>) {{
    ^bb0(%old: {t}):
      %i = linalg.index 0 : index
      %j = {index}
      %element = tensor.extract %x[%j] : tensor<{n}x{t}>
      linalg.yield %element : {t}
  }} -> tensor<{n}x{t}>
  return %result : tensor<{n}x{t}>
}}"""

_TYPES = {
    "bool": "i1", "int8": "i8", "uint16": "i16", "int32": "i32", "uint64": "i64", "float16": "f16",
    "bfloat16": "bf16", "float32": "f32", "float64": "f64", "complex64": "complex<f32>",
    "complex128": "complex<f64>",
}  # fmt: skip


@cache
def reverse(size: int | None, dtype: str = "float32", driver: str = "local-sync") -> Executable:
    """A program that returns its argument in reverse order."""
    n, element = "?" if size is None else str(size), _TYPES[dtype]
    last = "%last = arith.subi %n, %one : index\n%zero = arith.constant 0 : index"
    known = f"%n = arith.constant {size} : index"
    asked = "%origin = arith.constant 0 : index\n%n = tensor.dim %x, %origin : tensor<?x{t}>"
    text = _BODY.format(
        n=n,
        t=element,
        output=""
        if size is None
        else f", %out: tensor<{n}x{element}> {{iree.abi.output = 0 : index}}",
        size="%one = arith.constant 1 : index\n"
        + (asked.format(t=element) if size is None else known)
        + "\n"
        + last,
        sizes="%n" if size is None else "",
        index="arith.subi %last, %i : index",
    )
    slot = ArraySpec(np.dtype(_numpy_type(dtype)), (size,))
    code = compile_to_vmfb(text.encode(), host_target(1))
    return Executable(
        CompiledArtifact(code, "main", (slot,), (slot,), driver, size is not None), {}
    )


def _numpy_type(dtype: str) -> type:
    return (
        ml_dtypes.bfloat16 if dtype == "bfloat16" else getattr(np, dtype.replace("bool", "bool_"))
    )


def random(size: int, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(0).integers(0, 100, size).astype(_numpy_type(dtype))


def at_offset(array: np.ndarray, offset: int) -> np.ndarray:
    """A copy that begins `offset` bytes behind a 64-byte boundary."""
    memory = aligned_empty((array.nbytes + 64,), np.dtype(np.uint8))
    moved = memory[offset : offset + array.nbytes].view(array.dtype)
    moved[...] = array
    return moved


@pytest.mark.parametrize("dtype", list(_TYPES))
def test_every_dtype_comes_back_as_itself(dtype):
    for size in (5, 20_000):
        x = random(size, dtype)
        (result,) = reverse(size, dtype)([x])
        assert result.dtype == x.dtype
        np.testing.assert_array_equal(result, x[::-1])


@pytest.mark.parametrize("size", [0, 1, LARGE])
@pytest.mark.parametrize("driver", ["local-sync", "local-task"])
def test_sizes_on_both_drivers(size, driver):
    x = random(size)
    np.testing.assert_array_equal(reverse(size, driver=driver)([x])[0], x[::-1])


@pytest.mark.parametrize("size", [16, LARGE])
@pytest.mark.parametrize(
    "make",
    [
        lambda x: at_offset(x, 0),
        lambda x: at_offset(x, 4),
        lambda x: at_offset(x, 16),
        lambda x: np.repeat(x, 2)[::2],
        lambda x: x.astype(">f4"),
    ],
    ids=["64 bytes", "4 bytes", "16 bytes", "non-contiguous", "byte-swapped"],
)
def test_any_layout_of_an_argument_is_read_right(size, make):
    x = random(size)
    for _ in range(3):  # memory that dies too early is used again by the next round
        np.testing.assert_array_equal(reverse(size)([make(x)])[0], x[::-1])


def test_a_large_argument_is_read_where_it_lies_even_when_read_only():
    x = at_offset(random(LARGE), 16)
    argument = reverse(LARGE)._frames[0]._arguments[0]
    assert argument.address(x, []) == address_of(x)
    x.flags.writeable = False
    assert argument.address(x, []) == address_of(x)
    moved = at_offset(x, 4)
    assert argument.address(moved, []) != address_of(moved)
    assert argument.address(moved, []) == argument.address(moved, [])


def test_calls_at_the_same_addresses_take_the_same_argument_list():
    program = reverse(LARGE)
    arrays = [at_offset(random(LARGE) + step, 0) for step in range(200)]
    for array in [*arrays[:2] * 10, *arrays]:
        np.testing.assert_array_equal(program([array])[0], array[::-1])
    (memory,) = program._frames[0]._memories.values()
    lists = memory._pool._sets[0].arguments
    program([arrays[0]])
    count = len(lists)
    program([arrays[0]])
    assert len(lists) == count < len(arrays)


@pytest.mark.parametrize("size", [16, 3000, LARGE])
def test_results_belong_to_the_caller(size):
    arrays = [random(size) + step for step in range(10)]
    held = [reverse(size)([array])[0] for array in arrays]
    held[3][...] = -1
    for step, (array, result) in enumerate(zip(arrays, held)):
        np.testing.assert_array_equal(result, array[::-1] if step != 3 else np.full(size, -1))


def test_a_view_of_a_result_keeps_its_memory():
    x = random(LARGE)
    tail = reverse(LARGE)([x])[0][-10:]
    for step in range(6):
        reverse(LARGE)([x + step])
    np.testing.assert_array_equal(tail, x[9::-1])


def test_memory_for_results_is_used_again_and_bounded():
    run, x = reverse(LARGE), random(LARGE)
    first = address_of(run([x])[0])
    assert address_of(run([x])[0]) == first
    held = [run([x])[0] for _ in range(40)]
    assert len({address_of(array) for array in held}) == 40
    assert run._frames[0].kept_bytes <= 4 * x.nbytes


@pytest.mark.parametrize("size", [16, LARGE])
def test_out_is_written_and_returned(size):
    x = random(size)
    for out in (at_offset(x, 0), at_offset(x, 4), np.zeros(2 * size, np.float32)[::2]):
        (result,) = reverse(size)([x], [out])
        assert result is out
        np.testing.assert_array_equal(out, x[::-1])


@pytest.mark.parametrize("size", [16, LARGE])
def test_out_may_overlap_the_argument(size):
    memory = at_offset(random(size + 4), 0)
    expected = memory[:size][::-1].copy()
    reverse(size)([memory[:size]], [memory[4:]])
    np.testing.assert_array_equal(memory[4:], expected)
    whole = at_offset(random(size), 0)
    expected = whole[::-1].copy()
    reverse(size)([whole], [whole])
    np.testing.assert_array_equal(whole, expected)


def test_dynamic_sizes():
    for size in (0, 1, 1000, LARGE):
        x = random(size)
        out = np.zeros_like(x)
        np.testing.assert_array_equal(reverse(None)([x])[0], x[::-1])
        assert reverse(None)([x], [out])[0] is out
        np.testing.assert_array_equal(out, x[::-1])


def test_a_program_that_returns_its_argument_returns_a_copy():
    text = "func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : tensor<?xf32> }"
    slot = ArraySpec(np.dtype(np.float32), (None,))
    code = compile_to_vmfb(text.encode(), host_target(1))
    run = Executable(CompiledArtifact(code, "main", (slot,), (slot,), "local-sync", False), {})
    x = at_offset(random(1000), 0)
    (result,) = run([x])
    result[...] = 0
    np.testing.assert_array_equal(x, random(1000))


@pytest.mark.parametrize("driver", ["local-sync", "local-task"])
def test_eight_threads_call_one_program(driver):
    failures: list[int] = []

    def work(seed: int) -> None:
        for size in (16, LARGE // 8):
            x = random(size) + seed
            results = [reverse(size, driver=driver)([x])[0] for _ in range(50)]
            failures.extend(seed for result in results if not np.array_equal(result, x[::-1]))

    for size in (16, LARGE // 8):
        reverse(size, driver=driver)
    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_other_python_threads_run_during_a_call():
    size = 30_000_000
    run, x = reverse(size, "uint16"), random(size, "uint16")
    run([x])
    state = {"running": True}

    def call() -> None:
        for _ in range(5):
            run([x])
        state["running"] = False

    thread = threading.Thread(target=call)
    gaps, last = [], time.perf_counter()
    start = last
    thread.start()
    while state["running"]:
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    thread.join()
    duration = (time.perf_counter() - start) / 5
    # A call that held the GIL would stop this loop for as long as it takes.
    assert np.sort(gaps)[-5] < duration / 2


def test_a_parameter_lies_in_memory_once():
    size = 25 << 20
    text = f"""module {{
      util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<{size}xf32>
      func.func @main(%i: tensor<i64>, %out: tensor<f32> {{iree.abi.output = 0 : index}})
          -> tensor<f32> {{
        %w = util.global.load @w : tensor<{size}xf32>
        %element = tensor.extract %i[] : tensor<i64>
        %index = arith.index_cast %element : i64 to index
        %value = tensor.extract_slice %w[%index][1][1] : tensor<{size}xf32> to tensor<f32>
        return %value : tensor<f32>
      }}
    }}"""
    weights = aligned_empty((size,), np.dtype(np.float32))
    weights[...] = np.arange(size)
    weights.flags.writeable = False
    slots = (ArraySpec(np.dtype(np.int64), ()),), (ArraySpec(np.dtype(np.float32), ()),)
    code = compile_to_vmfb(text.encode(), host_target(1))
    before = resident_bytes()
    run = Executable(CompiledArtifact(code, "main", *slots, "local-sync", True), {"w": weights})

    def work() -> None:
        for position in range(0, size, size // 100):
            assert run([np.array(position)])[0] == weights[position]

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resident_bytes() - before < 20 << 20


def test_many_calls_leave_memory_flat():
    small, large = random(16), random(20_000)

    def calls(count: int) -> None:
        for _ in range(count):
            reverse(16)([small])
            reverse(20_000)([large])
            reverse(None)([small])

    calls(1000)
    before = resident_bytes()
    calls(7000)
    assert resident_bytes() - before < 4 << 20
