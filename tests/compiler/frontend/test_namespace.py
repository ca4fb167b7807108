"""`tessel.numpy` computes eagerly, and traces in compiled functions."""

import numpy as np

import tessel
import tessel.numpy as tnp


def program(x: np.ndarray) -> dict[str, object]:
    """Creation, writing to what was created, and functions of several families."""
    filled = tnp.zeros(3, dtype=tnp.float32)
    filled[1:] = x[0, :2]
    return {
        "filled": filled,
        "full": tnp.full((2, 2), 7, dtype=tnp.int8),
        "arange": tnp.arange(5) + 1,
        "linspace": tnp.linspace(0.0, 1.0, 4),
        "eye": tnp.eye(3, k=1),
        "concat": tnp.concat([x, tnp.ones_like(x)], axis=1),
        "power": tnp.pow(x, 2),
        "unstacked": tnp.unstack(x, axis=1)[2],
        "broadcast": tnp.broadcast_arrays(x, x[:1])[1],
        "matrix": tnp.matrix_transpose(x),
        "permuted": tnp.permute_dims(x, (1, 0)),
    }


def test_eager_and_compiled_agree() -> None:
    """The same function gives NumPy arrays of the same dtype, shape and values both ways."""
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    eager, compiled = program(x), tessel.compile(program)(x)
    np.testing.assert_array_equal(eager["filled"], np.array([0, 0, 1], np.float32))
    np.testing.assert_array_equal(eager["permuted"], x.T)
    for name, want in eager.items():
        assert isinstance(want, np.ndarray), name
        assert compiled[name].dtype == want.dtype, name
        np.testing.assert_allclose(compiled[name], want, rtol=1e-6, err_msg=name)


def test_all_is_complete() -> None:
    """Each name that is promised exists."""
    assert [name for name in tnp.__all__ if not hasattr(tnp, name)] == []
