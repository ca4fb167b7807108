"""A test that ends its worker, or never returns, is a failed test: the others run, and all ends."""

import shutil
import subprocess
import sys
from pathlib import Path

FILES = {
    "test_first.py": """
        import os, signal, time
        def test_before(): pass
        def test_aborts(): os.abort()
        def test_between(): pass
        def test_is_killed(): os.kill(os.getpid(), signal.SIGKILL)
        def test_after(): pass
    """,
    "test_second.py": """
        import ctypes, os
        def test_exits(): os._exit(0)
        def test_sleeps_outside_python(): ctypes.CDLL(None).sleep(1000)
        def test_after(): pass
    """,
    "test_third.py": """
        def test_alone(): pass
    """,
}
DEATHS = {"test_aborts", "test_is_killed", "test_exits", "test_sleeps_outside_python"}


def test_workers_die(tmp_path: Path) -> None:
    """As often as there are such tests, on both workers."""
    here = Path(__file__).parent
    shutil.copy(here / "conftest.py", tmp_path)
    settings = (here.parent / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(settings)
    for name, text in FILES.items():
        lines = (line.removeprefix(8 * " ") for line in text.splitlines())
        (tmp_path / name).write_text("\n".join(lines))
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--timeout", "10"]
    command += ["--override-ini=testpaths=.", "-p", "no:cacheprovider", "-rfEp"]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=250, check=False
    )
    lines = run.stdout.splitlines()
    failed = [line.split("::")[1].split()[0] for line in lines if line.startswith("FAILED")]
    passed = [line.split("::")[1] for line in lines if line.startswith("PASSED")]
    assert run.returncode == 1, run.stdout
    assert sorted(failed) == sorted(DEATHS)
    assert sorted(passed) == [
        "test_after",
        "test_after",
        "test_alone",
        "test_before",
        "test_between",
    ]
