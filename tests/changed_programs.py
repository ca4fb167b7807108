"""Programs, and one way each in which they change between two processes; each computes `x * 2`.

After the change they compute `x * 3`, unless a comment says otherwise. A process in which nothing
has changed finds them again; those of `incomparable_programs.py` it does not. Besides `{name}.py`,
which has `f`, a program may have a module `{name}_other.py`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """A module with a function `f`, and the text that is replaced in it, or in its other module.

    `call` are more arguments of `f`. `same_value` says that what changes is no value.
    """

    source: str
    old: str
    new: str
    other: str = ""
    call: str = ""
    same_value: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    def before(self) -> tuple[str, str]:
        """The texts of the two modules."""
        return _HEAD + self.source, _HEAD + self.other

    def after(self) -> tuple[str, str]:
        """The texts, changed."""
        source, other = self.before()
        assert (self.old in source) != (self.old in other), self.old
        return source.replace(self.old, self.new), other.replace(self.old, self.new)


_HEAD = "import numpy as np\nimport tessel\n"

DEF = "@tessel.compile\ndef f(x):\n    return "

KEPT: dict[str, Change] = {
    "body": Change(DEF + "x * 2.0\n", "2.0", "3.0"),
    "helper": Change("def h(x):\n    return x * 2.0\n" + DEF + "h(x)\n", "2.0", "3.0"),
    "helper_elsewhere": Change(
        "from helper_elsewhere_other import h\n" + DEF + "h(x)\n",
        "K * x",
        "K * x + x",
        "K = 2.0\ndef g(x):\n    return K * x\ndef h(x):\n    return g(x)\n",
    ),
    "default": Change("@tessel.compile\ndef f(x, k=2.0):\n    return x * k\n", "2.0", "3.0"),
    "helpers_default": Change(
        "def h(x, k=2.0):\n    return x * k\n" + DEF + "h(x)\n", "k=2.0", "k=3.0"
    ),
    "keyword_default": Change(
        "def h(x, *, k=2.0):\n    return x * k\n" + DEF + "h(x)\n", "k=2.0", "k=3.0"
    ),
    "mutable_default": Change(
        "def h(x, k=[2.0]):\n    return x * k[0]\n" + DEF + "h(x)\n", "k=[2.0]", "k=[3.0]"
    ),
    "global_number": Change("K = 2.0\n" + DEF + "x * K\n", "K = 2.0", "K = 3.0"),
    "global_computed": Change("K = sum([1.0, 1.0])\n" + DEF + "x * K\n", "[1.0, ", "[2.0, "),
    "global_tuple": Change("K = (1.0, (2.0,))\n" + DEF + "x * K[1][0]\n", "(2.0,)", "(3.0,)"),
    "global_dict": Change("K = {'k': 2.0}\n" + DEF + "x * K['k']\n", "2.0}", "3.0}"),
    "dict_key": Change(
        "K = {'a': 1.0, 'b': 1.0}\n" + DEF + "x * sum(v for k, v in K.items() if k != 'c') + (x if"
        " 'd' in K else 0)\n",
        "'a'",
        "'d'",
    ),
    "global_string": Change(
        "K = 'two'\n" + DEF + "x * (2.0 if K == 'two' else 3.0)\n", "K = 'two'", "K = 'three'"
    ),
    "global_flag": Change("K = True\n" + DEF + "x * 2.0 if K else x * 3.0\n", "True", "False"),
    "type_of_number": Change(
        "K = 1\n" + DEF + "x * (2.0 if type(K) is int else 3.0)\n", "K = 1", "K = True"
    ),
    "sign_of_zero": Change(  # -2 * |x| afterwards
        "K = 0.0\n" + DEF + "np.copysign(x * 2.0, K)\n", "K = 0.0", "K = -0.0"
    ),
    "loop_count": Change(
        "N = 2\n@tessel.compile\ndef f(x):\n    y = x * 0\n    for _ in range(N):\n"
        "        y = y + x\n    return y\n",
        "N = 2",
        "N = 3",
    ),
    "closed_over_number": Change(
        "def make(k):\n    @tessel.compile\n    def f(x):\n        return x * k\n    return f\n"
        "f = make(2.0)\n",
        "make(2.0)",
        "make(3.0)",
    ),
    "closed_over_array": Change("W = np.full(8, 2.0)\n" + DEF + "x * W\n", "8, 2.0", "8, 3.0"),
    "one_weight": Change(  # in one element, and not one of the sample that guards compare
        "W = np.full((64, 8), 2.0)\nW[17, 6] = 2.0\n" + DEF + "(x * W)[17]\n",
        "] = 2.0",
        "] = 3.0",
    ),
    "dtype_of_array": Change(
        "W = np.full(8, 2, 'f4')\n" + DEF + "x * (2.0 if W.dtype == 'f4' else 3.0)\n",
        "2, 'f4'",
        "2",
    ),
    "shape_of_array": Change(
        "W = np.full((2, 1), 1.0)\n" + DEF + "(x * W).sum(0)\n", "(2, 1)", "(3, 1)"
    ),
    "strides_of_array": Change(
        "W = np.ones((2, 8))\n" + DEF + "x * (2.0 if W.flags.c_contiguous else 3.0)\n",
        "((2, 8))",
        "((8, 2)).T",
    ),
    "global_dtype": Change(
        "D = np.dtype('f8')\n" + DEF + "x * (2.0 if D.itemsize == 8 else 3.0)\n",
        "'f8'",
        "'f4'",
    ),
    "attribute_of_module": Change(
        "import attribute_of_module_other as m\n" + DEF + "x * m.K\n",
        "K = 2.0",
        "K = 3.0",
        "K = 2.0\n",
    ),
    "patched_helper": Change(
        "import patched_helper_other as m\nm.h = m.h\n" + DEF + "m.h(x)\n",
        "m.h = m.h",
        "m.h = m.g",
        "def h(x):\n    return x * 2.0\ndef g(x):\n    return x * 3.0\n",
    ),
    "patched_numpy": Change(  # of NumPy, by a name that no other program has
        "def h(x):\n    return x * 3.0\nP = 0\nif P:\n    np.cbrt = h\n"
        + DEF
        + "np.cbrt(x * 1) if P else x * 2.0\n",
        "P = 0",
        "P = 1",
    ),
    "imported_name": Change(
        "from imported_name_other import *\n" + DEF + "x * K\n",
        "K = 2.0",
        "K = 3.0",
        "K = 2.0\n",
    ),
    "shadowed_builtin": Change(
        "def absolute(x):\n    return 3.0\nif 0:\n    abs = absolute\n" + DEF + "x * abs(-2.0)\n",
        "if 0",
        "if 1",
    ),
    "subclass": Change(
        "class A:\n    def k(self):\n        return 2.0\nclass B(A):\n    def k2(self):\n"
        "        return 3.0\nM = B()\n" + DEF + "x * M.k()\n",
        "def k2",
        "def k",
    ),
    "base_class": Change(
        "class A:\n    def k(self):\n        return 2.0\nclass B(A):\n    def k(self):\n"
        "        return super().k()\nM = B()\n" + DEF + "x * M.k()\n",
        "2.0",
        "3.0",
    ),
    "class_of_object": Change(
        "class A:\n    k = 2.0\nclass B(A):\n    k = 3.0\nM = A()\n" + DEF + "x * M.k\n",
        "= A()",
        "= B()",
    ),
    "class_attribute": Change(
        "class A:\n    k = 2.0\nM = A()\n" + DEF + "x * M.k\n", "k = 2.0", "k = 3.0"
    ),
    "attribute": Change(
        "class A:\n    def __init__(self, k):\n        self.k = k\nM = A(2.0)\n"
        + DEF
        + "x * M.k\n",
        "A(2.0)",
        "A(3.0)",
    ),
    "attribute_by_text": Change(
        "class A:\n    pass\nM = A()\nM.k, M.l = 2.0, 3.0\nNAME = 'k'\n@tessel.compile\ndef f(x):\n"
        "    return x * h(M)\ndef h(m):\n    return m.k if NAME == 'k' else m.l\n",
        "NAME = 'k'",
        "NAME = 'l'",
    ),
    "slot": Change(
        "class A:\n    __slots__ = ('k',)\nM = A()\nM.k = 2.0\n" + DEF + "x * M.k\n",
        "M.k = 2.0",
        "M.k = 3.0",
    ),
    "nested_attribute": Change(
        "class A:\n    pass\nM = A()\nM.parts = [A()]\nM.parts[0].w = np.full(8, 2.0)\n"
        + DEF
        + "x * M.parts[0].w\n",
        "8, 2.0",
        "8, 3.0",
    ),
    "property": Change(
        "class A:\n    @property\n    def k(self):\n        return 2.0\nM = A()\n"
        + DEF
        + "x * M.k\n",
        "2.0",
        "3.0",
    ),
    "static_method": Change(
        "class A:\n    @staticmethod\n    def k():\n        return 2.0\n" + DEF + "x * A.k()\n",
        "2.0",
        "3.0",
    ),
    "class_method": Change(
        "class A:\n    K = 2.0\n    @classmethod\n    def k(cls):\n        return cls().n\n"
        "    def __init__(self):\n        self.n = 2.0\nM = A()\n" + DEF + "x * M.k()\n",
        "self.n = 2.0",
        "self.n = 3.0",
    ),
    "constructor": Change(
        "class A:\n    def __init__(self):\n        self.k = 2.0\n" + DEF + "x * A().k\n",
        "2.0",
        "3.0",
    ),
    "callable_object": Change(
        "class A:\n    def __call__(self, x):\n        return x * 2.0\nM = A()\n" + DEF + "M(x)\n",
        "2.0",
        "3.0",
    ),
    "addition": Change(
        "class A:\n    def __add__(self, other):\n        return 2.0\n"
        + "M = A()\n"
        + DEF
        + "x * (M + 1)\n",
        "2.0",
        "3.0",
    ),
    "computed_attributes": Change(
        "class A:\n    def __init__(self):\n        self.d = (2.0,)\n"
        "    def __getattr__(self, name):\n"
        "        return self.d[0]\nM = A()\n" + DEF + "x * M.anything\n",
        "(2.0,)",
        "(3.0,)",
    ),
    "compiled_method": Change(
        "class A:\n    def __init__(self, k):\n        self.k = k\n    @tessel.compile\n"
        "    def g(self, x):\n        return x * self.k\nM = A(2.0)\n" + DEF + "M.g(x)\n",
        "A(2.0)",
        "A(3.0)",
    ),
    "compiled_helper": Change(
        "@tessel.compile\ndef g(x):\n    return x * 2.0\n" + DEF + "g(x)\n", "2.0", "3.0"
    ),
    "decorator": Change(
        "import functools\ndef times(f):\n    @functools.wraps(f)\n    def g(x):\n"
        "        return f(x) * 2.0\n    return g\n"
        "@tessel.compile\n@times\ndef f(x):\n    return x\n",
        "f(x) * 2.0",
        "f(x) * 3.0",
    ),
    "decorators_argument": Change(
        "def times(k):\n    return lambda f: lambda x: f(x) * k\n@tessel.compile\n@times(2.0)\n"
        "def f(x):\n    return x\n",
        "2.0",
        "3.0",
    ),
    "lambda_in_dict": Change("K = {'h': lambda x: x * 2.0}\n" + DEF + "K['h'](x)\n", "2.0", "3.0"),
    "order_of_functions": Change(
        "def g(x):\n    return x * 2.0\ndef h(x):\n    return x * 3.0\nK = [g, h]\n"
        + DEF
        + "K[0](x)\n",
        "[g, h]",
        "[h, g]",
    ),
    "partial": Change(
        "import functools\nh = functools.partial(lambda k, x: x * k, 2.0)\n" + DEF + "h(x)\n",
        "2.0",
        "3.0",
    ),
    "bound_method": Change(
        "class A:\n    def __init__(self, k):\n        self.k = k\n    def h(self, x):\n"
        "        return x * self.k\nh = A(2.0).h\n" + DEF + "h(x)\n",
        "A(2.0)",
        "A(3.0)",
    ),
    "dataclass": Change(
        "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass C:\n    k: float = 2.0\n"
        "M = C()\n" + DEF + "x * M.k\n",
        "2.0",
        "3.0",
    ),
    "named_tuple": Change(
        "import collections\nC = collections.namedtuple('C', 'k l')\nM = C(2.0, 3.0)\n"
        + DEF
        + "x * M.k\n",
        "'k l'",
        "'l k'",
    ),
    "inner_function": Change(
        DEF + "g(x)\ndef g(x):\n    def h(y):\n        return y * 2.0\n    return h(x)\n",
        "2.0",
        "3.0",
    ),
    "generator": Change(
        "def parts(x):\n    yield x\n    yield x * 1.0\n" + DEF + "sum(parts(x))\n",
        "* 1.0",
        "* 2.0",
    ),
    "static_argument": Change(
        "@tessel.compile\ndef f(x, k):\n    return x * (2.0 if k == 'a' else 3.0)\nARGS = ('a',)\n",
        "('a',)",
        "('b',)",
        call="*m.ARGS",
    ),
    "static_object": Change(
        "class A:\n    pass\nM = A()\nM.k = 2.0\n@tessel.compile(static_argnames=['m'])\n"
        "def f(x, m):\n    return x * m.k\n",
        "M.k = 2.0",
        "M.k = 3.0",
        call="m.M",
    ),
    "environment": Change(  # the variable itself changes
        "import os\nK = 0\n" + DEF + "x * float(os.environ.get('CHANGED', '2'))\n",
        "K = 0",
        "K = 0 ",
        environment={"CHANGED": "3"},
    ),
    "environment_at_import": Change(
        "import os\nK = float(os.environ.get('CHANGED', '2'))\n" + DEF + "x * K\n",
        "x * K",
        "x * K ",
        environment={"CHANGED": "3"},
    ),
    "functions_of_tessel": Change(
        "from tessel import nn\n" + DEF + "nn.relu(x) * 2.0\n", "relu(x) * 2", "relu(x) * 3"
    ),
    "numpys_functions": Change(
        "from numpy import concatenate as join, linalg\n"
        + DEF
        + "join([x, x])[8:] * linalg.norm(np.array([2.0]))\n",
        "[2.0]",
        "[3.0]",
    ),
    "class_pattern": Change(
        "class P:\n    __match_args__ = ('a',)\n    def __init__(self, a):\n"
        "        self.a, self.b = a, 3.0\nM = P(2.0)\n@tessel.compile\ndef f(x):\n"
        "    match M:\n        case P(k):\n            return x * k\n",
        "('a',)",
        "('b',)",
    ),
    "read_by_numpy": Change(
        "from numpy import ndim as rank\nclass A:\n    ndim = 2\nM = A()\n"
        + DEF
        + "x * float(rank(M))\n",
        "ndim = 2",
        "ndim = 3",
    ),
    "format": Change(
        "class A:\n    pass\nM, TEXT = A(), '{0.k}'\nM.k = 2.0\n"
        + DEF
        + "x * float(TEXT.format(M))\n",
        "M.k = 2.0",
        "M.k = 3.0",
    ),
    "changed_cell": Change(
        "def make():\n    k = 2.0\n    def h(x):\n        return x * k\n    def change(v):\n"
        "        nonlocal k\n        k = v\n    return h, change\nh, change = make()\nchange(2.0)\n"
        + DEF
        + "h(x)\n",
        "change(2.0)",
        "change(3.0)",
    ),
    "descriptor": Change(
        "class D:\n    def __get__(self, one, owner):\n        return one.hidden\nclass A:\n"
        "    k = D()\nM = A()\nM.hidden = 2.0\n" + DEF + "x * M.k\n",
        "hidden = 2.0",
        "hidden = 3.0",
    ),
    "patched_method": Change(
        "import patched_method_other as m\nclass A:\n    pass\nm.patch(A)\nM = A()\n"
        + DEF
        + "x * M.k()\n",
        "2.0",
        "3.0",
        "def patch(cls):\n    cls.k = lambda self: 2.0\n",
    ),
    "view_of_array": Change(
        "B = np.array([1.0, 2.0, 3.0])\nW = B[1:2]\n" + DEF + "x * W\n", "B[1:2]", "B[2:3]"
    ),
    "context_manager": Change(
        "import contextlib\nK = 2.0\n@contextlib.contextmanager\ndef c():\n    yield K\n"
        "@tessel.compile\ndef f(x):\n    with c() as k:\n        return x * k\n",
        "K = 2.0",
        "K = 3.0",
    ),
    "same_object": Change(
        "A, C = [2.0], [2.0]\nB, D = A, A\n" + DEF + "x * (2.0 if B is D else 3.0)\n",
        "A, A",
        "A, C",
    ),
    "options": Change(
        "@tessel.compile(checks='on')\ndef f(x):\n    return x * 2.0\n",
        "'on'",
        "'off'",
        same_value=True,
    ),
    "line": Change("K = 0\n" + DEF + "x * 2.0\n", "K = 0\n", "K = 0\n\n", same_value=True),
}
