"""Steps of random programs of views and writes: what they do, and the numbers drawn for them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_ORDERS = ("C", "F", "A", "K")
_CONVERSIONS = ("asarray", "ascontiguousarray", "asfortranarray", "array")


def take_step(name: str, arrays: Sequence[Any], numbers: Sequence[Any]) -> Any:
    """What a step makes of arrays, with the numbers drawn for it; None where it only writes."""
    if name not in _CONVERSIONS:
        return STEPS[name](*arrays, *numbers)
    (x,) = arrays
    if name == "asarray":
        return np.asarray(x)
    if name == "ascontiguousarray":
        return np.ascontiguousarray(x)
    return np.asfortranarray(x) if name == "asfortranarray" else np.array(x)


# What a step does. The arrays come first, then the numbers that were drawn.


def _index(x: Any, index: Any) -> Any:
    return x[index]


def _assign_number(x: Any, index: Any, value: Any) -> None:
    x[index] = value


def _assign_array(x: Any, y: Any, index: Any) -> None:
    x[index] = y.astype(x.dtype)


def _in_place(x: Any, number: int) -> Any:
    x += number
    return x


def _in_place_array(x: Any, y: Any) -> Any:
    x -= y.astype(x.dtype)
    return x


def _out(x: Any, y: Any) -> Any:
    return np.add(x, 1, out=y, casting="same_kind")


def _flat(x: Any, linear_index: int, value: Any) -> None:
    x.flat[linear_index] = value


def _fill_diagonal(x: Any, value: Any) -> None:
    np.fill_diagonal(x, value)


def _sorted(x: Any, axis: int) -> None:
    if x.dtype.kind == "c":
        raise TypeError("complex numbers are not sorted")
    x.sort(axis)


def _part(x: Any, sections: int, axis: int, position: int) -> Any:
    return np.array_split(x, sections, axis)[position]


def _at_indices(x: Any, indices: Any) -> Any:
    return x[np.array(indices)]


def _at_indices_behind(x: Any, indices: Any) -> Any:
    return x[:, np.array(indices)]


def _assign_at_indices(x: Any, indices: Any, value: Any) -> None:
    x[np.array(indices)] = value


def _put(x: Any, indices: Any, value: Any) -> None:
    if not indices:
        raise IndexError("NumPy refuses a read-only array only where it writes")
    np.put(x, indices, value)


def _copyto(x: Any, y: Any) -> None:
    np.copyto(x, y + 0, casting="unsafe")


STEPS: dict[str, Callable[..., Any]] = {
    "index": _index,
    "index again": _index,
    "part": _part,
    "transpose": lambda x, order: x.transpose(order),
    "T": lambda x: x.T,
    "swapaxes": lambda x, one, other: np.swapaxes(x, one, other),
    "moveaxis": lambda x, one, other: np.moveaxis(x, one, other),
    "rollaxis": lambda x, one, other: np.rollaxis(x, one, other),
    "reshape": lambda x, shape, order: x.reshape(shape, order=order),
    "reshape again": lambda x, shape, order: np.reshape(x, shape, order),
    "ravel": lambda x, order: x.ravel(order),
    "ravel again": lambda x, order: np.ravel(x, order),
    "flatten": lambda x, order: x.flatten(order),
    "squeeze": lambda x: np.squeeze(x),
    "expand_dims": lambda x, axis: np.expand_dims(x, axis),
    "flip": lambda x, axis: np.flip(x, axis),
    "rot90": lambda x, turns: np.rot90(x, turns),
    "diagonal": lambda x, offset: np.diagonal(x, offset),
    "einsum": lambda x, text: np.einsum(text, x),
    "real": lambda x: x.real,
    "imag": lambda x: np.imag(x),
    "atleast": lambda x: np.atleast_2d(x),
    "broadcast_to": lambda x, size: np.broadcast_to(x, (size, *x.shape)),
    "copy": lambda x, order: x.copy(order),
    "copy again": lambda x: np.copy(x),
    "astype": lambda x, copy: x.astype(x.dtype, copy=copy),
    "indices": _at_indices,
    "indices behind": _at_indices_behind,
    "add": lambda x: x + 1,
    "add arrays": lambda x, y: x + y,
    "zeros_like": lambda x: np.zeros_like(x),
    "sum": lambda x, axis: x.sum(axis),
    "where": lambda x: np.where(x > 0, x, -x),
    "concatenate": lambda x, axis: np.concatenate([x, x], axis),
    "assign number": _assign_number,
    "assign number again": _assign_number,
    "assign number once more": _assign_number,
    "assign array": _assign_array,
    "assign at indices": _assign_at_indices,
    "in place": _in_place,
    "in place array": _in_place_array,
    "out": _out,
    "flat": _flat,
    "fill": lambda x, value: x.fill(value),
    "fill_diagonal": _fill_diagonal,
    "sort": _sorted,
    "put": _put,
    "copyto": _copyto,
}
NAMES = [*STEPS, *_CONVERSIONS]

Drawn = tuple[tuple[int, ...], tuple[Any, ...]]


def _any(rng: np.random.Generator, arrays: Sequence[Any]) -> int:
    """A position; late ones more often."""
    return int(len(arrays) * rng.random() ** 0.6)


def _one(*draw: Callable[[np.random.Generator, Any], Any]) -> Callable[..., Drawn]:
    def drawn(rng: np.random.Generator, arrays: Sequence[Any]) -> Drawn:
        position = _any(rng, arrays)
        return (position,), tuple(one(rng, arrays[position]) for one in draw)

    return drawn


def _two(*draw: Callable[[np.random.Generator, Any], Any]) -> Callable[..., Drawn]:
    def drawn(rng: np.random.Generator, arrays: Sequence[Any]) -> Drawn:
        position = _any(rng, arrays)
        fits = [
            other
            for other, one in enumerate(arrays)
            if one.shape == arrays[position].shape and one.dtype == arrays[position].dtype
        ]
        return (position, int(rng.choice(fits))), tuple(one(rng, arrays[position]) for one in draw)

    return drawn


def _axis(rng: np.random.Generator, x: Any) -> int:
    return int(rng.integers(-x.ndim, x.ndim)) if x.ndim else 0


def _number(rng: np.random.Generator, _: Any) -> int:
    return int(rng.integers(-9, 9))


def _order(rng: np.random.Generator, _: Any) -> str:
    return _ORDERS[rng.integers(4)]


def _reshape_order(rng: np.random.Generator, _: Any) -> str:
    return _ORDERS[rng.integers(3)]


def _basic_index(rng: np.random.Generator, x: Any) -> Any:
    items: list[Any] = []
    for size in x.shape:
        kind = rng.integers(6)
        if kind == 0 and size:
            items.append(int(rng.integers(-size, size)))
        elif kind == 1:
            items += [None, slice(None)]
        elif kind == 2:
            items.append(slice(None, None, int(rng.choice([-2, -1, 2]))))
        elif kind == 3:
            items.append(slice(int(rng.integers(0, size + 1)), None))
        else:
            items.append(slice(None))
    keep = int(rng.integers(0, len(items) + 1))
    return (*items[:keep], ...) if rng.random() < 0.5 else tuple(items[:keep])


def _shape(rng: np.random.Generator, x: Any) -> tuple[int, ...]:
    left, sizes = x.size, []
    while left > 1 and rng.random() < 0.8:
        divisors = [one for one in range(1, left + 1) if left % one == 0]
        sizes.append(int(rng.choice(divisors)))
        left //= sizes[-1]
    sizes.insert(int(rng.integers(0, len(sizes) + 1)), left)
    return tuple(sizes)


def _subscripts(rng: np.random.Generator, x: Any) -> str:
    if x.ndim == 2:
        choices = ["ij->ji", "ij->ij", "ij->j", *(["ii->i"] if len(set(x.shape)) == 1 else [])]
        return str(rng.choice(choices))
    if x.ndim == 3:
        equal = x.shape[0] == x.shape[2]
        return str(rng.choice(["ijk->kij", "ijk->ik", *(["iji->ji", "iji->ij"] if equal else [])]))
    return "i->i"


def _some_indices(rng: np.random.Generator, x: Any) -> tuple[int, ...]:
    size = min(x.shape, default=0)
    return tuple(int(one) for one in rng.permutation(size)[: rng.integers(1, size + 2)])


DRAWN: dict[str, Callable[..., Drawn]] = dict.fromkeys(NAMES, _one()) | {
    "index": _one(_basic_index),
    "index again": _one(_basic_index),
    "part": _one(lambda *_: 2, _axis, lambda rng, _: int(rng.integers(2))),
    "transpose": _one(lambda rng, x: tuple(int(one) for one in rng.permutation(x.ndim))),
    "swapaxes": _one(_axis, _axis),
    "moveaxis": _one(_axis, _axis),
    "rollaxis": _one(_axis, _axis),
    "reshape": _one(_shape, _reshape_order),
    "reshape again": _one(_shape, _reshape_order),
    "ravel": _one(_order),
    "ravel again": _one(_order),
    "flatten": _one(_order),
    "expand_dims": _one(_axis),
    "flip": _one(_axis),
    "rot90": _one(lambda rng, _: int(rng.integers(4))),
    "diagonal": _one(lambda rng, _: int(rng.integers(-1, 2))),
    "einsum": _one(_subscripts),
    "broadcast_to": _one(lambda *_: 2),
    "copy": _one(_order),
    "astype": _one(lambda rng, _: bool(rng.integers(2))),
    "indices": _one(_some_indices),
    "indices behind": _one(_some_indices),
    "add arrays": _two(),
    "sum": _one(lambda rng, x: _axis(rng, x) if x.ndim else None),
    "concatenate": _one(_axis),
    "assign number": _one(_basic_index, _number),
    "assign number again": _one(_basic_index, _number),
    "assign number once more": _one(_basic_index, _number),
    "assign array": _two(lambda *_: ...),
    "assign at indices": _one(_some_indices, _number),
    "in place": _one(_number),
    "in place array": _two(),
    "out": _two(),
    "flat": _one(lambda rng, x: int(rng.integers(x.size + 1)), _number),
    "fill": _one(_number),
    "fill_diagonal": _one(_number),
    "sort": _one(_axis),
    "put": _one(_some_indices, _number),
    "copyto": _two(),
}
