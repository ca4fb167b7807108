"""Functions of SciPy that the user has imported, and of NumPy beside them, as SciPy has them."""

from typing import Any

import numpy as np
import pytest
import scipy
import scipy.linalg
import scipy.special as sp
from numpy_comparison import check_as_numpy
from scipy.special import logsumexp, softmax

import tessel

NUMBERS = np.concatenate([np.linspace(-4.9, 4.9, 50), [0.0, 1.0, 2.0, 30.0, -30.0]])
SHARES = np.concatenate([np.linspace(0.001, 0.999, 40), [0.0, 1.0, 1e-200, 0.5, 1e-9]])
POSITIVE = np.concatenate([np.linspace(0.1, 9.9, 30), [50.0, 100.0, 150.0]])


def of_numbers(x: Any) -> dict[str, Any]:
    """Functions of all real numbers."""
    ufuncs = sp.erf, sp.erfc, sp.erfcx, sp.expit, sp.ndtr, sp.log_ndtr, sp.log_expit, sp.i0, sp.i1
    more = sp.i0e, sp.i1e, sp.gamma, sp.gammaln, sp.digamma, sp.rgamma, sp.exprel, sp.cosm1
    found = {one.__name__: one(x) for one in (*ufuncs, *more, sp.entr, sp.gammasgn, np.i0)}
    found["single"] = [sp.erf(0.5 * x[3]), sp.gamma(5 + 0 * x[0])]
    found["whole"] = sp.gamma(np.abs(x).astype(np.int32) + 1)
    found["narrow"] = [sp.erfc(x.astype(np.float32)), sp.expit(x.astype(np.float16))]
    return found


def of_shares(p: Any, a: Any) -> dict[str, Any]:
    """Functions of probabilities and of positive numbers."""
    b = a[::-1]
    return {
        "logit": sp.logit(p),
        "ndtri": sp.ndtri(p),
        "erfinv": [sp.erfinv(2 * p - 1), sp.erfinv(p * 1e-5)],
        "erfcinv": sp.erfcinv(2 * p),
        "xlogy": [sp.xlogy(a, b), sp.xlogy(p, p), sp.xlog1py(p, 2.0)],
        "entropies": [sp.rel_entr(a, b), sp.kl_div(a, b), sp.rel_entr(p, p[::-1])],
        "beta": [sp.beta(a, b), sp.betaln(a, b)],
        "boxcox": [sp.boxcox(a, 0.3), sp.boxcox1p(a, 0.0), sp.inv_boxcox(p, 0.5)],
        "huber": [sp.huber(2.0, a), sp.pseudo_huber(2.0, a)],
    }


def of_rows(x: Any) -> dict[str, Any]:
    """Functions of all elements along axes, reached in every way."""
    m = np.reshape(x, (5, 11))
    return {
        "softmax": [softmax(m, axis=1), sp.softmax(m), scipy.special.softmax(m, axis=(0, 1))],
        "log_softmax": [sp.log_softmax(m, axis=-1), sp.log_softmax(x)],
        "logsumexp": [logsumexp(m), logsumexp(m, axis=0), sp.logsumexp(m, axis=1, keepdims=True)],
        "weights": logsumexp(m, axis=1, b=np.abs(m)),
        "sign": logsumexp(m, axis=1, b=m, return_sign=True),
    }


@pytest.mark.parametrize(
    ("function", "arrays"),
    [(of_numbers, [NUMBERS]), (of_shares, [SHARES, POSITIVE]), (of_rows, [NUMBERS])],
)
def test_as_scipy(function: Any, arrays: list[np.ndarray]) -> None:
    """All results have SciPy's dtype, shape and values, relative to each element."""
    with np.errstate(all="ignore"):
        expected = function(*arrays)
    actual = tessel.compile(function)(*arrays)
    for name, want in expected.items():
        _check(name, actual[name], want)
    check_as_numpy(function, *arrays, tolerance=1e-6)


def _check(name: str, actual: Any, want: Any) -> None:
    if isinstance(want, list | tuple):
        for one, other in zip(actual, want, strict=True):
            _check(name, one, other)
        return
    tolerance = 1e-11 if np.asarray(want).dtype == np.float64 else 1e-6
    np.testing.assert_allclose(actual, want, rtol=tolerance, atol=1e-13, err_msg=name)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: sp.jv(0, x), NotImplementedError, "scipy.special.jv cannot be compiled"),
        (lambda x: sp.factorial(x), NotImplementedError, "scipy.special.factorial cannot be"),
        (lambda x: scipy.special.comb(5, x), NotImplementedError, "scipy.special.comb cannot be"),
        (lambda x: scipy.linalg.expm(x), NotImplementedError, "scipy.linalg.expm cannot be"),
        (lambda x: sp.gamma(x + 1j), TypeError, "scipy.special.gamma of complex128"),
    ],
)
def test_refusals(function: Any, error: type, message: str) -> None:
    """What cannot be is one sentence that names SciPy's function."""
    with pytest.raises(error, match=rf"test_special_functions\.py:\d+: .*{message}"):
        tessel.compile(function)(NUMBERS)
