"""Programs that read what no process can compare with another one: they are traced in each."""

from changed_programs import DEF, Change

TRACED: dict[str, Change] = {
    "computed_name": Change(
        "import computed_name_other as m\nN = 'K'\n" + DEF + "x * getattr(m, N + '1')\n",
        "K1 = 2.0",
        "K1 = 3.0",
        "K1 = 2.0\n",
    ),
    "module_getattr": Change(
        "import module_getattr_other as m\n" + DEF + "x * m.k\n",
        "2.0",
        "3.0",
        "def __getattr__(name):\n    return 2.0\n",
    ),
    "file": Change(
        "from pathlib import Path\nPath('data.txt').write_text('2')\n"
        + DEF
        + "x * float(open('data.txt').read())\n",
        "('2')",
        "('3')",
    ),
    "cached_helper": Change(
        "import functools\nL = [2.0]\n@functools.lru_cache\ndef h():\n    return L[0]\nh()\n"
        + DEF
        + "x * h()\n",
        "[2.0]",
        "[3.0]",
    ),
    "iterator": Change(
        "import copy\nK = iter([2.0])\n" + DEF + "x * next(copy.copy(K))\n", "[2.0]", "[3.0]"
    ),
    "object_in_c": Change(
        "import decimal\nK = decimal.Decimal('2')\n" + DEF + "x * float(K)\n", "'2'", "'3'"
    ),
    "descriptor_in_c": Change(
        "import collections\nK = collections.deque([2.0])\n" + DEF + "x * K[0]\n",
        "[2.0]",
        "[3.0]",
    ),
    "enumeration": Change(
        "import enum\nclass E(enum.Enum):\n    K = 2.0\n" + DEF + "x * E.K.value\n",
        "2.0",
        "3.0",
    ),
    "metaclass": Change(
        "class M(type):\n    def __getattr__(cls, name):\n        return 2.0\n"
        "class A(metaclass=M):\n    pass\n" + DEF + "x * A.k\n",
        "2.0",
        "3.0",
    ),
    "inner_import": Change(
        "@tessel.compile\ndef f(x):\n    from inner_import_other import K\n    return x * K\n",
        "2.0",
        "3.0",
        "K = 2.0\n",
    ),
    "evaluated_text": Change("K = 2.0\nT = 'K' + ''\n" + DEF + "x * eval(T)\n", "2.0", "3.0"),
    "globals": Change("K = 2.0\nN = 'K'\n" + DEF + "x * globals()[N]\n", "2.0", "3.0"),
    "object_array": Change(
        "W = np.array([2.0, None], object)\n" + DEF + "x * W[0]\n", "[2.0,", "[3.0,"
    ),
    "counter": Change(  # what a trace changes is not what the next process finds
        "K = [2.0]\nL = []\n@tessel.compile\ndef f(x):\n    L.append(1)\n    return x * K[0]\n",
        "K = [2.0]",
        "K = [3.0]",
    ),
    "clock": Change(
        "import time\nK = 2.0\n" + DEF + "x * (K + 0 * round(time.time() * 0))\n",
        "2.0",
        "3.0",
    ),
    "output": Change("K = 2.0\n" + DEF + "x * (print(end='') or K)\n", "K = 2.0", "K = 3.0"),
    "global_set": Change(
        "K = {'a', 'b'}\n" + DEF + "x * (2.0 if 'a' in K else 3.0)\n", "{'a',", "{'c',"
    ),
    "order_of_a_set": Change(
        "S = {8}\nS.add(0)\n@tessel.compile\ndef f(x):\n    y = x * 0\n    for k in S:\n"
        "        y = y * 2 + x * k\n    return y\n",
        "{8}\nS.add(0)",
        "{0}\nS.add(8)",
    ),
    "set_inside": Change("K = 2.0\n" + DEF + "x * K * len(set('abc'))\n", "K = 2.0", "K = 3.0"),
    "metadata": Change(
        "from dataclasses import dataclass, field, fields\n@dataclass\nclass A:\n"
        "    k: float = field(default=1.0, metadata={'s': 2.0})\nM = A()\n"
        + DEF
        + "x * sum(one.metadata['s'] for one in fields(M))\n",
        "2.0",
        "3.0",
    ),
    "registered": Change(
        "import collections.abc\nclass A:\n    pass\nM = A()\n"
        "collections.abc.Sequence.register(A)\n"
        + DEF
        + "x * (2.0 if isinstance(M, collections.abc.Sequence) else 3.0)\n",
        "Sequence.register(A)",
        "Sized.register(A)",
    ),
    "annotation": Change(
        "class A:\n    k: 2.0\n" + DEF + "x * A.__annotations__['k']\n", "2.0", "3.0"
    ),
    "base_of_a_view": Change(
        "B = np.array([1., 7., 2.])\nW = B[1:2]\n" + DEF + "x * W.base[2]\n", "2.]", "3.]"
    ),
    "keys_that_are_objects": Change(
        "class K:\n    w = 2.0\n    def __repr__(self):\n        return 'K'\n@tessel.compile\n"
        "def f(x, d):\n    y = x * 0\n    for k, v in d.items():\n        y = y + x * v * k.w\n"
        "    return y\n",
        "2.0",
        "3.0",
        call="{m.K(): m.np.ones(1)}",
    ),
    "large_broadcast": Change(
        "B = np.broadcast_to(2.0, (1 << 20, 1 << 20))\n" + DEF + "x * B[0, 0]\n", "2.0", "3.0"
    ),
}
