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
}
