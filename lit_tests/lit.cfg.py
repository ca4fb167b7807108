"""How lit runs these tests: the tools of the environment that lit itself runs in."""

import os
import sys
from pathlib import Path

import lit.formats

config.name = "tessel"  # noqa: F821
config.test_format = lit.formats.ShTest(execute_external=False)  # noqa: F821
config.suffixes = [".mlir"]  # noqa: F821
config.test_source_root = str(Path(__file__).parent)  # noqa: F821
config.environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")  # noqa: F821
config.substitutions += [  # noqa: F821
    (r"\btessel-opt\b", f"{sys.executable} -m tessel.tools.tessel_opt"),
    (r"\bfilecheck\b", f"{Path(sys.executable).parent / 'filecheck'}"),
]
config.maxIndividualTestTime = 60  # noqa: F821
