"""More programs that change between two processes: what objects hold beside their attributes."""

from changed_programs import DEF, Change

OBJECTS: dict[str, Change] = {
    "alias_of_getattr": Change(
        "class A:\n    pass\nM = A()\nM.kk = 2.0\nG, N = getattr, 'k' + 'k'\n"
        + DEF
        + "x * G(M, N)\n",
        "2.0",
        "3.0",
    ),
    "alias_of_format": Change(
        "class A:\n    pass\nM = A()\nM.kk = 2.0\nT = '{0.kk}'.format\n"
        + DEF
        + "x * float(T(M))\n",
        "2.0",
        "3.0",
    ),
    "name_of_function": Change(
        "def h():\n    pass\nh.__name__ = 'a'\n"
        + DEF
        + "x * (2.0 if h.__name__ == 'b' else 3.0)\n",
        "'a'",
        "'b'",
    ),
    "attribute_of_wrapped": Change(
        "import contextlib\n@contextlib.contextmanager\ndef c():\n    yield 1.0\nc.k = 2.0\n"
        + DEF
        + "x * c.k\n",
        "2.0",
        "3.0",
    ),
    "large_integer": Change("K = 2 << 20000\n" + DEF + "x * float(K >> 20000)\n", "2 <<", "3 <<"),
    "print_options": Change(
        "W = np.array([2.34567])\nnp.set_printoptions(precision=4)\n"
        + DEF
        + "x * float(np.array2string(W)[1:-1])\n",
        "precision=4",
        "precision=1",
    ),
}
