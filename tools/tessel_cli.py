"""`tessel info`: what Tessel compiles for on this machine, and why."""

import argparse
import importlib.metadata

from tessel.compiler import settings
from tessel.compiler.diagnostics import TesselError
from tessel.compiler.targets.processors import PROCESSORS
from tessel.compiler.targets.resolve import resolve_target

_PACKAGES = ("tessel", "iree-base-compiler", "iree-base-runtime", "torch-mlir", "numpy")

_EXAMPLES = """examples:
  tessel info                          this machine
  TESSEL_CPU=x86-64-v3 tessel info     a lower level
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="tessel",
        description="Tessel: NumPy-style functions, compiled to native code.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("info", help="target, why it was chosen, threads, cache and versions")
    parser.parse_args(arguments)
    try:
        print(info())
    except TesselError as error:
        print(f"tessel: {error}")
        return 1
    return 0


def info() -> str:
    """What `tessel info` prints."""
    target = resolve_target("host")
    rows = {
        "target": f"{target.name}: {target.reason}",
        "threads": str(target.threads),
        "cache": str(settings.CACHE_DIR.get() or "off"),
        "targets": ", ".join(PROCESSORS),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }
    return "\n".join(f"{name:20}{value}" for name, value in rows.items())


if __name__ == "__main__":
    raise SystemExit(main())
