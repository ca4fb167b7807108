"""`tessel info`, what Tessel compiles for here; `tessel tune` and `tessel limits` measure it."""

import argparse
import importlib.metadata
from collections.abc import Sequence

from tessel.compiler import settings
from tessel.compiler.compile_ir import parse_module
from tessel.compiler.diagnostics import ArgumentError, TargetError, TesselError
from tessel.compiler.kernels.problem import KernelProblem
from tessel.compiler.kernels.registry import templates
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.registry import resolve_target, target_names
from tessel.compiler.text_table import text_table
from tessel.compiler.tuning.candidates import parse_tunable
from tessel.compiler.tuning.machine_peaks import limits_file, this_machine
from tessel.compiler.tuning.session import problems_of, records_for, report, tune_problems
from tessel.dialects.base import ConstraintError
from tessel.tools.command_line import command, read_text

_PACKAGES = ("tessel", "iree-base-compiler", "iree-base-runtime", "torch-mlir", "numpy")

_EXAMPLES = """examples:
  tessel info                                          this machine
  TESSEL_CPU=x86-64-v3 tessel info                     a lower level
  tessel tune 'gemm m=1 k=768 n=3072'       measures one kernel
  tessel tune program.mlir                             those of a program (`.ir("dialect", ...)`)
  tessel tune --report                                 what has been measured
  tessel limits                                        what this machine can do
"""


@command("tessel")
def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="tessel",
        description="Tessel: NumPy-style functions, compiled to native code.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("info", help="target, why it was chosen, threads, cache and versions")
    tune_parser = commands.add_parser(
        "tune",
        help="measures how kernels are best cut; what is known already is not measured again",
        description=(
            "Measures kernels, and keeps the best configurations in the file that"
            ' TESSEL_TUNING_FILE names, where tessel.compile(mode="max-autotune") finds them.'
        ),
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tune_parser.add_argument("what", nargs="*", help="a problem, or a file of the dialect")
    tune_parser.add_argument(
        "--report", action="store_true", help="prints all that is known, and measures nothing"
    )
    commands.add_parser("limits", help="GFLOP/s and GB/s that this machine reaches; measured once")
    options = parser.parse_args(arguments)
    if options.command == "tune" and bool(options.what) == options.report:
        tune_parser.error("name problems or files, or ask for the --report")
    try:
        if options.command == "info":
            print(info())
        elif options.command == "limits":
            print(limits())
        else:
            print(tune(options.what))
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
        "targets": ", ".join(target_names()),
        "kernels": ", ".join(sorted(templates())),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }
    return "\n".join(f"{name:20}{value}" for name, value in rows.items())


def limits() -> str:
    """What shares of the machine are shares of. Raises TargetError where that is not known."""
    machine = this_machine()
    if machine is None:
        raise TargetError("there are no kernels for this processor, so its limits are not known")
    units = {"read": "GB/s from memory", "copy": "GB/s in memory"}
    rows = [
        (name, f"{rate:.0f}", units.get(name, "GFLOP/s")) for name, rate in machine.rates.items()
    ]
    for size, read, copy in machine.caches:
        rows += [("read", f"{read:.0f}", f"GB/s of {size >> 10} KiB")]
        rows += [("copy", f"{copy:.0f}", f"GB/s of {size >> 10} KiB")]
    return text_table([*rows, ("kept in", "", str(limits_file() or "no file"))])


def tune(named: Sequence[str]) -> str:
    """Measures what is named and not known yet: a table of that, or of all where nothing is named.

    Raises ArgumentError for what is neither a problem nor a file.
    """
    target = resolve_target("host")
    records = records_for(target)
    if not named:
        return report(records.all())
    problems = [problem for one in named for problem in _problems(one, target)]
    try:
        return report(tune_problems(problems, target, records))
    except ConstraintError as error:
        raise ArgumentError(f"no program computes this: {error}") from None


def _problems(named: str, target: Target) -> list[KernelProblem]:
    if not named.endswith(".mlir"):
        return [parse_tunable(named)]
    try:
        text = read_text(named)
    except OSError as error:
        raise ArgumentError(f"cannot read '{named}': {error.strerror}") from None
    except UnicodeDecodeError:
        raise ArgumentError(f"cannot read '{named}': it is no text") from None
    return problems_of(parse_module(text), target)


if __name__ == "__main__":
    raise SystemExit(main())
