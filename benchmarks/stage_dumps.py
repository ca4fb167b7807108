"""Every stage of the benchmarks' programs and of the lit tests, as text: what a refactoring keeps.

    python -m benchmarks.stage_dumps /tmp/before            writes a file a program and stage
    python -m benchmarks.stage_dumps /tmp/after --filter softmax   some of them
    python -m benchmarks.stage_dumps /tmp/after --compare /tmp/before --renamed names.txt

`names.txt` holds lines `old new`: words of the dumps before that have other names now. Attributes
are printed by name, so those of one `{...}` are compared in any order. Exit status 1 where a
program differs. Kernels are the machine's, untuned.
"""

import argparse
import contextlib
import difflib
import io
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

import tessel
from benchmarks.cases import GROUPS
from tessel.compiler.pipelines import CPU
from tessel.tools import tessel_opt

_LIT_TESTS = Path(__file__).parent.parent / "lit_tests"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stage_dumps", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--filter", default="", help="programs with this in their names")
    parser.add_argument("--compare", type=Path, help="dumps of another tree")
    parser.add_argument("--renamed", type=Path, help="a file of lines `old new`")
    options = parser.parse_args()
    if options.compare is not None:
        return _compare(options.compare, options.folder, options.renamed)
    os.environ["TESSEL_TUNING_FILE"] = os.devnull
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, text in _dumps(options.filter):
        (options.folder / name).write_text(text)
    return 0


def _dumps(wanted: str) -> Iterator[tuple[str, str]]:
    """Names of files, and what belongs into them."""
    cases = [case for group in GROUPS.values() for case in group() if wanted in case.name]
    for case in tqdm(cases, desc="benchmarks"):
        traced = tessel.compile(case.tessel).trace(*case.inputs)
        for stage in CPU.names:
            yield _file_name(f"{case.group} {case.name} {stage}"), traced.as_text(stage)
    for path in tqdm([one for one in sorted(_LIT_TESTS.rglob("*.mlir")) if wanted in str(one)]):
        yield _file_name(f"lit {path.stem}"), _lit_output(path)


def _lit_output(path: Path) -> str:
    """What the tool prints for each RUN line of a lit test."""
    outputs = []
    for command in re.findall(r"^// RUN: (?:not )?tessel-opt (.*)$", path.read_text(), re.M):
        arguments = shlex.split(command.split("|")[0].replace("2>&1", "").replace("%s", str(path)))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            tessel_opt.main(arguments)
        outputs.append(printed.getvalue())
    return "\n".join(outputs)


def _file_name(words: str) -> str:
    return re.sub(r"[^\w.-]+", "_", words) + ".mlir"


def _compare(before: Path, after: Path, renamed: Path | None) -> int:
    """Prints the first lines in which programs differ, and how many programs are equal."""
    names = dict(line.split() for line in renamed.read_text().splitlines()) if renamed else {}
    words = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])")
    old, new = ({one.name for one in folder.glob("*.mlir")} for folder in (before, after))
    differing = sorted(old ^ new)
    for name in sorted(old & new):
        text = (before / name).read_text()
        if names:
            text = words.sub(lambda match: names[match[1]], text)
        lines, others = map(_lines, (text, (after / name).read_text()))
        if lines != others:
            differing.append(name)
            difference = difflib.unified_diff(lines, others, "before", "after", lineterm="", n=0)
            print(f"{name}:\n  " + "\n  ".join(line[:200] for line in list(difference)[2:8]))
    print(f"{len(old | new) - len(differing)} equal, {len(differing)} differ or are in one alone")
    return int(bool(differing))


def _lines(text: str) -> list[str]:
    """The lines of a dump, the attributes of each innermost `{...}` in order of their names."""
    return _ATTRIBUTES.sub(_in_order, text).splitlines()


_ATTRIBUTES = re.compile(r"\{([^{}\n]* = [^{}\n]*)\}")
_SEPARATOR = re.compile(r", (?=[\w.]+ = )")


def _in_order(attributes: re.Match[str]) -> str:
    return "{" + ", ".join(sorted(_SEPARATOR.split(attributes[1]))) + "}"


if __name__ == "__main__":
    sys.exit(main())
