"""Follows CONTRIBUTING.md: each of its blocks, in a copy of the source tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("compiler", "dialects", "runtime", "tools")
_BLOCK = re.compile(
    r"^```\w*\n(?:#|//) (append to|create|insert in|run|command)\b ?(\S*)(?: after: (.*?))?\n"
    r"(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The source tree, importable as `tessel` from `site/`."""
    for name in (*PACKAGES, "tessel", "lit_tests", "tests"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "Output")
        )
    site = tmp_path / "site" / "tessel"
    site.mkdir(parents=True)
    for file in (tmp_path / "tessel").iterdir():
        (site / file.name).symlink_to(file)
    for name in PACKAGES:
        (site / name).symlink_to(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("section", ["Add an op", "Add a pass", "Add a kernel", "Add a target"])
def test_section_works(section: str, copy: Path) -> None:
    """Every block of the section applies, and every command and program in it succeeds."""
    text = (ROOT / "CONTRIBUTING.md").read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    blocks = _BLOCK.findall(text)
    assert any(action in ("run", "command") for action, *_ in blocks)
    for action, file, marker, body in blocks:
        if action == "append to":
            with open(copy / file, "a", encoding="utf-8") as stream:
                stream.write("\n\n" + body)
        elif action == "insert in":
            lines = (copy / file).read_text().splitlines(keepends=True)
            (position,) = (number for number, line in enumerate(lines) if marker in line)
            (copy / file).write_text(
                "".join([*lines[: position + 1], body, *lines[position + 1 :]])
            )
        elif action == "create":
            assert not (copy / file).exists()
            (copy / file).write_text(body)
        elif action == "run":
            _run([sys.executable, "-c", body], copy)
        else:
            for line in body.strip().splitlines():
                _run(line.split(), copy)


def _run(command: list[str], copy: Path) -> None:
    environment = {
        **os.environ,
        # Without it the copy's `tessel` folder, which holds only the face, would come first.
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": f"{copy / 'site'}{os.pathsep}{copy / 'tests'}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
