"""Example packages as pip leaves them: modules in a folder, and what their metadata says."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def run_with_package(package: str, folder: Path, *arguments: str) -> str:
    """What Python prints for `arguments`, where the package `examples/<package>` is installed.

    It is installed into `folder`.
    """
    project = tomllib.loads((EXAMPLES / package / "pyproject.toml").read_text())
    for module in project["tool"]["setuptools"]["packages"]:
        if not (folder / module).exists():
            (folder / module).symlink_to(EXAMPLES / package / module)
    name, version = project["project"]["name"], project["project"]["version"]
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(exist_ok=True)
    lines = []
    for group, points in project["project"]["entry-points"].items():
        lines += [f"[{group}]", *(f"{point} = {where}" for point, where in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (metadata / "METADATA").write_text(text)
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=240
    )
    return done.stdout
