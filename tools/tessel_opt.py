"""`tessel-opt`: reads MLIR, runs passes over it, and prints what comes out.

examples:
  tessel-opt file.mlir --pass-pipeline='builtin.module(tessel-canonicalize,cse)'
  tessel-opt file.mlir --pass-pipeline='tessel-decompose{keep=softmax|gelu},func.func(canonicalize)'
  tessel-opt file.mlir --tessel-to-linalg --print-ir-after-all -o lowered.mlir
  tessel-opt invalid.mlir --split-input-file --verify-diagnostics
  cat file.mlir | tessel-opt --tessel-canonicalize

Each pass and each named pipeline is also a flag; flags run in the order they are given.
"""

import argparse
import pkgutil
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tessel import dialects
from tessel.compiler.diagnostics import PassError, UserError
from tessel.compiler.ir_text import check_text
from tessel.compiler.passes.base import all_passes, near_matches
from tessel.compiler.pipeline_parser import COMMON_UPSTREAM, Element, make_manager, parse_pipeline
from tessel.compiler.pipelines import PIPELINES
from tessel.dialects.mlir import func, ir
from tessel.tools.command_line import command, fail, read_text
from tessel.tools.diagnostics_verifier import Report, verify

_SEPARATOR = re.compile(r"^// -----.*$", re.MULTILINE)


@command("tessel-opt")
def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns the exit code: 0, or 1 when there was an error."""
    options = _parse_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        if options.list_passes:
            return _print_lines(_passes_listing())
        if options.show_dialects:
            return _print_lines(_dialects_listing())
        elements = parse_pipeline(",".join(options.pipeline), PIPELINES)
        _check(elements)
        source = read_text(options.file)
    except PassError as error:
        return fail("tessel-opt", str(error))
    except OSError as error:
        return fail("tessel-opt", f"cannot read '{options.file}': {error.strerror}")
    except UnicodeDecodeError:
        return fail("tessel-opt", f"cannot read '{options.file}': it is no text")
    chunks = _SEPARATOR.split(source) if options.split_input_file else [source]
    outputs: list[str] = []
    succeeded, line = True, 1
    for chunk in chunks:
        output = _Run(options, elements, chunk, line).run()
        succeeded = succeeded and output is not None
        if output:
            outputs.append(output)
        line += chunk.count("\n")
    try:
        _write(options.output, "// -----\n\n".join(outputs))
    except BrokenPipeError:
        raise
    except OSError as error:
        return fail("tessel-opt", f"cannot write '{options.output}': {error.strerror}")
    return 0 if succeeded else 1


class _Run:
    """One module on its way through the tool; `first_line` is where its text begins in the file."""

    def __init__(
        self, options: argparse.Namespace, elements: Sequence[Element], source: str, first_line: int
    ):
        self.options, self.elements, self.source = options, elements, source
        self.first_line = first_line
        self.reports: list[Report] = []

    def run(self) -> str | None:
        """The text of the result, empty when there is none to print; None for an error."""
        context = dialects.new_context()
        # Diagnostics go to the handler, not into the text of an exception.
        context.emit_error_diagnostics = True
        context.allow_unregistered_dialects = self.options.allow_unregistered_dialect
        handler = context.attach_diagnostic_handler(self._collect)
        try:
            output = self._process(context)
        except UserError as error:
            self._add_error(error)
            output = None
        finally:
            handler.detach()
        if self.options.verify_diagnostics:
            self.reports = verify(self.source, self.first_line, self.reports)
            output = output or "" if not self.reports else None
        for report in self.reports:
            self._print(report)
        return output

    def _process(self, context: ir.Context) -> str | None:
        check_text(self.source)
        with context:
            try:
                module = ir.Module.parse(self.source)
            except ir.MLIRError:
                return None
            # What passes write for IREE is of dialects that upstream does not know.
            context.allow_unregistered_dialects = True
            errors: list[Exception] = []
            manager = make_manager(self.elements, errors)
            if self.options.print_ir_after_all:
                manager.enable_ir_printing()
            if self.options.mlir_timing:
                manager.enable_timing()
            try:
                manager.run(module.operation)
            except ir.MLIRError:
                if errors:
                    raise errors[0] from errors[0].__cause__
                return None
            assembly = {"enable_debug_info": self.options.mlir_print_debuginfo}
            generic = self.options.mlir_print_op_generic
            return module.operation.get_asm(**assembly, print_generic_op_form=generic)

    def _collect(self, diagnostic: Any) -> bool:
        for one in (diagnostic, *diagnostic.notes):
            line, column = _position(one.location)
            severity = str(one.severity).rpartition(".")[2].lower()
            self._add(severity, line, column, one.message)
        return True

    def _add(self, severity: str, line: int, column: int, message: str) -> None:
        line = line + self.first_line - 1 if line else 0
        self.reports.append(Report(severity, line, column, message))

    def _add_error(self, error: UserError) -> None:
        """An error that a pass of ours raised; its location is a line of this file, or a user's."""
        hint = f"; {error.hint}" if error.hint else ""
        if error.location is None or error.location.file != "-":
            self._add(
                "error", 0, 0, f"{error.location}: {error.message}{hint}".removeprefix("None: ")
            )
            return
        line = self.source.split("\n")[error.location.line - 1]
        column = len(line) - len(line.lstrip()) + 1
        self._add("error", error.location.line, column, f"{error.message}{hint}")

    def _print(self, report: Report) -> None:
        """`file:line:column: error: message`, the line, and a caret below the location."""
        name = "<stdin>" if self.options.file == "-" else self.options.file
        if not report.line:
            print(f"{name}: {report.severity}: {report.message}", file=sys.stderr)
            return
        location = f"{name}:{report.line}:{report.column}"
        print(f"{location}: {report.severity}: {report.message}", file=sys.stderr)
        lines = self.source.split("\n")
        position = report.line - self.first_line
        if 0 <= position < len(lines) and report.column:
            before = re.sub(r"[^\t]", " ", lines[position][: report.column - 1])
            print(f"{lines[position]}\n{before}^", file=sys.stderr)


def _parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    summary, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        "tessel-opt",
        description=summary,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", nargs="?", default="-", help="file to read; standard input without one")
    add("-o", dest="output", default="-", metavar="FILE", help="file to write")
    pipelines = {"action": "append", "dest": "pipeline", "default": []}
    add("--pass-pipeline", metavar="TEXT", help="passes, as builtin.module(a,b{c=1})", **pipelines)  # type: ignore[arg-type]
    add("--split-input-file", action="store_true", help="modules are separated by // -----")
    add("--verify-diagnostics", action="store_true", help="compare with expected-error comments")
    add("--print-ir-after-all", action="store_true", help="print the IR after each pass")
    add("--mlir-timing", action="store_true", help="print how long each pass takes")
    add("--mlir-print-op-generic", action="store_true", help="print all ops in generic form")
    add("--mlir-print-debuginfo", action="store_true", help="print locations")
    add("--allow-unregistered-dialect", action="store_true", help="accept ops of other dialects")
    add("--list-passes", action="store_true", help="list passes and pipelines, and stop")
    add("--show-dialects", action="store_true", help="list dialects, and stop")
    named = sorted({*PIPELINES, *all_passes()})
    for name in named:
        text = ",".join(PIPELINES[name]) if name in PIPELINES else all_passes()[name].summary()
        add(f"--{name}", action="append_const", dest="pipeline", const=name, help=text)
    known, unknown = parser.parse_known_args(arguments)
    if unknown:
        word = unknown[0].lstrip("-").partition("=")[0]
        flags = [flag.lstrip("-") for flag in parser._option_string_actions]
        parser.exit(
            1, f"tessel-opt: error: unknown argument '{unknown[0]}'; {near_matches(word, flags)}\n"
        )
    return known


def _check(elements: Sequence[Element]) -> None:
    """Raises PassError for an unknown pass or option, before anything is read."""
    with dialects.new_context():
        make_manager(elements, [])


def _position(location: Any) -> tuple[int, int]:
    """Line and column of a location, looked for inside named and fused ones; 0 when unknown."""
    match = re.search(r'"[^"]*":(\d+):(\d+)', str(location))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _passes_listing() -> list[str]:
    width = 2 + max(len(name) for name in (*all_passes(), *PIPELINES, *COMMON_UPSTREAM))
    lines = ["Passes of Tessel, on builtin.module:"]
    lines += [f"  {name:{width}}{cls.summary()}" for name, cls in all_passes().items()]
    lines += ["Named pipelines:"]
    lines += [f"  {name:{width}}{','.join(passes)}" for name, passes in PIPELINES.items()]
    lines += ["Passes of upstream MLIR, all of which work; for example:"]
    return [*lines, *[f"  {name}" for name in COMMON_UPSTREAM]]


def _dialects_listing() -> list[str]:
    context = dialects.new_context()
    modules = pkgutil.iter_modules([str(Path(func.__file__ or "").parent)])
    names = [module.name for module in modules if _is_dialect(context, module.name)]
    return ["Available dialects:", *sorted([dialects.Tessel.DIALECT_NAMESPACE, *names])]


def _is_dialect(context: ir.Context, name: str) -> bool:
    try:
        context.get_dialect_descriptor(name)
    except ValueError:
        return False
    return True


def _write(file: str, text: str) -> None:
    if file == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace")


def _print_lines(lines: Sequence[str]) -> int:
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
