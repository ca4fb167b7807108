"""Which variables Python code reads before it assigns them."""

import ast

import pytest

from tessel.compiler.frontend.python.liveness import appended_names, assigned_names, exposed

CASES = [
    ("y = x", "x", "y"),
    ("x = 1\ny = x", "", "x y"),
    ("x += 1", "x", "x"),
    ("x[0] = y", "x y", ""),
    ("if a:\n  x = 1\ny = x", "a x", "y"),
    ("if a:\n  x = 1\nelse:\n  x = 2\ny = x", "a", "x y"),
    ("for i in r:\n  x = i\ny = x", "r x", "y"),
    ("for i in r:\n  y = x\n  x = 1", "r x", ""),
    ("while x:\n  x = 1", "x", ""),
    ("with a as b:\n  c = b", "a", "b"),
    ("if a:\n  break\nx = 1\ny = x", "a x", ""),
    ("for i in r:\n  if a:\n    continue\n  x = 1\n  y = x", "r a x", ""),
    ("f(a and (x := 1))\ny = x", "f a x", "y"),
    ("match a:\n  case 1:\n    x = 1\n  case n:\n    y = n", "a n", ""),
    ("try:\n  x = 1\nexcept E:\n  y = x\nfinally:\n  z = w", "E w x", ""),
    ("f = lambda: x", "x", "f"),
    ("def f():\n  return x", "x", "f"),
    ("x = [y for y in z]", "y z", "x"),
    ("import a.b", "", "a"),
    ("del x", "", ""),
]


@pytest.mark.parametrize(("source", "reads", "assigns"), CASES)
def test_exposed(source: str, reads: str, assigns: str) -> None:
    """Names that may be read first, and names that are surely assigned."""
    found, assigned = exposed(ast.parse(source).body)
    assert (found, assigned) == (set(reads.split()), set(assigns.split()))


def test_assigned_names() -> None:
    """All names that may be assigned, but not those of functions inside."""
    source = "for i in r:\n  if a:\n    x, (y, *z) = 1\ndef f():\n  w = 1\n[v for v in (n := r)]"
    assert assigned_names(ast.parse(source).body) == {"i", "x", "y", "z", "f", "n"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a.append(x)\nif c:\n  b.append(y)", "a b"),
        ("a.append(len(a))", ""),
        ("a.append(x)\na.sort()", ""),
        ("a.append(x)\nf(a)", ""),
        ("y = a.append(x)", ""),
        ("a.b.append(x)", ""),
        ("def f():\n  a.append(x)", ""),
        ("a = []\na.append(x)", ""),
        ("[a.append(x) for x in y]", ""),
        ("for i in r:\n  a.append(i)", "a"),
    ],
)
def test_lists_that_are_only_appended_to(source: str, names: str):
    assert appended_names(ast.parse(source).body) == set(names.split())
