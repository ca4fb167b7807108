"""What `pip install .` installs works without the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
FILES = ("pyproject.toml", "README.md", "LICENSE")

_PROGRAM = """
import sys
# That of an editable installation finds the checkout.
sys.meta_path = [one for one in sys.meta_path if "editable" not in one.__module__]
import numpy as np, tessel
from tessel import nn

class Model:
    calls = 0

    @tessel.compile
    def layer(self, x, w):
        self.calls += 1
        return nn.softmax(x @ w) * self.calls

@tessel.compile
def double(x):
    return x * 2

model = Model()
x, w = np.ones((8, 16)), np.ones((16, 4))
print(*[model.layer(x, w)[0, 0] for _ in range(2)], *double(np.ones(2)), double.stats.traces)
print(tessel.__file__, len(double.explain(x)))
"""


def test_programs_run_from_what_is_installed(tmp_path: Path) -> None:
    """Twice: the second process takes what the first one has compiled."""
    source, target = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    for name in ("compiler", "dialects", "runtime", "tools", "tessel"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    subprocess.run([*pip, source], check=True, capture_output=True, timeout=240)
    (tmp_path / "program.py").write_text(_PROGRAM)
    environment = os.environ | {
        "PYTHONPATH": str(target),
        "TESSEL_CACHE_DIR": str(tmp_path / "cache"),
        "TESSEL_WARM_START": "1",
    }
    for traces in (1, 0):
        command = [sys.executable, "program.py"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        numbers, place = done.stdout.splitlines()
        found = [float(one) for one in numbers.split()]
        np.testing.assert_allclose(found, [0.25, 0.5, 2, 2, traces])
        assert place.startswith(str(target))
