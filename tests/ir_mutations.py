"""Programs as text, and texts that are nearly programs: what reads IR must refuse or understand."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import tessel
from tessel import dialects
from tessel.dialects.context import all_ops
from tessel.dialects.mlir import func, ir

LIT_TESTS = Path(__file__).parent.parent / "lit_tests"

_TOKEN = re.compile(r'"[^"]*"|%[\w#:]+|[\w.@!#$]+|->|[^\w\s]|\n')

_TYPES = (
    "i1",
    "i8",
    "i32",
    "i64",
    "ui8",
    "ui64",
    "f16",
    "bf16",
    "f32",
    "f64",
    "complex<f32>",
    "index",
)
_NUMBERS = (
    *("0", "1", "2", "3", "7", "64", "-1", "-2", "255", "65536", "1000000", "2147483648"),
    *("9223372036854775807", "-9223372036854775808", "18446744073709551616", "1" * 40),
    *("0.5", "1.0e+40", "0x7FC00000", "0xFF", "true", "?"),
)


def lit_programs(folder: str = "") -> Iterator[tuple[str, str]]:
    """Each valid function of the IR tests, as a module of its own whose function is main."""
    for file in sorted((LIT_TESTS / folder).rglob("*.mlir")):
        for number, chunk in enumerate(re.split(r"^// -----.*$", file.read_text(), flags=re.M)):
            for name, text in _functions(chunk):
                yield f"{file.stem}-{number}-{name}", text


def _functions(chunk: str) -> Iterator[tuple[str, str]]:
    context = dialects.new_context()
    context.emit_error_diagnostics = True
    handler = context.attach_diagnostic_handler(lambda _: True)
    with context, ir.Location.unknown():
        try:
            module = ir.Module.parse(chunk)
        except ir.MLIRError:
            return
        finally:
            handler.detach()
        for view in module.body.operations:
            if not isinstance(view, func.FuncOp) or view.is_external:
                continue
            own = ir.Module.create()
            for name in module.operation.attributes:
                own.operation.attributes[name] = module.operation.attributes[name]
            copy = view.operation.clone(ip=ir.InsertionPoint(own.body))
            copy.attributes["sym_name"] = ir.StringAttr.get("main")
            if own.operation.verify():
                yield view.name.value, str(own)


def _norm(x, w, b):
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return tessel.nn.gelu(y @ w + b)


def _attention(q, k, v):
    scores = q @ np.swapaxes(k, -1, -2) / 4
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


def _loop(x, n):
    for i in range(n):
        x = np.where(x > 1, x * 0.5, x + i)
    return x


def _indices(x, i):
    y = x[i].copy()
    y[:, 1:3] = 0
    return np.sort(y, axis=1), np.argmax(x, axis=0), np.cumsum(x, axis=1)


def _integers(x, y):
    return (x // 3 + y % 5) ^ 7, np.minimum(x, y).sum(), (x > y).any(axis=0)


def _complex(x):
    return np.abs(x * np.conj(x) + 1j), np.real(np.concatenate([x, x[::-1]]))


def _image(x, w):
    return tessel.nn.relu(tessel.nn.conv(x, w, padding=1)), np.pad(x, 1)[..., ::2]


def _network(x, w, b):
    x = tessel.nn.relu(tessel.nn.conv(x, w, padding=1) + b[:, None, None])
    x = tessel.nn.conv(x, w[:, :1], groups=w.shape[0], padding=1)
    return tessel.nn.max_pool(x, 2).transpose(0, 2, 3, 1)


def _moves(x, y):
    return np.concatenate([np.exp(x), y * 2], axis=1).T, np.argmax(x, axis=1), (x @ y.T).max(1)


def traced_programs() -> Iterator[tuple[str, str]]:
    """Programs at the stages `dialect` and `fused`, with static and dynamic sizes."""
    rng = np.random.default_rng(0)
    floats = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    whole = lambda *shape: rng.integers(0, 50, shape, dtype=np.int32)  # noqa: E731
    calls: list[tuple[Callable, list]] = [
        (_norm, [floats(6, 32), floats(32, 16), floats(16)]),
        (_attention, [floats(2, 8, 16), floats(2, 8, 16), floats(2, 8, 16)]),
        (_loop, [floats(5), np.int64(20)]),
        (_indices, [floats(6, 5), np.array([1, 3, 5, 0])]),
        (_integers, [whole(4, 6), whole(4, 6)]),
        (_complex, [(floats(8) + 1j * floats(8)).astype(np.complex64)]),
        (_network, [floats(1, 16, 12, 12), floats(16, 16, 3, 3), floats(16)]),
        (_moves, [floats(40, 32), floats(40, 32)]),
        (_image, [floats(1, 3, 8, 8), floats(4, 3, 3, 3)]),
    ]
    for function, arguments in calls:
        for dynamic in (False, True):
            compiled = tessel.compile(function, dynamic=dynamic)
            for stage in ("dialect", "fused"):
                try:
                    text = compiled.ir(stage, *arguments)
                except tessel.TesselError:  # its sizes must be static
                    continue
                yield f"{function.__name__[1:]}-{'dynamic' if dynamic else 'static'}-{stage}", text


def mutate(text: str, other: str, rng: random.Random) -> str:
    """A text that differs from `text` in one to three ways; parts may come from `other`."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        text = rng.choice(_MUTATIONS)(text, other, rng)
    return text


def _pieces(text: str) -> list[str]:
    """Tokens and what is between them, by turns; tokens are at the odd positions."""
    pieces, end = [], 0
    for match in _TOKEN.finditer(text):
        pieces += [text[end : match.start()], match[0]]
        end = match.end()
    return [*pieces, text[end:]]


def _at(text: str, rng: random.Random, pattern: str, replacement: Callable[[str], str]) -> str:
    """`text` with one of what `pattern` finds replaced."""
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    match = rng.choice(found)
    return text[: match.start()] + replacement(match[0]) + text[match.end() :]


def _delete_token(text: str, other: str, rng: random.Random) -> str:
    pieces = _pieces(text)
    if len(pieces) > 1:
        pieces[rng.randrange(1, len(pieces), 2)] = ""
    return "".join(pieces)


def _repeat_token(text: str, other: str, rng: random.Random) -> str:
    pieces = _pieces(text)
    if len(pieces) > 1:
        position = rng.randrange(1, len(pieces), 2)
        pieces[position] = " ".join([pieces[position]] * rng.choice((2, 2, 3, 50)))
    return "".join(pieces)


def _swap_tokens(text: str, other: str, rng: random.Random) -> str:
    pieces = _pieces(text)
    if len(pieces) > 4:
        first = rng.randrange(1, len(pieces), 2)
        far = rng.random() < 0.5
        second = rng.randrange(1, len(pieces), 2) if far else min(first + 2, len(pieces) - 2)
        pieces[first], pieces[second] = pieces[second], pieces[first]
    return "".join(pieces)


def _insert_token(text: str, other: str, rng: random.Random) -> str:
    pieces, donors = _pieces(text), _pieces(other)[1::2]
    if donors:
        pieces.insert(rng.randrange(len(pieces)), f" {rng.choice(donors)} ")
    return "".join(pieces)


def _change_size(text: str, other: str, rng: random.Random) -> str:
    sizes = ("0", "1", "2", "3", "4", "5", "7", "16", "?", "65536", "2147483648", "4294967296")
    return _at(text, rng, r"(?<=[<x])[\d?]+(?=x)", lambda _: rng.choice(sizes))


def _change_rank(text: str, other: str, rng: random.Random) -> str:
    change = rng.choice((lambda one: "", lambda one: one + one, lambda one: one + "3x" + one))
    return _at(text, rng, r"(?<=[<x])[\d?]+x", change)


def _change_type(text: str, other: str, rng: random.Random) -> str:
    pattern = r"\b(?:u?i\d+|b?f\d+|index)\b"
    return _at(text, rng, pattern, lambda _: rng.choice(_TYPES))


def _change_all_types(text: str, other: str, rng: random.Random) -> str:
    """One dtype by another everywhere: often a valid program still."""
    found = re.findall(r"\b(?:u?i\d+|b?f\d+)\b", text)
    return re.sub(rf"\b{rng.choice(found)}\b", rng.choice(_TYPES), text) if found else text


def _change_all_sizes(text: str, other: str, rng: random.Random) -> str:
    found = re.findall(r"(?<=[<x])\d+(?=x)", text)
    if not found:
        return text
    size, new = rng.choice(found), rng.choice(("0", "1", "2", "3", "9", "?"))
    return re.sub(rf"(?<=[<x]){size}(?=x)", new, text)


def _change_number(text: str, other: str, rng: random.Random) -> str:
    return _at(text, rng, r"-?\b\d+(?:\.\d+(?:e[+-]\d+)?)?\b", lambda _: rng.choice(_NUMBERS))


def _change_op(text: str, other: str, rng: random.Random) -> str:
    known = list(all_ops())
    unknown = ["tessel.nothing", "arith.addf", "tensor.cast", "linalg.fill", "scf.for", "a.b", ""]
    name = rng.choice(known if rng.random() < 0.8 else unknown)
    return _at(text, rng, r'"[a-z_]+\.\w+"', lambda _: f'"{name}"')


def _change_operand(text: str, other: str, rng: random.Random) -> str:
    names = re.findall(r"%[\w#]+", text)
    return _at(text, rng, r"%[\w#]+", lambda _: rng.choice(names)) if names else text


def _swap_operands(text: str, other: str, rng: random.Random) -> str:
    swapped = lambda part: re.sub(r"\((%\w+), (%\w+)", r"(\2, \1", part)  # noqa: E731
    return _at(text, rng, r"\(%\w+, %\w+", swapped)


def _drop_operand(text: str, other: str, rng: random.Random) -> str:
    """And its type, so that only the op can object."""
    found = list(re.finditer(r"\((%[^()]*)\)([^()\n]*): \(([^()]*)\)", text))
    if not found:
        return text
    match = rng.choice(found)
    operands, types = match[1].split(", "), re.split(r", (?=tensor)", match[3])
    if len(operands) != len(types):
        return text
    position = rng.randrange(len(operands))
    if rng.random() < 0.5:
        del operands[position], types[position]
    else:
        operands.insert(position, operands[position])
        types.insert(position, types[position])
    new = f"({', '.join(operands)}){match[2]}: ({', '.join(types)})"
    return text[: match.start()] + new + text[match.end() :]


def _change_attribute(text: str, other: str, rng: random.Random) -> str:
    """Its value by one from elsewhere, or its name."""
    pattern = r"\b(\w+) = (?:array<[^>]*>|\"[^\"]*\"|[\w.+-]+(?: : \w+)?)"
    donors = [match[0].partition(" = ")[2] for match in re.finditer(pattern, other + text)]
    constants = [
        "[]",
        "{}",
        "unit",
        "@main",
        "dense<0> : tensor<2xi64>",
        "array<i64>",
        "array<i32: 1>",
    ]
    value = rng.choice(donors if donors and rng.random() < 0.6 else constants)
    if rng.random() < 0.2:
        return _at(text, rng, r"\b\w+(?= = )", lambda name: name + "s")
    return _at(text, rng, pattern, lambda old: f"{old.partition(' = ')[0]} = {value}")


def _change_array(text: str, other: str, rng: random.Random) -> str:
    """Numbers of an `array<...>`, segment sizes among them."""

    def changed(array: str) -> str:
        head, _, rest = array.rstrip(">").partition(":")
        numbers = [one.strip() for one in rest.split(",") if one.strip()]
        action = rng.randrange(4)
        if action == 0 and numbers:
            numbers[rng.randrange(len(numbers))] = rng.choice(_NUMBERS[:14])
        elif action == 1 and numbers:
            numbers.pop(rng.randrange(len(numbers)))
        elif action == 2:
            numbers.append(rng.choice(_NUMBERS[:14]))
        else:
            rng.shuffle(numbers)
        return f"{head}: {', '.join(numbers)}>" if numbers else f"{head}>"

    return _at(text, rng, r"array<[^>]*>", changed)


def _change_constant(text: str, other: str, rng: random.Random) -> str:
    values = (
        "[]",
        "1",
        "1.0",
        "true",
        '"0x"',
        '"0xFF"',
        "[[1], [2, 3]]",
        "[1, 2]",
        "(1.0, 2.0)",
        "nan",
    )
    return _at(text, rng, r"(?<=dense<)[^>]*(?=>)", lambda _: rng.choice(values))


def _move_line(text: str, other: str, rng: random.Random) -> str:
    lines = text.split("\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    action = rng.randrange(4)
    if action == 0:
        del lines[first]
    elif action == 1:
        lines.insert(second, lines[first])
    elif action == 2:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        donors = other.split("\n")
        lines.insert(first, rng.choice(donors))
    return "\n".join(lines)


def _truncate(text: str, other: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _splice(text: str, other: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)] + other[rng.randrange(len(other) + 1) :]


def _nest(text: str, other: str, rng: random.Random) -> str:
    """Types, attributes and regions in themselves."""
    depth = rng.choice((3, 100, 2000, 20_000))
    kind = rng.randrange(5)
    if kind == 0:
        return _at(text, rng, r"tensor<[^<>]*>", lambda one: "tuple<" * depth + one + ">" * depth)
    if kind == 1:
        return _at(text, rng, r"\{", lambda _: "{a = " + "[" * depth + "]" * depth + ", ")
    if kind == 2:
        return "module {\n" * depth + text + "}\n" * depth
    if kind == 3:
        return _at(text, rng, r"\n", lambda _: "\n" + "scf.execute_region {\n" * depth)
    return _at(text, rng, r"\(", lambda _: "(" * depth)


def _wrap_body(text: str, other: str, rng: random.Random) -> str:
    """A whole region around one line, with a terminator or without."""
    lines = text.split("\n")
    position = rng.randrange(len(lines))
    end = rng.choice(("scf.yield", "return", "", '"scf.yield"() : () -> ()'))
    lines[position] = f"scf.execute_region {{\n{lines[position]}\n{end}\n}}"
    return "\n".join(lines)


def _odd_characters(text: str, other: str, rng: random.Random) -> str:
    position = rng.randrange(len(text) + 1)
    odd = rng.choice(
        ("\0", "\ufffd", "é", "\r", "\t", '"', "\\", "\x1b[31m", "loc(", "//", "#x", "%")
    )
    return text[:position] + odd + text[position:]


_MUTATIONS = (
    *(_delete_token, _repeat_token, _swap_tokens, _insert_token, _change_size, _change_rank),
    *(_change_type, _change_all_types, _change_all_sizes, _change_number, _change_op),
    *(_change_operand, _swap_operands, _drop_operand, _change_attribute, _change_array),
    *(_change_constant, _move_line, _truncate, _splice, _nest, _wrap_body, _odd_characters),
    # Those that leave a program most often count twice.
    *(_change_all_types, _change_all_sizes, _change_number, _change_operand, _change_op),
    *(_change_array, _change_attribute, _drop_operand),
)
